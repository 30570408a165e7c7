/*
 * The tree that a route's `with` asks for: `director.country` embeds one in
 * the other; `director(id, name)` narrows what is shown.
 */
#include <string.h>

#include "base/suggest.h"
#include "config/parts.h"

/* What every step needs to add to the tree or to complain. */
struct builder {
    const struct config *config;
    struct place place; /* of the `with` */
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

static int
refuse_relation(struct builder *builder, const struct resource *resource,
                const char *name)
{
    struct suggestion suggestion = suggest_start(name);

    offer_relations(builder->config, resource, &suggestion);
    return diagnostics_error(
        builder->diagnostics, builder->place, "%s has no relation \"%s\"%s",
        resource->name, name,
        suggest_clause(builder->config->arena, &suggestion));
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
      const struct relation *relation)
{
    struct selection *added;

    for (size_t i = 0; i < selection->embed_count; i++)
        if (selection->embeds[i]->relation == relation)
            return selection->embeds[i];
    added = selection_new(builder, relation->to, relation);
    selection->embeds =
        arena_push(builder->config->arena, selection->embeds,
                   selection->embed_count, sizeof *selection->embeds);
    selection->embeds[selection->embed_count++] = added;
    return added;
}

/* Follows one name of a path; NULL, and a complaint, if it leads nowhere. */
static struct selection *
follow(struct builder *builder, struct selection *selection, const char *name)
{
    const struct relation *relation =
        config_find_relation(builder->config, selection->resource, name);

    if (!relation) {
        refuse_relation(builder, selection->resource, name);
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
    return embed(builder, selection, relation);
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

        selection = follow(builder, selection,
                           arena_strndup(builder->config->arena, at, length));
        builder->depth++;
        at += length + (at[length] == '.');
    }
    if (!selection)
        result = -1;
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
    int result = 0;

    if (selection->is_narrowed)
        return diagnostics_error(builder->diagnostics, builder->place,
                                 "%s is narrowed twice", item->text);
    selection->is_narrowed = true;
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
    return result;
}

/* Whatever was not narrowed shows all of its columns. */
static void
fill_columns(struct builder *builder, struct selection *selection)
{
    if (!selection->is_narrowed)
        add_all_columns(builder, selection);
    for (size_t i = 0; i < selection->embed_count; i++)
        fill_columns(builder, selection->embeds[i]);
}

struct selection *
config_select(const struct config *config, const struct route *route,
              struct diagnostics *diagnostics)
{
    struct builder builder = {
        .config = config,
        .place = ini_place(route->section, "with"),
        .diagnostics = diagnostics,
        .depth = 1,
    };
    struct selection *root = selection_new(&builder, route->resource, NULL);
    struct list list = config_list(config, route->section, "with",
                                   route->with_text, diagnostics);
    int result = 0;

    for (size_t i = 0; i < list.count; i++)
        result |= add_path(&builder, root, &list.items[i]);
    fill_columns(&builder, root);
    return result == 0 ? root : NULL;
}
