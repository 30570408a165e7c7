/* From the query of a request to what it asks of a route. */
#include "handlers/ask.h"

#include <string.h>

#include "http/query.h"

/* Names that a route takes, and when. */
static const struct {
    const char *name;
    unsigned traits; /* a handler that has one of these takes it */
    bool needs_search;
} taken[] = {
    {"with", HANDLER_PAGES | HANDLER_BY_KEY, false},
    {"fields", HANDLER_PAGES | HANDLER_BY_KEY, false},
    {"sort", HANDLER_PAGES, false},
    {"limit", HANDLER_PAGES, false},
    {"offset", HANDLER_PAGES, false},
    {"after", HANDLER_PAGES, false},
    {"before", HANDLER_PAGES, false},
    {"count", HANDLER_PAGES, false},
    {"q", HANDLER_PAGES, true},
};

/* What is worth being offered: a route that embeds nothing has no use for
 * `with`. */
static bool
takes(const struct route *route, size_t index)
{
    if (taken[index].needs_search)
        return route->search;
    if (strcmp(taken[index].name, "with") == 0 &&
        route->allowed->embed_count == 0)
        return false;
    if (strcmp(taken[index].name, "sort") == 0 && route->sortable_count == 0)
        return false;
    return taken[index].traits & handler_rule(route->handler)->traits;
}

/* All names that the route takes, ended by NULL. */
static const char *const *
allowed_names(const struct exchange *exchange)
{
    const size_t count = sizeof taken / sizeof taken[0];
    const struct route *route = exchange->route;
    const char **names = arena_alloc(
        exchange->arena,
        (count + route->filterable_count * OPERATORS + 1) * sizeof *names);
    size_t added = 0;

    for (size_t i = 0; i < count; i++)
        if (takes(route, i))
            names[added++] = taken[i].name;
    for (size_t i = 0; i < route->filterable_count; i++)
        for (int k = 0; k < OPERATORS; k++)
            if (route->filterable[i].operators & (1U << k))
                names[added++] =
                    ask_filter_name(exchange->arena, &route->filterable[i],
                                    (enum filter_operator)k);
    return names;
}

const char **
ask_split(struct arena *arena, const char *text, size_t *count)
{
    const char **parts = NULL;

    *count = 0;
    while (*text) {
        size_t length = strcspn(text, ",");

        parts = arena_push(arena, parts, *count, sizeof *parts);
        parts[(*count)++] = arena_strndup(arena, text, length);
        text += length;
        if (*text == ',' && *++text == '\0') {
            parts = arena_push(arena, parts, *count, sizeof *parts);
            parts[(*count)++] = "";
        }
    }
    return parts;
}

static bool
is_taken(const struct route *route, const char *name)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(taken[i].name, name) == 0)
            return takes(route, i);
    return false;
}

bool
ask_takes(const struct exchange *exchange, const char *name)
{
    return is_taken(exchange->route, name) || ask_is_filter(exchange, name);
}

/* A filter is read at once, the others when all are known to be fine. */
static void
read_parameter(struct asking *asking, size_t index)
{
    struct exchange *exchange = asking->exchange;
    const struct parameter *parameter = &exchange->request->parameters[index];
    const char *const alone[] = {parameter->name, NULL};

    if (ask_read_filter(asking, parameter))
        return;
    query_check_parameter(exchange->request, &exchange->config->api, index,
                          is_taken(exchange->route, parameter->name)
                              ? alone
                              : allowed_names(exchange),
                          exchange->problem);
}

int
ask_read(struct exchange *exchange, const struct ask **ask)
{
    struct asking *asking = arena_alloc(exchange->arena, sizeof *asking);
    struct problem *problem = exchange->problem;

    *ask = NULL;
    if (exchange->request->parameter_count == 0)
        return 0;
    asking->exchange = exchange;
    asking->ask = ask_default(exchange->route);
    asking->is_default = true;
    for (size_t i = 0; i < exchange->request->parameter_count; i++)
        read_parameter(asking, i);
    ask_read_selection(asking);
    if (handler_rule(exchange->route->handler)->traits & HANDLER_PAGES) {
        ask_read_page(asking);
        if (problem->field_count == 0)
            ask_read_cursor(asking);
    }
    if (!asking->is_default)
        *ask = &asking->ask;
    return problem_set_fields(problem, PROBLEM_BAD_REQUEST, "parameter");
}
