/* Columns that clients sort and filter by, on the resource itself or at the
 * end of relations. */
#include <string.h>

#include "base/suggest.h"
#include "config/operator.h"
#include "config/parts.h"

/* What every step needs to follow a path or to complain. */
struct follower {
    const struct config *config;
    struct place place;
    const char *use; /* "an order" or "a filter" */
    bool takes_many; /* relations with many rows */
    struct diagnostics *diagnostics;
};

static int
follow_relation(const struct follower *follower, struct column_path *path,
                const char *name)
{
    const struct relation *relation =
        config_find_relation(follower->config, path->resource, name);

    if (!relation)
        return config_refuse_relation(follower->config, follower->place,
                                      path->resource, name,
                                      follower->diagnostics);
    if (!relation->to)
        return -1; /* complained about where it is declared */
    if (relation->kind != RELATION_TO_ONE && !follower->takes_many)
        return diagnostics_error(follower->diagnostics, follower->place,
                                 "%s has many rows, and none of them is the "
                                 "one to sort by",
                                 relation->name);
    path->relations =
        arena_push(follower->config->arena, path->relations,
                   path->relation_count, sizeof *path->relations);
    path->relations[path->relation_count++] = relation;
    path->resource = relation->to;
    path->json_name = arena_printf(follower->config->arena, "%s%s.",
                                   path->json_name, relation->json_name);
    return 0;
}

/* What is private must not show through an order or a filter. */
static int
end_path(const struct follower *follower, struct column_path *path,
         const char *name)
{
    path->column = config_find_column(path->resource, name);
    if (!path->column)
        return config_refuse_column(follower->config, follower->place,
                                    path->resource, name,
                                    follower->diagnostics);
    path->json_name = arena_printf(follower->config->arena, "%s%s",
                                   path->json_name, path->column->json_name);
    if (!path->column->is_private)
        return 0;
    return diagnostics_error(follower->diagnostics, follower->place,
                             "%s is private, and %s would show it",
                             path->column->name, follower->use);
}

/* `director.country.name`, from a resource. */
static int
follow(const struct follower *follower, const struct resource *resource,
       const char *text, struct column_path *path)
{
    *path = (struct column_path){.resource = resource, .json_name = ""};
    for (;;) {
        size_t length = strcspn(text, ".");
        const char *name =
            arena_strndup(follower->config->arena, text, length);

        if (text[length] == '\0')
            return end_path(follower, path, name);
        if (follow_relation(follower, path, name) == -1)
            return -1;
        text += length + 1;
    }
}

/* --- orders ---------------------------------------------------------- */

struct sort_key *
config_sort_keys(const struct config *config, const struct resource *resource,
                 const struct ini_section *section, const char *key,
                 const char *text, size_t *count,
                 struct diagnostics *diagnostics)
{
    const struct follower follower = {.config = config,
                                      .place = ini_place(section, key),
                                      .use = "an order",
                                      .diagnostics = diagnostics};
    struct list list = config_list(config, section, key, text, diagnostics);
    struct sort_key *keys =
        arena_alloc(config->arena, (list.count + 1) * sizeof *keys);

    *count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const char *item = list.items[i].text;
        bool is_descending = item[0] == '-';

        config_refuse_arguments(&list.items[i], follower.place, diagnostics);
        keys[*count].is_descending = is_descending;
        if (follow(&follower, resource, item + is_descending,
                   &keys[*count].path) == 0)
            ++*count;
    }
    return keys;
}

static int
refuse_twice(const struct follower *follower, const struct column_path *path)
{
    return diagnostics_error(follower->diagnostics, follower->place,
                             "%s is there twice", path->json_name);
}

/* Whether the last path is among those before, which is refused. */
static bool
is_sortable(const struct route *route, const struct follower *follower)
{
    const struct column_path *last = &route->sortable[route->sortable_count];

    for (size_t i = 0; i < route->sortable_count; i++)
        if (strcmp(route->sortable[i].json_name, last->json_name) == 0)
            return refuse_twice(follower, last);
    return false;
}

void
config_link_sort(const struct config *config, struct route *route,
                 struct diagnostics *diagnostics)
{
    const struct follower follower = {
        .config = config,
        .place = ini_place(route->section, "sortable"),
        .use = "an order",
        .diagnostics = diagnostics};
    struct list list = config_list(config, route->section, "sortable",
                                   route->sortable_text, diagnostics);

    route->sort =
        config_sort_keys(config, route->resource, route->section, "sort",
                         route->sort_text, &route->sort_count, diagnostics);
    route->sortable =
        arena_alloc(config->arena, (list.count + 1) * sizeof *route->sortable);
    for (size_t i = 0; i < list.count; i++) {
        config_refuse_arguments(&list.items[i], follower.place, diagnostics);
        if (follow(&follower, route->resource, list.items[i].text,
                   &route->sortable[route->sortable_count]) == 0 &&
            !is_sortable(route, &follower))
            route->sortable_count++;
    }
}

/* --- filters --------------------------------------------------------- */

const char *const config_reserved_parameters[] = {
    "with",  "fields", "sort",  "limit", "offset",
    "after", "before", "count", "q",     NULL,
};

/* A column whose name is taken could never be filtered by. */
static int
refuse_reserved(const struct follower *follower,
                const struct column_path *path)
{
    for (size_t i = 0; config_reserved_parameters[i]; i++)
        if (strcmp(config_reserved_parameters[i], path->json_name) == 0)
            return diagnostics_error(
                follower->diagnostics, follower->place,
                "?%s= means something else; show the column by another "
                "name: `%s as …` in columns",
                path->json_name, path->column->name);
    return 0;
}

static int
add_operator(const struct follower *follower, const char *name,
             unsigned *operators)
{
    enum filter_operator operation = operator_parse(name);
    struct suggestion suggestion = suggest_start(name);

    if (operation != OPERATORS) {
        *operators |= 1U << operation;
        return 0;
    }
    for (int i = 0; i < OPERATORS; i++)
        suggest_offer(&suggestion, operator_name((enum filter_operator)i));
    return diagnostics_error(
        follower->diagnostics, follower->place,
        "there is no operator \"%s\"%s; there are: %s", name,
        suggest_clause(follower->config->arena, &suggestion),
        operator_list(follower->config->arena, (1U << OPERATORS) - 1));
}

static int
parse_filterable(const struct follower *follower,
                 const struct resource *resource, const struct list_item *item,
                 struct filterable *filterable)
{
    int result = follow(follower, resource, item->text, &filterable->path);

    filterable->operators = item->has_arguments ? 0 : 1U << OPERATOR_EQ;
    for (size_t i = 0; i < item->argument_count; i++) {
        config_refuse_arguments(&item->arguments[i], follower->place,
                                follower->diagnostics);
        if (add_operator(follower, item->arguments[i].text,
                         &filterable->operators) == -1)
            result = -1;
    }
    return result == 0 ? refuse_reserved(follower, &filterable->path) : -1;
}

static bool
is_filterable(const struct route *route, const struct follower *follower)
{
    const struct column_path *last =
        &route->filterable[route->filterable_count].path;

    for (size_t i = 0; i < route->filterable_count; i++)
        if (strcmp(route->filterable[i].path.json_name, last->json_name) == 0)
            return refuse_twice(follower, last);
    return false;
}

void
config_link_filterable(const struct config *config, struct route *route,
                       struct diagnostics *diagnostics)
{
    const struct follower follower = {
        .config = config,
        .place = ini_place(route->section, "filterable"),
        .use = "a filter",
        .takes_many = true,
        .diagnostics = diagnostics};
    struct list list = config_list(config, route->section, "filterable",
                                   route->filterable_text, diagnostics);

    route->filterable = arena_alloc(
        config->arena, (list.count + 1) * sizeof *route->filterable);
    for (size_t i = 0; i < list.count; i++)
        if (parse_filterable(&follower, route->resource, &list.items[i],
                             &route->filterable[route->filterable_count]) ==
                0 &&
            !is_filterable(route, &follower))
            route->filterable_count++;
}

/* --- search ---------------------------------------------------------- */

void
config_link_search(const struct config *config, struct route *route,
                   struct diagnostics *diagnostics)
{
    struct list list = config_list(config, route->section, "search",
                                   route->search_text, diagnostics);

    if (list.count == 0)
        return;
    if (list.count > 1 || list.items[0].argument_count != 1) {
        diagnostics_error(diagnostics, ini_place(route->section, "search"),
                          "write the column and its configuration: "
                          "search(english)");
        return;
    }
    route->search = list.items[0].text;
    route->search_config = list.items[0].arguments[0].text;
}
