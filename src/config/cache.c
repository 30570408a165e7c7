/* How long a web server may keep the answers of a route: those that are the
 * same for everybody. */
#include "config/parts.h"

/* Whether some of its answers are the same for everybody. */
static bool
is_for_all(const struct route *route)
{
    return config_route_uses(route, "cache") && route->method == METHOD_GET &&
           route->auth != ROUTE_AUTH_REQUIRED;
}

static void
refuse(const struct ini_section *section, const char *why,
       struct diagnostics *diagnostics)
{
    diagnostics_error(diagnostics, ini_place(section, "cache"), "%s", why);
}

/* Web servers count so. */
static void
check_seconds(const struct ini_section *section, int64_t ms,
              struct diagnostics *diagnostics)
{
    if (ms > 0 && ms % 1000 != 0)
        refuse(section, "answers are kept for whole seconds", diagnostics);
}

/* A handler that has no use for the key at all was told so already. */
static void
check_use(const struct route *route, struct diagnostics *diagnostics)
{
    if (route->method != METHOD_GET && route->method != METHOD_NONE)
        refuse(route->section, "only answers to GET can be kept", diagnostics);
    else if (route->auth == ROUTE_AUTH_REQUIRED)
        refuse(route->section,
               "with auth = required no answer is for everybody", diagnostics);
}

/* The default of [routes] is for those that can have it. */
static void
link_route(const struct config *config, struct route *route,
           struct diagnostics *diagnostics)
{
    check_seconds(route->section, route->cache_ms, diagnostics);
    if (route->cache_ms > 0 && config_route_uses(route, "cache"))
        check_use(route, diagnostics);
    if (route->cache_ms == 0)
        route->cache_ms =
            is_for_all(route) ? config->route_defaults.cache_ms : -1;
}

void
config_link_cache(struct config *config, struct diagnostics *diagnostics)
{
    check_seconds(config_find_section(config, CONFIG_FILE_ROUTES, "routes"),
                  config->route_defaults.cache_ms, diagnostics);
    for (size_t i = 0; i < config->route_count; i++)
        if (config->routes[i].handler != HANDLER_KINDS)
            link_route(config, &config->routes[i], diagnostics);
}
