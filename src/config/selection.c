/*
 * The tree that a route's `with` and `also` allow: `director.country` embeds
 * one in the other; `director(id, name)` narrows what is shown; `awards.count`
 * only counts. What `with` asks for is marked, and shown unless a client asks
 * for something else.
 */
#include <string.h>

#include "base/suggest.h"
#include "config/parts.h"

/* What every step needs to add to the tree or to complain. */
struct builder {
    const struct config *config;
    struct place place; /* of the `with` or `also` */
    bool is_default;    /* it is `with` */
    bool is_part;       /* within parentheses */
    struct diagnostics *diagnostics;
    int64_t depth; /* of the relation that is added; the root's are 1 */
};

static int add_arguments(struct builder *builder, struct selection *selection,
                         const struct list_item *item);

static struct selection *
selection_new(struct builder *builder, const struct resource *resource,
              const struct relation *relation)
{
    struct selection *selection =
        arena_alloc(builder->config->arena, sizeof *selection);

    selection->resource = resource;
    selection->relation = relation;
    selection->is_default = builder->is_default;
    selection->is_part = builder->is_part;
    return selection;
}

static void
add_column(struct builder *builder, struct selection *selection,
           const struct column *column)
{
    selection->columns =
        arena_push(builder->config->arena, selection->columns,
                   selection->column_count, sizeof *selection->columns);
    selection->columns[selection->column_count++] = column;
}

static void
add_all_columns(struct builder *builder, struct selection *selection)
{
    for (size_t i = 0; i < selection->resource->column_count; i++)
        add_column(builder, selection, &selection->resource->columns[i]);
}

static void
offer_relations(const struct config *config, const struct resource *resource,
                struct suggestion *suggestion)
{
    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].from == resource)
            suggest_offer(suggestion, config->relations[i].name);
}

/* What stands in parentheses can be either. */
static int
refuse_member(struct builder *builder, const struct resource *resource,
              const char *name)
{
    struct suggestion suggestion = suggest_start(name);

    offer_relations(builder->config, resource, &suggestion);
    for (size_t i = 0; i < resource->column_count; i++)
        suggest_offer(&suggestion, resource->columns[i].name);
    return diagnostics_error(
        builder->diagnostics, builder->place,
        "%s has no column or relation \"%s\"%s", resource->name, name,
        suggest_clause(builder->config->arena, &suggestion));
}

/* The embed of that relation, added if it was not there. */
static struct selection *
embed(struct builder *builder, struct selection *selection,
      const struct relation *relation, bool is_count)
{
    struct selection *added;

    for (size_t i = 0; i < selection->embed_count; i++)
        if (selection->embeds[i]->relation == relation &&
            selection->embeds[i]->is_count == is_count)
            return selection->embeds[i];
    added = selection_new(builder, relation->to, relation);
    added->is_count = is_count;
    selection->embeds =
        arena_push(builder->config->arena, selection->embeds,
                   selection->embed_count, sizeof *selection->embeds);
    selection->embeds[selection->embed_count++] = added;
    return added;
}

/* The name, behind that of a relation with many rows, of how many. */
static const char count_name[] = "count";

/* Follows one name of a path, which `rest` follows; NULL, and a complaint, if
 * it leads nowhere. */
static struct selection *
follow(struct builder *builder, struct selection *selection, const char *name,
       const char *rest)
{
    const struct relation *relation =
        config_find_relation(builder->config, selection->resource, name);

    if (!relation) {
        config_refuse_relation(builder->config, builder->place,
                               selection->resource, name,
                               builder->diagnostics);
        return NULL;
    }
    if (!relation->to)
        return NULL; /* complained about where it is declared */
    if (builder->depth > builder->config->limits.embed_depth) {
        diagnostics_error(builder->diagnostics, builder->place,
                          "\"%s\" is relation %lld in a row; "
                          "embed_depth allows %lld",
                          name, (long long)builder->depth,
                          (long long)builder->config->limits.embed_depth);
        return NULL;
    }
    return embed(builder, selection, relation,
                 relation->kind != RELATION_TO_ONE &&
                     strcmp(rest, count_name) == 0);
}

/* Adds `a.b` or `a(x, y)`: the embeds on the way, and what is narrowed. */
static int
add_path(struct builder *builder, struct selection *selection,
         const struct list_item *item)
{
    const char *at = item->text;
    int64_t depth_before = builder->depth;
    int result = 0;

    while (selection && *at) {
        size_t length = strcspn(at, ".");
        const char *rest = at + length + (at[length] == '.');

        selection =
            follow(builder, selection,
                   arena_strndup(builder->config->arena, at, length), rest);
        builder->depth++;
        at = selection && selection->is_count ? "" : rest;
    }
    if (!selection)
        result = -1;
    else if (item->has_arguments && selection->is_count)
        result = config_refuse_arguments(item, builder->place,
                                         builder->diagnostics);
    else if (item->has_arguments)
        result = add_arguments(builder, selection, item);
    builder->depth = depth_before;
    return result;
}

static int
add_named_column(struct builder *builder, struct selection *selection,
                 const struct column *column)
{
    for (size_t i = 0; i < selection->column_count; i++)
        if (selection->columns[i] == column)
            return diagnostics_error(builder->diagnostics, builder->place,
                                     "%s is there twice", column->name);
    add_column(builder, selection, column);
    return 0;
}

/* Narrows a selection to the columns and relations in parentheses. */
static int
add_arguments(struct builder *builder, struct selection *selection,
              const struct list_item *item)
{
    bool was_part = builder->is_part;
    int result = 0;

    if (selection->is_narrowed)
        return diagnostics_error(builder->diagnostics, builder->place,
                                 "%s is narrowed twice", item->text);
    selection->is_narrowed = true;
    builder->is_part = true;
    for (size_t i = 0; i < item->argument_count; i++) {
        const struct list_item *argument = &item->arguments[i];
        const struct column *column =
            config_find_column(selection->resource, argument->text);
        const struct relation *relation = config_find_relation(
            builder->config, selection->resource, argument->text);

        if (column && !argument->has_arguments)
            result |= add_named_column(builder, selection, column);
        else if (relation || strchr(argument->text, '.'))
            result |= add_path(builder, selection, argument);
        else
            result |=
                refuse_member(builder, selection->resource, argument->text);
    }
    builder->is_part = was_part;
    return result;
}

/* Whatever was not narrowed shows all of its columns. */
static void
fill_columns(struct builder *builder, struct selection *selection)
{
    if (!selection->is_narrowed && !selection->is_count)
        add_all_columns(builder, selection);
    for (size_t i = 0; i < selection->embed_count; i++)
        fill_columns(builder, selection->embeds[i]);
}

/* Adds all that a list names. */
static int
add_list(struct builder *builder, const struct route *route,
         struct selection *root, const char *key, const char *text)
{
    struct list list = config_list(builder->config, route->section, key, text,
                                   builder->diagnostics);
    int result = 0;

    builder->place = ini_place(route->section, key);
    for (size_t i = 0; i < list.count; i++)
        result |= add_path(builder, root, &list.items[i]);
    return result;
}

struct selection *
config_default_selection(struct arena *arena, const struct selection *allowed)
{
    struct selection *selection = arena_alloc(arena, sizeof *selection);

    *selection = *allowed;
    selection->embeds = arena_alloc(arena, (allowed->embed_count + 1) *
                                               sizeof *selection->embeds);
    selection->embed_count = 0;
    for (size_t i = 0; i < allowed->embed_count; i++)
        if (allowed->embeds[i]->is_default)
            selection->embeds[selection->embed_count++] =
                config_default_selection(arena, allowed->embeds[i]);
    return selection;
}

void
config_link_selection(const struct config *config, struct route *route,
                      struct diagnostics *diagnostics)
{
    struct builder builder = {
        .config = config,
        .is_default = true,
        .diagnostics = diagnostics,
        .depth = 1,
    };
    struct selection *root = selection_new(&builder, route->resource, NULL);
    int result = add_list(&builder, route, root, "with", route->with_text);

    builder.is_default = false;
    result |= add_list(&builder, route, root, "also", route->also_text);
    fill_columns(&builder, root);
    if (result == -1)
        return;
    route->allowed = root;
    route->selection = config_default_selection(config->arena, root);
}
