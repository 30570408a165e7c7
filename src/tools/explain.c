/* explain: the statements that a route sends. */
#include <stdbool.h>
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

static void
print_plan(const struct plan *plan)
{
    if (plan)
        printf("%s\n", plan->sql);
}

/* A heading where there are several statements. */
static void
print_route(const struct program_route *sent)
{
    if (sent->own && sent->own->check_sql)
        printf("-- in front, if somebody is logged in\n%s\n",
               sent->own->check_sql);
    if (sent->plan && sent->viewed)
        printf("-- for nobody\n");
    print_plan(sent->plan);
    if (sent->plan && sent->viewed)
        printf("-- for who is logged in\n");
    print_plan(sent->viewed);
    if (sent->write) {
        if (sent->write->lock_sql)
            printf("%s\n", sent->write->lock_sql);
        printf("%s\n", sent->write->sql);
        print_plan(sent->write->answer);
    }
    if (sent->account)
        printf("%s\n%s\n", sent->account->password.sql,
               sent->account->change.sql);
}

static bool
is_disabled(const struct program *program, const struct route *route)
{
    for (size_t i = 0; i < program->disabled_count; i++)
        if (program->disabled[i] == route)
            return true;
    return false;
}

static int
print_statements(const struct config *config, const struct route *route,
                 struct db *db)
{
    struct arena *arena = config->arena;
    struct diagnostics diagnostics = {.arena = arena};
    enum db_outcome outcome;
    const struct program *program =
        program_build(arena, db, config, route->pool, &diagnostics, &outcome);

    if (!program || is_disabled(program, route)) {
        diagnostics_print(&diagnostics, stderr);
        return TOOL_FAILED;
    }
    print_route(&program->routes[route->index]);
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
    if (!program_has(route) || route->handler == HANDLER_LOG_OUT) {
        printf("-- [route %s] sends no statement of its own\n", route->name);
        return TOOL_OK;
    }
    db = tool_connect(route->pool->database);
    if (!db)
        return TOOL_FAILED;
    status = print_statements(config, route, db);
    db_free(db);
    return status;
}
