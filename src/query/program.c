/* The plans of all routes of a pool. */
#include "query/program.h"

#include "query/fit.h"

/* What is known of the configuration against the catalog. */
struct fitting {
    const struct catalog *catalog;
    bool *resources; /* by index: it fits */
    bool *relations;
};

static void
reach_selection(struct fitting *reach, const struct selection *selection)
{
    const struct config *config = reach->catalog->config;

    reach->resources[selection->resource - config->resources] = true;
    if (selection->relation)
        reach->relations[selection->relation - config->relations] = true;
    for (size_t i = 0; i < selection->embed_count; i++)
        reach_selection(reach, selection->embeds[i]);
}

static void
reach_path(struct fitting *reach, const struct route *route)
{
    const struct config *config = reach->catalog->config;

    for (size_t i = 0; i < route->segment_count; i++) {
        const struct relation *relation = route->segments[i].parent;

        if (!relation)
            continue;
        reach->relations[relation - config->relations] = true;
        reach->resources[relation->to - config->resources] = true;
    }
}

static struct fitting
fitting_new(struct arena *arena, const struct catalog *catalog)
{
    return (struct fitting){
        .catalog = catalog,
        .resources = arena_alloc(arena, catalog->config->resource_count + 1),
        .relations = arena_alloc(arena, catalog->config->relation_count + 1),
    };
}

/* What only other pools' routes use, their roles need to see, not ours. */
static struct fitting
others_reach(struct arena *arena, const struct catalog *catalog,
             const struct pool *pool)
{
    const struct config *config = catalog->config;
    struct fitting ours = fitting_new(arena, catalog);
    struct fitting others = fitting_new(arena, catalog);

    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        bool is_ours = !pool || route->pool == pool;

        if (!route->selection)
            continue;
        reach_selection(is_ours ? &ours : &others, route->selection);
        reach_path(is_ours ? &ours : &others, route);
    }
    for (size_t i = 0; i < config->resource_count; i++)
        others.resources[i] = others.resources[i] && !ours.resources[i];
    for (size_t i = 0; i < config->relation_count; i++)
        others.relations[i] = others.relations[i] && !ours.relations[i];
    return others;
}

static struct fitting
fit_all(struct arena *arena, const struct catalog *catalog,
        const struct pool *pool, struct diagnostics *diagnostics)
{
    const struct config *config = catalog->config;
    struct fitting fitting = fitting_new(arena, catalog);
    struct fitting others = others_reach(arena, catalog, pool);

    for (size_t i = 0; i < config->resource_count; i++)
        fitting.resources[i] =
            !others.resources[i] &&
            fit_resource(catalog, &config->resources[i], diagnostics) == 0;
    for (size_t i = 0; i < config->relation_count; i++)
        fitting.relations[i] =
            !others.relations[i] &&
            fit_relation(catalog, &config->relations[i], diagnostics) == 0;
    return fitting;
}

static bool
selection_fits(const struct fitting *fitting,
               const struct selection *selection)
{
    const struct config *config = fitting->catalog->config;

    if (!fitting->resources[selection->resource - config->resources])
        return false;
    if (selection->relation &&
        !fitting->relations[selection->relation - config->relations])
        return false;
    for (size_t i = 0; i < selection->embed_count; i++)
        if (!selection_fits(fitting, selection->embeds[i]))
            return false;
    return true;
}

/* The relations that the path goes through must fit as well. */
static bool
path_fits(const struct fitting *fitting, const struct route *route)
{
    const struct config *config = fitting->catalog->config;

    for (size_t i = 0; i < route->segment_count; i++) {
        const struct relation *relation = route->segments[i].parent;

        if (relation && !fitting->relations[relation - config->relations])
            return false;
    }
    return true;
}

static void
disable(struct arena *arena, struct program *program,
        const struct route *route)
{
    program->plans[route->index] = NULL;
    program->disabled =
        arena_push(arena, program->disabled, program->disabled_count,
                   sizeof *program->disabled);
    program->disabled[program->disabled_count++] = route;
}

struct program *
program_compose(struct arena *arena, const struct catalog *catalog,
                const struct pool *pool, struct diagnostics *diagnostics)
{
    const struct config *config = catalog->config;
    struct fitting fitting = fit_all(arena, catalog, pool, diagnostics);
    struct program *program = arena_alloc(arena, sizeof *program);

    program->plans =
        arena_alloc(arena, (config->route_count + 1) * sizeof *program->plans);
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        if (!route->selection || (pool && route->pool != pool))
            continue;
        if (fit_route(catalog, route, diagnostics) == 0 &&
            selection_fits(&fitting, route->selection) &&
            path_fits(&fitting, route))
            program->plans[i] = plan_compose(arena, catalog, route);
        else
            disable(arena, program, route);
    }
    return program;
}

/* Prepares the default page of a list, or the statement of an item. */
static enum db_outcome
prepare(struct arena *arena, struct db *db, const struct route *route,
        struct plan *plan)
{
    const struct page page = {.limit = route->limit};

    return db_prepare(db, arena,
                      plan_sql(arena, plan, plan->tail ? &page : NULL),
                      plan->types, plan->parameter_count, &plan->name);
}

/* Whether the statement itself is at fault, and not the moment. */
static bool
is_refused(enum db_outcome outcome)
{
    return outcome == DB_FAILED || outcome == DB_STALE || outcome == DB_VALUE;
}

static enum db_outcome
prepare_all(struct arena *arena, struct db *db, const struct config *config,
            struct program *program, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        enum db_outcome outcome;

        if (!program->plans[i])
            continue;
        outcome = prepare(arena, db, route, program->plans[i]);
        if (outcome == DB_OK)
            continue;
        if (!is_refused(outcome))
            return outcome;
        diagnostics_error(diagnostics, ini_place(route->section, NULL),
                          "PostgreSQL refuses the statement: %s",
                          db_message(db));
        disable(arena, program, route);
    }
    return DB_OK;
}

const struct program *
program_build(struct arena *arena, struct db *db, const struct config *config,
              const struct pool *pool, struct diagnostics *diagnostics,
              enum db_outcome *outcome)
{
    struct arena *scratch = arena_new();
    const struct catalog *catalog = catalog_load(scratch, db, config, outcome);
    struct program *program = NULL;

    if (catalog) {
        program = program_compose(arena, catalog, pool, diagnostics);
        *outcome = prepare_all(arena, db, config, program, diagnostics);
    }
    arena_free(scratch);
    return *outcome == DB_OK ? program : NULL;
}
