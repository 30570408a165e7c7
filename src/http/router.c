/* From method and path to a route. */
#include "http/router.h"

#include <string.h>

#include "base/buffer.h"

static bool
matches(const struct route *route, const struct request *request)
{
    if (route->segment_count != request->segment_count)
        return false;
    for (size_t i = 0; i < route->segment_count; i++)
        if (!route->segments[i].is_parameter &&
            strcmp(route->segments[i].text, request->segments[i]) != 0)
            return false;
    return true;
}

/* Of two routes that match one path: below zero if `a` is more literal, zero
 * if they have the same shape. */
static int
compare_shapes(const struct route *a, const struct route *b)
{
    for (size_t i = 0; i < a->segment_count; i++)
        if (a->segments[i].is_parameter != b->segments[i].is_parameter)
            return a->segments[i].is_parameter ? 1 : -1;
    return 0;
}

/* Whether a route that matches nothing yet has the shape of another. */
static bool
same_shape(const struct route *a, const struct route *b)
{
    if (a->segment_count != b->segment_count || compare_shapes(a, b) != 0)
        return false;
    for (size_t i = 0; i < a->segment_count; i++)
        if (!a->segments[i].is_parameter &&
            strcmp(a->segments[i].text, b->segments[i].text) != 0)
            return false;
    return true;
}

static const char **
copy_values(struct arena *arena, const struct route *route,
            const struct request *request)
{
    const char **values =
        arena_alloc(arena, (route->parameter_count + 1) * sizeof *values);
    size_t count = 0;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            values[count++] = request->segments[i];
    return values;
}

struct match
router_match(const struct config *config, struct arena *arena,
             const struct request *request)
{
    struct match match = {0};

    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        int order;

        if (!matches(route, request))
            continue;
        order = match.shape ? compare_shapes(route, match.shape) : -1;
        if (order > 0)
            continue;
        if (order < 0) {
            match.shape = route;
            match.route = NULL;
        }
        if (route->method == request->method)
            match.route = route;
    }
    if (match.route)
        match.values = copy_values(arena, match.route, request);
    return match;
}

const char *
router_allow(const struct config *config, struct arena *arena,
             const struct route *shape)
{
    bool is_there[METHOD_COUNT] = {false};
    const char *allow = "";

    for (size_t i = 0; i < config->route_count; i++)
        if (same_shape(&config->routes[i], shape))
            is_there[config->routes[i].method] = true;
    for (int method = 0; method < METHOD_COUNT; method++)
        if (is_there[method])
            allow = arena_printf(arena, "%s%s%s, ", allow,
                                 method_name((enum method)method),
                                 method == METHOD_GET ? ", HEAD" : "");
    return arena_printf(arena, "%sOPTIONS", allow);
}
