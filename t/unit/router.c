/* From method and path to a route. */
#include "http/router.h"

#include <stdlib.h>

#include "tap.h"

static struct arena *arena;

static size_t
split(const char *path, const char **parts)
{
    size_t count = 0;

    for (; *path == '/' && path[1]; path += 1 + strcspn(path + 1, "/"))
        parts[count++] =
            arena_strndup(arena, path + 1, strcspn(path + 1, "/"));
    return count;
}

/* A route whose name and match are one text: `GET /films/:id`. */
static struct route
make_route(const char *match, size_t index)
{
    struct route route = {.name = match, .index = index};
    const char *parts[8];
    size_t method_length = strcspn(match, " ");

    route.method = method_parse(arena_strndup(arena, match, method_length));
    route.segment_count = split(match + method_length + 1, parts);
    route.segments =
        arena_alloc(arena, (route.segment_count + 1) * sizeof(struct segment));
    for (size_t i = 0; i < route.segment_count; i++) {
        bool is_parameter = parts[i][0] == ':';

        route.segments[i] =
            (struct segment){parts[i] + is_parameter, is_parameter, NULL};
        route.parameter_count += is_parameter;
    }
    return route;
}

static struct config
make_config(const char *const *matches)
{
    struct config config = {0};

    while (matches[config.route_count])
        config.route_count++;
    config.routes =
        arena_alloc(arena, (config.route_count + 1) * sizeof(struct route));
    for (size_t i = 0; i < config.route_count; i++)
        config.routes[i] = make_route(matches[i], i);
    return config;
}

static struct match
find(const struct config *config, const char *method, const char *path)
{
    const char *parts[8];
    struct request request = {.method = method_parse(method)};

    request.segments = parts;
    request.segment_count = split(path, parts);
    return router_match(config, arena, &request);
}

/* `route name|value|value`, `405 Allow` or `404`. */
static const char *
answer(const struct config *config, const char *method, const char *path)
{
    struct match match = find(config, method, path);
    const char *all;

    if (!match.shape)
        return match.route ? "a route without a shape" : "404";
    if (!match.route)
        return arena_printf(arena, "405 %s",
                            router_allow(config, arena, match.shape));
    all = match.route->name;
    for (size_t i = 0; i < match.route->parameter_count; i++)
        all = arena_printf(arena, "%s|%s", all, match.values[i]);
    return all;
}

struct example {
    const char *method;
    const char *path;
    const char *expected;
};

static const char *const films[] = {
    "GET /",
    "GET /films",
    "POST /films",
    "GET /films/:id",
    "PATCH /films/:id",
    "DELETE /films/:id",
    "GET /films/newest",
    "GET /films/:id/parts/:part",
    "GET /:kind/:id/parts/first",
    "PUT /:kind/newest",
    NULL,
};

static const struct example examples[] = {
    {"GET", "/", "GET /"},
    {"GET", "/films", "GET /films"},
    {"POST", "/films", "POST /films"},
    {"GET", "/films/", "GET /films"},
    {"GET", "/films/7", "GET /films/:id|7"},
    {"PATCH", "/films/7", "PATCH /films/:id|7"},
    {"GET", "/films/newest", "GET /films/newest"},
    {"GET", "/films/NEWEST", "GET /films/:id|NEWEST"},
    {"GET", "/films/newest2", "GET /films/:id|newest2"},
    {"GET", "/films/7/parts/2", "GET /films/:id/parts/:part|7|2"},
    {"GET", "/films/7/parts/first", "GET /films/:id/parts/:part|7|first"},
    {"GET", "/books/7/parts/first", "GET /:kind/:id/parts/first|books|7"},
    {"PUT", "/books/newest", "PUT /:kind/newest|books"},
    {"GET", "/none", "404"},
    {"GET", "/Films", "404"},
    {"GET", "/films/7/parts", "404"},
    {"GET", "/films/7/parts/2/x", "404"},
    {"GET", "/books/7/parts/2", "404"},
    {"POST", "/none", "404"},
    {"DELETE", "/films", "405 GET, HEAD, POST, OPTIONS"},
    {"TRACE", "/films", "405 GET, HEAD, POST, OPTIONS"},
    {"PUT", "/films/7", "405 GET, HEAD, PATCH, DELETE, OPTIONS"},
    {"POST", "/films/newest", "405 GET, HEAD, OPTIONS"},
    {"PUT", "/films/newest", "405 GET, HEAD, OPTIONS"},
    {"GET", "/books/newest", "405 PUT, OPTIONS"},
    {"get", "/films", "405 GET, HEAD, POST, OPTIONS"},
};

static void
finds_routes(const char *const *matches, const char *order)
{
    struct config config = make_config(matches);

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *example = &examples[i];

        is_text(answer(&config, example->method, example->path),
                example->expected, "%s %s, %s", example->method, example->path,
                order);
    }
}

/* What counts is the shape, and not which route was declared first. */
static void
ignores_the_order(void)
{
    enum { COUNT = sizeof films / sizeof films[0] - 1 };
    const char *reversed[COUNT + 1] = {NULL};

    for (size_t i = 0; i < COUNT; i++)
        reversed[i] = films[COUNT - 1 - i];
    finds_routes(films, "in order");
    finds_routes(reversed, "reversed");
}

static void
matches_nothing_without_routes(void)
{
    struct config config = {0};

    is_text(answer(&config, "GET", "/"), "404", "no routes, no path");
}

static void
takes_parameters_of_other_names(void)
{
    static const char *const matches[] = {"GET /films/:id",
                                          "DELETE /films/:nr", NULL};
    struct config config = make_config(matches);

    is_text(answer(&config, "DELETE", "/films/7"), "DELETE /films/:nr|7",
            "each route has its own name for a segment");
    is_text(answer(&config, "PUT", "/films/7"),
            "405 GET, HEAD, DELETE, OPTIONS",
            "and all of one shape are allowed");
}

int
main(void)
{
    arena = arena_new();
    ignores_the_order();
    matches_nothing_without_routes();
    takes_parameters_of_other_names();
    arena_free(arena);
    return done();
}
