/* explain: the one statement that a route sends. */
#include <stdio.h>

#include "base/suggest.h"
#include "tools/tool.h"

static const struct route *
find_route(const struct config *config, const char *name)
{
    const struct route *route = config_find_route(config, name);
    struct suggestion suggestion = suggest_start(name);

    if (route)
        return route;
    for (size_t i = 0; i < config->route_count; i++)
        suggest_offer(&suggestion, config->routes[i].name);
    fprintf(stderr, "byline: there is no [route %s]%s\n", name,
            suggest_clause(config->arena, &suggestion));
    return NULL;
}

static int
print_statement(const struct config *config, const struct route *route,
                struct db *db)
{
    struct arena *arena = config->arena;
    struct diagnostics diagnostics = {.arena = arena};
    enum db_outcome outcome;
    const struct program *program =
        program_build(arena, db, config, route->pool, &diagnostics, &outcome);
    const struct page page = {.limit = route->limit};
    const struct plan *plan = program ? program->plans[route->index] : NULL;

    if (!plan) {
        diagnostics_print(&diagnostics, stderr);
        return TOOL_FAILED;
    }
    printf("%s\n", plan_sql(arena, plan, plan->tail ? &page : NULL));
    return TOOL_OK;
}

int
tool_explain(const struct tool_options *options)
{
    const struct config *config = tool_load(options);
    const struct route *route =
        config ? find_route(config, options->operands[0]) : NULL;
    struct db *db;
    int status;

    if (!route)
        return TOOL_FAILED;
    if (!route->selection) {
        printf("-- [route %s] sends no statement of its own\n", route->name);
        return TOOL_OK;
    }
    db = tool_connect(route->pool->database);
    if (!db)
        return TOOL_FAILED;
    status = print_statement(config, route, db);
    db_free(db);
    return status;
}
