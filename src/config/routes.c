/* Routes: from the texts of the INI to linked structs. */
#include <string.h>

#include "base/suggest.h"
#include "config/keys.h"
#include "config/parts.h"

static struct place
place_of(const struct route *route, const char *key)
{
    return ini_place(route->section, key);
}

/* Paths come decoded and normalised (RFC 3986, section 6.2.2). */
static bool
is_literal(const char *text)
{
    return text[strcspn(text, "?#%")] == '\0' && strcmp(text, ".") != 0 &&
           strcmp(text, "..") != 0;
}

static int
link_segment(struct route *route, const char *text,
             struct diagnostics *diagnostics)
{
    struct segment *segment = &route->segments[route->segment_count++];

    segment->is_parameter = text[0] == ':';
    segment->text = text + segment->is_parameter;
    if (segment->text[0] == '\0')
        return diagnostics_error(diagnostics, place_of(route, "match"),
                                 segment->is_parameter
                                     ? "a : needs the name of a column"
                                     : "two slashes in a row");
    if (!segment->is_parameter && !is_literal(segment->text))
        return diagnostics_error(diagnostics, place_of(route, "match"),
                                 "no request has the segment \"%s\": a path "
                                 "is compared without query, decoded, and "
                                 "without dot segments",
                                 segment->text);
    if (!segment->is_parameter)
        return 0;
    for (size_t i = 0; i + 1 < route->segment_count; i++)
        if (route->segments[i].is_parameter &&
            strcmp(route->segments[i].text, segment->text) == 0)
            return diagnostics_error(diagnostics, place_of(route, "match"),
                                     ":%s is there twice", segment->text);
    route->parameter_count++;
    return 0;
}

/* `/films/:id` to its segments; `/` has none. */
static void
link_path(struct config *config, struct route *route, const char *path,
          struct diagnostics *diagnostics)
{
    size_t count = 1;

    for (const char *at = path; *at; at++)
        count += *at == '/';
    route->segments =
        arena_alloc(config->arena, count * sizeof *route->segments);
    while (*path == '/' && path[1] != '\0') {
        size_t length = strcspn(path + 1, "/");

        if (link_segment(route, arena_strndup(config->arena, path + 1, length),
                         diagnostics) == -1)
            return;
        path += 1 + length;
    }
    if (*path == '/' && route->segment_count > 0)
        diagnostics_error(diagnostics, place_of(route, "match"),
                          "leave out the / at the end: it is optional");
}

static void
link_match(struct config *config, struct route *route,
           struct diagnostics *diagnostics)
{
    const char *text = route->match_text;
    size_t length = strcspn(text, " \t");
    const char *path = text + length + strspn(text + length, " \t");

    if (text[0] == '\0')
        return;
    route->method = method_parse(arena_strndup(config->arena, text, length));
    if (route->method == METHOD_NONE || path[0] != '/')
        diagnostics_error(diagnostics, place_of(route, "match"),
                          "\"%s\" is no match; write a method and a path, "
                          "such as GET /films/:id",
                          text);
    else
        link_path(config, route, path, diagnostics);
}

static void
link_handler(struct config *config, struct route *route,
             struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(route->handler_text);
    const struct handler_rule *rule;

    route->handler = handler_parse(route->handler_text);
    if (route->handler_text[0] == '\0')
        return;
    if (route->handler == HANDLER_KINDS) {
        for (int kind = 0; kind < HANDLER_KINDS; kind++)
            suggest_offer(&suggestion,
                          handler_rule((enum handler_kind)kind)->name);
        diagnostics_error(diagnostics, place_of(route, "handler"),
                          "there is no handler \"%s\"%s", route->handler_text,
                          suggest_clause(config->arena, &suggestion));
        return;
    }
    rule = handler_rule(route->handler);
    if (route->method != METHOD_NONE && rule->method != METHOD_NONE &&
        route->method != rule->method)
        diagnostics_error(
            diagnostics, place_of(route, "match"), "%s answers %s, not %s",
            rule->name, method_name(rule->method), method_name(route->method));
}

/* Keys that only some handlers have a use for. */
static const struct {
    const char *key;
    unsigned trait;
} key_traits[] = {
    {"resource", HANDLER_READS | HANDLER_WRITES},
    {"with", HANDLER_READS},
    {"also", HANDLER_READS},
    {"where", HANDLER_READS | HANDLER_WRITES},
    {"filterable", HANDLER_PAGES},
    {"sortable", HANDLER_PAGES},
    {"search", HANDLER_PAGES},
    {"sort", HANDLER_PAGES},
    {"limit", HANDLER_PAGES},
    {"limit_max", HANDLER_PAGES},
    {"database", HANDLER_PROBES},
    {"auth", HANDLER_GUARDED},
    {"role", HANDLER_GUARDED},
    {"viewer", HANDLER_VIEWED},
    {"writable", HANDLER_SETS},
    {"location", HANDLER_SETS},
    {"idempotent", HANDLER_CREATES},
    {"if_match", HANDLER_CHANGES},
    {"file", HANDLER_OWN_SQL},
    {"params", HANDLER_OWN_SQL},
    {"one", HANDLER_OWN_SQL},
    {"cache", HANDLER_KEPT},
};

bool
config_route_uses(const struct route *route, const char *key)
{
    unsigned traits = handler_rule(route->handler)->traits;

    for (size_t i = 0; i < sizeof key_traits / sizeof key_traits[0]; i++)
        if (strcmp(key_traits[i].key, key) == 0)
            return traits & key_traits[i].trait;
    return true;
}

bool
config_route_takes_body(const struct route *route)
{
    const struct own_sql *own = &route->own;

    if (route->handler != HANDLER_SQL || route->method == METHOD_GET)
        return handler_rule(route->handler)->traits & HANDLER_BODY &&
               route->method != METHOD_GET;
    for (size_t i = 0; i < own->parameter_count; i++)
        if (!own->parameters[i].is_in_path)
            return true;
    return false;
}

static void
refuse_useless_keys(const struct route *route, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < sizeof key_traits / sizeof key_traits[0]; i++)
        if (!config_route_uses(route, key_traits[i].key) &&
            ini_find(route->section, key_traits[i].key))
            diagnostics_error(diagnostics, place_of(route, key_traits[i].key),
                              "the handler %s has no use for it",
                              handler_rule(route->handler)->name);
}

static void
check_keys(const struct route *route, struct diagnostics *diagnostics)
{
    const struct handler_rule *rule;

    if (route->handler == HANDLER_KINDS)
        return;
    rule = handler_rule(route->handler);
    refuse_useless_keys(route, diagnostics);
    if (config_route_uses(route, "resource") &&
        route->resource_text[0] == '\0')
        diagnostics_error(diagnostics, place_of(route, NULL),
                          "resource is missing: the handler %s needs one",
                          rule->name);
    if ((rule->traits & HANDLER_BY_KEY) && !strchr(route->match_text, ':') &&
        route->viewer[0] == '\0')
        diagnostics_error(diagnostics, place_of(route, "match"),
                          "the path of one row holds its key, such as "
                          "/:id");
    if (!config_route_uses(route, "resource") &&
        !config_route_uses(route, "file") && route->parameter_count > 0)
        diagnostics_error(diagnostics, place_of(route, "match"),
                          "the handler %s takes no parameters", rule->name);
}

/* The rows that the path goes through: a parameter that a to-one stands on
 * names one. */
static void
link_parents(const struct config *config, struct route *route)
{
    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            route->segments[i].parent = config_find_via(
                config, route->resource, route->segments[i].text);
}

/* What is shown of the resource, and what can be set. */
static void
link_columns(const struct config *config, struct route *route,
             struct diagnostics *diagnostics)
{
    if (route->handler == HANDLER_KINDS ||
        (handler_rule(route->handler)->traits & HANDLER_READS))
        config_link_selection(config, route, diagnostics);
    route->writables =
        route->writable_text[0] != '\0'
            ? config_writables(config, route->resource, route->section,
                               route->writable_text, diagnostics)
            : route->resource->writables;
    if (route->handler != HANDLER_KINDS &&
        config_route_uses(route, "writable") && route->writables.count == 0)
        diagnostics_error(diagnostics, place_of(route, "writable"),
                          "there is nothing that a body could set: neither "
                          "the route nor [resource %s] names any",
                          route->resource->name);
}

static void
link_resource(struct config *config, struct route *route,
              struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(route->resource_text);

    if (route->resource_text[0] == '\0')
        return;
    route->resource = config_find_resource(config, route->resource_text);
    if (route->resource) {
        link_parents(config, route);
        link_columns(config, route, diagnostics);
        config_link_sort(config, route, diagnostics);
        config_link_filterable(config, route, diagnostics);
        config_link_search(config, route, diagnostics);
        return;
    }
    for (size_t i = 0; i < config->resource_count; i++)
        suggest_offer(&suggestion, config->resources[i].name);
    diagnostics_error(diagnostics, place_of(route, "resource"),
                      "there is no resource \"%s\"%s", route->resource_text,
                      suggest_clause(config->arena, &suggestion));
}

/* What is private must not show through a path that finds it. */
static void
refuse_private(const struct route *route, const struct column *column,
               struct diagnostics *diagnostics)
{
    if (column && column->is_private)
        diagnostics_error(diagnostics, place_of(route, "match"),
                          "%s is private, and a path would show it",
                          column->name);
}

static void
check_parameters(const struct route *route, struct diagnostics *diagnostics)
{
    for (size_t i = 0; route->resource && i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            refuse_private(
                route,
                config_find_column(route->resource, route->segments[i].text),
                diagnostics);
}

static void
link_limits(const struct config *config, struct route *route,
            struct diagnostics *diagnostics)
{
    const struct route_defaults *defaults = &config->route_defaults;
    const char *key =
        ini_find(route->section, "limit") ? "limit" : "limit_max";

    if (route->limit == 0)
        route->limit = defaults->limit;
    if (route->limit_max == 0)
        route->limit_max = defaults->limit_max;
    if (route->limit > route->limit_max)
        diagnostics_error(diagnostics, place_of(route, key),
                          "limit (%lld) is over limit_max (%lld)",
                          (long long)route->limit,
                          (long long)route->limit_max);
}

static void
link_pool(const struct config *config, struct route *route,
          struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(route->pool_name);

    route->pool = config_find_pool(config, route->pool_name);
    if (route->pool)
        return;
    for (size_t i = 0; i < config->pool_count; i++)
        suggest_offer(&suggestion, config->pools[i].name);
    diagnostics_error(diagnostics, place_of(route, "pool"),
                      "there is no [pool %s]%s", route->pool_name,
                      suggest_clause(config->arena, &suggestion));
}

/* Whether two routes match the same requests. */
static bool
same_shape(const struct route *a, const struct route *b)
{
    if (a->method != b->method || a->segment_count != b->segment_count)
        return false;
    for (size_t i = 0; i < a->segment_count; i++) {
        const struct segment *left = &a->segments[i];
        const struct segment *right = &b->segments[i];

        if (left->is_parameter != right->is_parameter)
            return false;
        if (!left->is_parameter && strcmp(left->text, right->text) != 0)
            return false;
    }
    return true;
}

static void
check_shape(const struct config *config, const struct route *route,
            struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < route->index; i++)
        if (config->routes[i].match_text[0] != '\0' &&
            same_shape(&config->routes[i], route))
            diagnostics_error(diagnostics, place_of(route, "match"),
                              "[route %s] matches the same requests",
                              config->routes[i].name);
}

void
config_link_routes(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->route_count; i++) {
        struct route *route = &config->routes[i];

        route->index = i;
        route->method = METHOD_NONE;
        link_match(config, route, diagnostics);
        link_handler(config, route, diagnostics);
        check_keys(route, diagnostics);
        link_resource(config, route, diagnostics);
        check_parameters(route, diagnostics);
        link_limits(config, route, diagnostics);
        link_pool(config, route, diagnostics);
        config_link_access(config, route, diagnostics);
        config_link_own_sql(config, route, diagnostics);
        config_check_idempotent(route, diagnostics);
        if (route->method != METHOD_NONE)
            check_shape(config, route, diagnostics);
    }
    config_link_answers(config, diagnostics);
    config_link_cache(config, diagnostics);
    if (config->route_count == 0 && config->files[CONFIG_FILE_ROUTES].is_read)
        diagnostics_error(diagnostics,
                          (struct place){.file = config->site.routes},
                          "there is no [route NAME]");
}
