/* Which item route shows what a route has written. */
#include <string.h>

#include "base/suggest.h"
#include "config/parts.h"

/* Whether the paths are the same, names of parameters included. */
static bool
same_path(const struct route *a, const struct route *b)
{
    if (a->segment_count != b->segment_count)
        return false;
    for (size_t i = 0; i < a->segment_count; i++)
        if (a->segments[i].is_parameter != b->segments[i].is_parameter ||
            strcmp(a->segments[i].text, b->segments[i].text) != 0)
            return false;
    return true;
}

static bool
is_item_of(const struct route *route, const struct resource *resource)
{
    return route->handler == HANDLER_ITEM && route->resource == resource;
}

/* Whether who may write may also see what the route shows. */
static bool
may_show(const struct route *answer, const struct route *route)
{
    return answer->role[0] == '\0' || strcmp(answer->role, route->role) == 0;
}

/* The one with the same path, or else the first that anybody who may write
 * can be shown the way to. */
static const struct route *
find_answer(const struct config *config, const struct route *route)
{
    const struct route *first = NULL;

    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *other = &config->routes[i];

        if (!is_item_of(other, route->resource) || !may_show(other, route))
            continue;
        if (same_path(other, route))
            return other;
        if (!first && other->viewer[0] == '\0')
            first = other;
    }
    return first;
}

static const struct route *
find_named(const struct config *config, const struct route *route,
           struct diagnostics *diagnostics)
{
    const struct route *found =
        config_find_route(config, route->location_text);
    struct suggestion suggestion = suggest_start(route->location_text);

    if (found && is_item_of(found, route->resource) && may_show(found, route))
        return found;
    if (found && is_item_of(found, route->resource)) {
        diagnostics_error(diagnostics, ini_place(route->section, "location"),
                          "[route %s] is for the role %s, and would show "
                          "others what it shows them",
                          found->name, found->role);
        return NULL;
    }
    for (size_t i = 0; i < config->route_count; i++)
        if (is_item_of(&config->routes[i], route->resource))
            suggest_offer(&suggestion, config->routes[i].name);
    diagnostics_error(diagnostics, ini_place(route->section, "location"),
                      "\"%s\" is no item route of %s%s", route->location_text,
                      route->resource->name,
                      suggest_clause(config->arena, &suggestion));
    return NULL;
}

void
config_link_answers(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->route_count; i++) {
        struct route *route = &config->routes[i];

        if (!route->resource || route->handler == HANDLER_KINDS ||
            !(handler_rule(route->handler)->traits & HANDLER_SETS))
            continue;
        route->answer = route->location_text[0] != '\0'
                            ? find_named(config, route, diagnostics)
                            : find_answer(config, route);
        if (route->answer)
            route->selection = route->answer->selection;
        else
            config_link_selection(config, route, diagnostics);
    }
}
