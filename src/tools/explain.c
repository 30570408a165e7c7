/* explain: the statements that a route sends. */
#include <stdbool.h>
#include <stdio.h>

#include "base/suggest.h"
#include "handlers/ask.h"
#include "query/claim.h"
#include "tools/explained.h"
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

/* What is explained, and where. */
struct explaining {
    struct arena *arena;
    struct db *db;
    const struct route *route;
    const char *query; /* NULL: what the route answers anyway */
    int *status;       /* TOOL_FAILED once PostgreSQL refuses a plan */
};

static void
print_plan(const struct explaining *explaining, const struct plan *plan)
{
    if (!plan)
        return;
    if (explaining->route->handler == HANDLER_SQL)
        printf("%s\n", plan->sql);
    else if (explained_print(explaining->arena, explaining->db, plan) == -1)
        *explaining->status = TOOL_FAILED;
}

/* What a request with a key sends instead. */
static void
print_claim(const struct claim *claim)
{
    if (claim)
        printf("-- with an Idempotency-Key: in front\n%s\n-- in place of the "
               "first\n%s\n-- before the last\n%s\n",
               claim->lock_sql, claim->write_sql, claim->keep_sql);
}

/* A heading where there are several statements. */
static void
print_route(const struct explaining *explaining,
            const struct program_route *sent)
{
    if (sent->own && sent->own->check_sql)
        printf("-- in front, if somebody is logged in\n%s\n",
               sent->own->check_sql);
    if (sent->plan && sent->viewed)
        printf("-- for nobody\n");
    print_plan(explaining, sent->plan);
    if (sent->plan && sent->viewed)
        printf("-- for who is logged in\n");
    print_plan(explaining, sent->viewed);
    if (sent->write) {
        if (sent->write->lock_sql)
            printf("%s\n", sent->write->lock_sql);
        printf("%s\n", sent->write->sql);
        for (size_t i = 0; i < sent->write->set_count; i++)
            printf("-- where %s is set\n%s\n", sent->write->sets[i].key.name,
                   sent->write->sets[i].sql);
        print_plan(explaining, sent->write->answer);
        print_claim(sent->write->claim);
    }
    if (sent->account)
        printf("%s\n%s\n", sent->account->password.sql,
               sent->account->change.sql);
}

/* What is wrong with a query, as a client would be told. */
static int
print_problem(const struct problem *problem)
{
    fprintf(stderr, "byline: %s\n", problem->detail);
    for (size_t i = 0; i < problem->field_count; i++)
        fprintf(stderr, "  %s: %s (%s)\n", problem->fields[i].field,
                problem->fields[i].message, problem->fields[i].code);
    return TOOL_FAILED;
}

/* No path: its parameters are empty. */
static const char *const *
no_values(const struct explaining *explaining)
{
    const size_t count = explaining->route->parameter_count;
    const char **values =
        arena_alloc(explaining->arena, (count + 1) * sizeof *values);

    for (size_t i = 0; i < count; i++)
        values[i] = "";
    return values;
}

/* The statements of one request: as of a worker that has it before it. */
static int
print_asked(const struct config *config, const struct explaining *explaining,
            const struct program *program)
{
    const struct program_route *sent =
        &program->routes[explaining->route->index];
    struct problem problem = {.arena = explaining->arena};
    struct request request = {.query = explaining->query};
    struct exchange exchange = {.config = config,
                                .arena = explaining->arena,
                                .problem = &problem,
                                .request = &request,
                                .route = explaining->route,
                                .values = no_values(explaining)};
    const struct ask *ask;

    if (request_parse_query(&request, explaining->arena, &config->limits,
                            &problem) == -1 ||
        ask_read(&exchange, &ask) == -1 ||
        (ask && (ask_check_types(&exchange, program->catalog, ask) == -1 ||
                 ask_check_cursor(program->catalog, explaining->route, ask,
                                  &problem) == -1)))
        return print_problem(&problem);
    if (!ask) {
        print_route(explaining, sent);
        return TOOL_OK;
    }
    if (sent->plan && sent->viewed)
        printf("-- for nobody\n");
    if (sent->plan)
        print_plan(explaining,
                   plan_compose(explaining->arena, program->catalog,
                                explaining->route, ask, VIEWER_NONE));
    if (sent->plan && sent->viewed)
        printf("-- for who is logged in\n");
    if (sent->viewed)
        print_plan(explaining,
                   plan_compose(explaining->arena, program->catalog,
                                explaining->route, ask, VIEWER_TOKEN));
    return TOOL_OK;
}

static bool
takes_query(const struct route *route)
{
    return route->handler == HANDLER_ITEM || route->handler == HANDLER_LIST;
}

static int
print_statements(const struct config *config,
                 const struct explaining *explaining)
{
    const struct route *route = explaining->route;
    struct diagnostics diagnostics = {.arena = explaining->arena};
    enum db_outcome outcome;
    const struct program *program =
        program_build(explaining->arena, explaining->db, config, route->pool,
                      &diagnostics, &outcome);

    if (!program || program_is_disabled(program, route)) {
        diagnostics_print(&diagnostics, stderr);
        return TOOL_FAILED;
    }
    if (explaining->query)
        return print_asked(config, explaining, program);
    print_route(explaining, &program->routes[route->index]);
    return TOOL_OK;
}

int
tool_explain(const struct tool_options *options)
{
    const struct config *config = tool_load(options);
    const struct route *route =
        config ? find_route(config, options->operands[0]) : NULL;
    int status = TOOL_OK;
    struct explaining explaining = {
        .arena = options->arena, .route = route, .status = &status};

    if (!route)
        return TOOL_FAILED;
    explaining.query = options->operands[1];
    if (explaining.query && !takes_query(route)) {
        fprintf(stderr, "byline: the handler %s takes no query\n",
                route->handler_text);
        return TOOL_FAILED;
    }
    if (!program_has(route) || route->handler == HANDLER_LOG_OUT) {
        printf("-- [route %s] sends no statement of its own\n", route->name);
        return TOOL_OK;
    }
    explaining.db = tool_connect(route->pool->database);
    if (!explaining.db)
        return TOOL_FAILED;
    if (print_statements(config, &explaining) == TOOL_FAILED)
        status = TOOL_FAILED;
    db_free(explaining.db);
    return status;
}
