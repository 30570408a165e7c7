/* What a request asks of a route that reads. */
#include "query/ask.h"

#include "query/order.h"

struct ask
ask_default(const struct route *route)
{
    bool is_list = handler_rule(route->handler)->traits & HANDLER_PAGES;

    return (struct ask){
        .selection = route->selection,
        .sort = route->sort,
        .sort_count = route->sort_count,
        .limit = is_list ? route->limit : 0,
    };
}

struct ask
ask_everything(struct arena *arena, const struct route *route)
{
    struct ask ask = ask_default(route);
    struct sort_key *keys =
        arena_alloc(arena, (route->sortable_count + 1) * sizeof *keys);

    for (size_t i = 0; i < route->filterable_count; i++)
        for (int k = 0; k < OPERATORS; k++) {
            if (!(route->filterable[i].operators & (1U << k)))
                continue;
            ask.filters = arena_push(arena, ask.filters, ask.filter_count,
                                     sizeof *ask.filters);
            ask.filters[ask.filter_count++] = (struct ask_filter){
                .filterable = &route->filterable[i],
                .operation = (enum filter_operator)k,
            };
        }
    for (size_t i = 0; i < route->sortable_count; i++)
        keys[i].path = route->sortable[i];
    ask.sort = keys;
    ask.sort_count = route->sortable_count;
    ask.search = route->search ? "" : NULL;
    ask.is_ranked = route->search;
    ask.wants_count = true;
    return ask;
}

int
ask_refuse_cursor(const struct ask_cursor *cursor, struct problem *problem)
{
    problem_add_field(problem, cursor->is_backward ? "before" : "after",
                      "cursor",
                      "is no cursor of this list, with this order, these "
                      "filters and this search; take one from Link");
    return problem_set_fields(problem, PROBLEM_BAD_REQUEST, "parameter");
}

int
ask_check_cursor(const struct catalog *catalog, const struct route *route,
                 const struct ask *ask, struct problem *problem)
{
    if (!ask->cursor ||
        ask->cursor->count == order_count(catalog, route->resource, ask))
        return 0;
    return ask_refuse_cursor(ask->cursor, problem);
}
