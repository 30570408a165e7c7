/* routes --cached: the paths of routes with `cache`, as rows of a map of
 * nginx. nginx must know them before the pool answers: only there may a
 * request wait for the answer to another. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "tools/tool.h"

/* Text of a path as a regular expression of nginx in double quotes; every
 * byte that could mean something in either is written as its number. */
static void
append_literal(struct buffer *pattern, const char *text)
{
    for (; *text; text++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                   "0123456789_-",
                   *text))
            buffer_append_char(pattern, *text);
        else
            buffer_printf(pattern, "\\x%02x", (unsigned char)*text);
}

/* A / at the end is the same path, as for the router. */
static void
print_path(const struct route *route, const char *zone)
{
    struct buffer pattern = {0};

    for (size_t i = 0; i < route->segment_count; i++) {
        buffer_append_char(&pattern, '/');
        if (route->segments[i].is_parameter)
            buffer_append_text(&pattern, "[^/]+");
        else
            append_literal(&pattern, route->segments[i].text);
    }
    printf("\"~^%s/%s$\" %s;\n", buffer_text(&pattern),
           route->segment_count > 0 ? "?" : "", zone);
    buffer_free(&pattern);
}

/* The router lets a literal segment beat a parameter, nginx the first row:
 * whether `a` comes before `b`. */
static bool
comes_first(const struct route *a, const struct route *b)
{
    if (a->segment_count != b->segment_count)
        return a->segment_count < b->segment_count;
    for (size_t i = 0; i < a->segment_count; i++)
        if (a->segments[i].is_parameter != b->segments[i].is_parameter)
            return b->segments[i].is_parameter;
    return a->index < b->index;
}

/* Whether a path of `a` could be taken for one of `b`. */
static bool
overlaps(const struct route *a, const struct route *b)
{
    if (a == b || a->segment_count != b->segment_count)
        return false;
    for (size_t i = 0; i < a->segment_count; i++)
        if (!a->segments[i].is_parameter && !b->segments[i].is_parameter &&
            strcmp(a->segments[i].text, b->segments[i].text) != 0)
            return false;
    return true;
}

/* Those that are kept, and those that must be told from them. */
static bool
is_listed(const struct config *config, const struct route *route)
{
    if (route->method != METHOD_GET || route->cache_ms > 0)
        return route->cache_ms > 0;
    for (size_t i = 0; i < config->route_count; i++)
        if (config->routes[i].cache_ms > 0 &&
            overlaps(route, &config->routes[i]))
            return true;
    return false;
}

/* Into `sorted`, which has room for all routes: how many there are. */
static size_t
collect(const struct config *config, const struct route **sorted)
{
    size_t count = 0;

    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        size_t at = count;

        if (!is_listed(config, route))
            continue;
        for (; at > 0 && comes_first(route, sorted[at - 1]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = route;
        count++;
    }
    return count;
}

int
tool_print_cached(const struct config *config, struct arena *arena)
{
    const struct route **sorted =
        arena_alloc(arena, (config->route_count + 1) * sizeof *sorted);
    size_t count = collect(config, sorted);

    printf("# Printed by `byline routes --cached`: what nginx may keep.\n");
    for (size_t i = 0; i < count; i++)
        print_path(sorted[i], sorted[i]->cache_ms > 0 ? "byline" : "off");
    return TOOL_OK;
}
