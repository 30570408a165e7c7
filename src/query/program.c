/* The plans of all routes of a pool. */
#include "query/program.h"

#include "query/claim.h"
#include "query/fit.h"
#include "query/reach.h"

/* Rights are those of a pool's role; they are told of first. */
static bool
resource_fits(const struct catalog *catalog, const struct pool *pool,
              const struct resource *resource, struct diagnostics *diagnostics)
{
    bool may =
        !pool || fit_resource_rights(catalog, resource, diagnostics) == 0;

    if (resource == catalog->config->idempotency.resource &&
        fit_claims(catalog, diagnostics) == -1)
        return false;
    return fit_resource(catalog, resource, diagnostics) == 0 && may;
}

static bool
relation_fits(const struct catalog *catalog, const struct pool *pool,
              const struct relation *relation, struct diagnostics *diagnostics)
{
    bool may =
        !pool || fit_relation_rights(catalog, relation, diagnostics) == 0;

    return fit_relation(catalog, relation, diagnostics) == 0 && may;
}

/* What fits the database, of what is no other pool's business. */
static struct reach
fit_all(struct arena *arena, const struct catalog *catalog,
        const struct pool *pool, struct diagnostics *diagnostics)
{
    const struct config *config = catalog->config;
    struct reach fitting = reach_new(arena, config);
    struct reach others = reach_of_others(arena, config, pool);

    for (size_t i = 0; i < config->resource_count; i++)
        fitting.resources[i] =
            !others.resources[i] &&
            resource_fits(catalog, pool, &config->resources[i], diagnostics);
    for (size_t i = 0; i < config->relation_count; i++)
        fitting.relations[i] =
            !others.relations[i] &&
            relation_fits(catalog, pool, &config->relations[i], diagnostics);
    return fitting;
}

bool
program_has(const struct route *route)
{
    return handler_rule(route->handler)->traits &
           (HANDLER_READS | HANDLER_WRITES | HANDLER_LOGS_IN |
            HANDLER_OWN_SQL);
}

bool
program_is_disabled(const struct program *program, const struct route *route)
{
    for (size_t i = 0; i < program->disabled_count; i++)
        if (program->disabled[i] == route)
            return true;
    return false;
}

static void
disable(struct arena *arena, struct program *program,
        const struct route *route)
{
    program->routes[route->index] = (struct program_route){0};
    program->disabled =
        arena_push(arena, program->disabled, program->disabled_count,
                   sizeof *program->disabled);
    program->disabled[program->disabled_count++] = route;
}

static bool
route_fits(const struct catalog *catalog, const struct pool *pool,
           const struct reach *fitting, const struct route *route,
           struct diagnostics *diagnostics)
{
    unsigned traits = handler_rule(route->handler)->traits;
    struct reach reach = reach_new(diagnostics->arena, catalog->config);

    if (route->resource && fit_route(catalog, route, diagnostics) == -1)
        return false;
    if (fit_access(catalog, route, diagnostics) == -1)
        return false;
    if ((traits & HANDLER_WRITES) &&
        fit_write(catalog, route, diagnostics) == -1)
        return false;
    reach_add_route(&reach, route);
    if (!reach_is_within(&reach, fitting))
        return false;
    return !pool || fit_route_rights(catalog, route, diagnostics) == 0;
}

static struct program_route
compose_route(struct arena *arena, const struct catalog *catalog,
              const struct route *route)
{
    unsigned traits = handler_rule(route->handler)->traits;
    const struct ask ask = ask_default(route);
    struct program_route composed = {0};

    if (traits & HANDLER_WRITES)
        composed.write = write_compose(arena, catalog, route);
    else if (route->handler == HANDLER_SET_PASSWORD)
        composed.account = account_compose(arena, catalog);
    else if (route->handler == HANDLER_LOG_IN)
        composed.plan =
            plan_compose(arena, catalog, route, &ask, VIEWER_LOGIN);
    if (!(traits & HANDLER_READS) || route->handler == HANDLER_LOG_IN)
        return composed;
    if (route->auth != ROUTE_AUTH_REQUIRED)
        composed.plan = plan_compose(arena, catalog, route, &ask, VIEWER_NONE);
    if (route->auth != ROUTE_AUTH_NONE)
        composed.viewed =
            plan_compose(arena, catalog, route, &ask, VIEWER_TOKEN);
    return composed;
}

struct program *
program_compose(struct arena *arena, const struct catalog *catalog,
                const struct pool *pool, struct diagnostics *diagnostics)
{
    const struct config *config = catalog->config;
    struct reach fitting = fit_all(arena, catalog, pool, diagnostics);
    struct program *program = arena_alloc(arena, sizeof *program);

    program->catalog = catalog;
    program->routes = arena_alloc(arena, (config->route_count + 1) *
                                             sizeof *program->routes);
    if (config->accounts.resource)
        program->viewer_type = viewer_type(catalog);
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        if (!program_has(route) || (pool && route->pool != pool))
            continue;
        if (route_fits(catalog, pool, &fitting, route, diagnostics))
            program->routes[i] = compose_route(arena, catalog, route);
        else
            disable(arena, program, route);
    }
    return program;
}

/* --- own SQL --------------------------------------------------------- */

/* It is made when there is a database to ask about it. */
static enum db_outcome
make_own(struct arena *arena, struct db *db, const struct catalog *catalog,
         const struct route *route, struct program *program,
         struct diagnostics *diagnostics)
{
    struct program_route *composed = &program->routes[route->index];
    enum db_outcome outcome = DB_OK;
    struct own_statement *made =
        own_compose(arena, db, catalog, route, diagnostics, &outcome);

    if (made)
        *composed = (struct program_route){
            .plan = made->plan, .viewed = made->viewed, .own = made};
    else if (outcome == DB_OK)
        disable(arena, program, route);
    return outcome;
}

static enum db_outcome
make_all_own(struct arena *arena, struct db *db, const struct catalog *catalog,
             const struct pool *pool, struct program *program,
             struct diagnostics *diagnostics)
{
    const struct config *config = catalog->config;
    enum db_outcome outcome = DB_OK;

    for (size_t i = 0; outcome == DB_OK && i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        if (route->handler == HANDLER_SQL && (!pool || route->pool == pool) &&
            !program_is_disabled(program, route))
            outcome =
                make_own(arena, db, catalog, route, program, diagnostics);
    }
    return outcome;
}

/* --- preparing ------------------------------------------------------- */

static enum db_outcome
prepare_plan(struct arena *arena, struct db *db, struct plan *plan)
{
    if (!plan)
        return DB_OK;
    return db_prepare(db, arena, plan->sql, plan->types, plan->type_count,
                      &plan->name);
}

static enum db_outcome
prepare_claim(struct arena *arena, struct db *db, const struct write *write)
{
    struct claim *claim = write->claim;
    enum db_outcome outcome;

    if (!claim)
        return DB_OK;
    outcome = db_prepare(db, arena, claim->lock_sql, claim_types, 1,
                         &claim->lock_name);
    if (outcome == DB_OK)
        outcome = db_prepare(db, arena, claim->write_sql, claim->write_types,
                             write->parameter_count + CLAIM_PARAMETERS,
                             &claim->write_name);
    if (outcome == DB_OK)
        outcome = db_prepare(db, arena, claim->keep_sql, claim_types,
                             CLAIM_PARAMETERS, &claim->keep_name);
    return outcome;
}

static enum db_outcome
prepare_write(struct arena *arena, struct db *db, struct write *write)
{
    enum db_outcome outcome = DB_OK;

    if (!write)
        return DB_OK;
    if (write->lock_sql)
        outcome = db_prepare(db, arena, write->lock_sql, write->types,
                             write->lock_parameter_count, &write->lock_name);
    if (outcome == DB_OK)
        outcome = db_prepare(db, arena, write->sql, write->types,
                             write->parameter_count, &write->name);
    for (size_t i = 0; outcome == DB_OK && i < write->set_count; i++)
        outcome = db_prepare(db, arena, write->sets[i].sql, NULL, 0,
                             &write->sets[i].name);
    if (outcome == DB_OK)
        outcome = prepare_claim(arena, db, write);
    if (outcome == DB_OK)
        outcome = prepare_plan(arena, db, write->answer);
    return outcome;
}

static enum db_outcome
prepare_account(struct arena *arena, struct db *db, struct account *account)
{
    enum db_outcome outcome;

    if (!account)
        return DB_OK;
    outcome =
        db_prepare(db, arena, account->password.sql, account->password.types,
                   account->password.type_count, &account->password.name);
    if (outcome == DB_OK)
        outcome =
            db_prepare(db, arena, account->change.sql, account->change.types,
                       account->change.type_count, &account->change.name);
    return outcome;
}

/* Of what its plans are prepared for already. */
static enum db_outcome
prepare_own(struct arena *arena, struct db *db, struct own_statement *own)
{
    enum db_outcome outcome = DB_OK;

    if (!own)
        return DB_OK;
    if (own->check_sql)
        outcome = db_prepare(db, arena, own->check_sql, own->check_types,
                             own->check_type_count, &own->check_name);
    if (outcome == DB_OK)
        outcome = own_try(db, own->plan);
    if (outcome == DB_OK)
        outcome = own_try(db, own->viewed);
    return outcome;
}

/* All that clients can ask of a list, in one statement that is prepared once
 * to see whether PostgreSQL takes it. */
static enum db_outcome
try_asked(struct arena *arena, struct db *db, const struct catalog *catalog,
          const struct route *route, enum viewer_source source)
{
    struct arena *scratch = arena_new();
    const struct ask ask = ask_everything(scratch, route);
    struct plan *plan;
    enum db_outcome outcome = DB_OK;

    if (ask.filter_count + ask.sort_count > 0 || ask.search) {
        plan = plan_compose(scratch, catalog, route, &ask, source);
        outcome = prepare_plan(arena, db, plan);
        if (outcome == DB_OK)
            db_deallocate(db, plan->name);
    }
    arena_free(scratch);
    return outcome;
}

static enum db_outcome
prepare_route(struct arena *arena, struct db *db,
              const struct catalog *catalog, const struct route *route,
              struct program_route *composed)
{
    enum db_outcome outcome = prepare_plan(arena, db, composed->plan);

    if (outcome == DB_OK && (composed->plan || composed->viewed) &&
        (handler_rule(route->handler)->traits & HANDLER_PAGES))
        outcome = try_asked(arena, db, catalog, route,
                            composed->viewed ? VIEWER_TOKEN : VIEWER_NONE);
    if (outcome == DB_OK)
        outcome = prepare_plan(arena, db, composed->viewed);
    if (outcome == DB_OK)
        outcome = prepare_write(arena, db, composed->write);
    if (outcome == DB_OK)
        outcome = prepare_account(arena, db, composed->account);
    if (outcome == DB_OK)
        outcome = prepare_own(arena, db, composed->own);
    return outcome;
}

static enum db_outcome
prepare_all(struct arena *arena, struct db *db, const struct config *config,
            struct program *program, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        enum db_outcome outcome = prepare_route(arena, db, program->catalog,
                                                route, &program->routes[i]);

        if (outcome == DB_OK)
            continue;
        if (!db_outcome_is_refusal(outcome))
            return outcome;
        diagnostics_error(diagnostics, ini_place(route->section, NULL),
                          "PostgreSQL refuses the statement: %s",
                          db_message(db));
        disable(arena, program, route);
    }
    return DB_OK;
}

static void
deallocate(struct db *db, const char *name)
{
    if (name)
        db_deallocate(db, name);
}

static void
deallocate_write(struct db *db, const struct write *write)
{
    deallocate(db, write->lock_name);
    deallocate(db, write->name);
    for (size_t i = 0; i < write->set_count; i++)
        deallocate(db, write->sets[i].name);
    if (write->claim) {
        deallocate(db, write->claim->lock_name);
        deallocate(db, write->claim->write_name);
        deallocate(db, write->claim->keep_name);
    }
    deallocate(db, write->answer ? write->answer->name : NULL);
}

void
program_deallocate(const struct program *program, struct db *db,
                   const struct config *config)
{
    for (size_t i = 0; i < config->route_count; i++) {
        const struct program_route *route = &program->routes[i];

        deallocate(db, route->plan ? route->plan->name : NULL);
        deallocate(db, route->viewed ? route->viewed->name : NULL);
        if (route->write)
            deallocate_write(db, route->write);
        if (route->account) {
            deallocate(db, route->account->password.name);
            deallocate(db, route->account->change.name);
        }
        if (route->own)
            deallocate(db, route->own->check_name);
    }
}

const struct program *
program_build(struct arena *arena, struct db *db, const struct config *config,
              const struct pool *pool, struct diagnostics *diagnostics,
              enum db_outcome *outcome)
{
    const struct catalog *catalog = catalog_load(arena, db, config, outcome);
    struct program *program = NULL;

    if (catalog) {
        program = program_compose(arena, catalog, pool, diagnostics);
        *outcome =
            make_all_own(arena, db, catalog, pool, program, diagnostics);
    }
    if (program && *outcome == DB_OK)
        *outcome = prepare_all(arena, db, config, program, diagnostics);
    return *outcome == DB_OK ? program : NULL;
}
