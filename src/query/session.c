/* A worker's session with the database. */
#include "query/session.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define TRIES_MAX 3

/* After a connection failed, the next is not tried before so long; twice as
 * long each time. Until then requests get their 503 at once. */
#define BACK_OFF_MIN_MS 50
#define BACK_OFF_MAX_MS 1000

struct session {
    const struct config *config;
    const struct pool *pool;
    struct db *db;
    struct arena *arena;           /* holds the program */
    const struct program *program; /* NULL: to be built */
    int64_t back_off_ms;
    int64_t retry_at_ms;
    bool was_away; /* said so in the log */
};

struct session *
session_new(const struct config *config, const struct pool *pool)
{
    struct session *session = memory_alloc(sizeof *session);

    session->config = config;
    session->pool = pool;
    session->db = db_new(pool->database);
    session->arena = arena_new();
    return session;
}

void
session_free(struct session *session)
{
    if (!session)
        return;
    db_free(session->db);
    arena_free(session->arena);
    free(session);
}

static int
unavailable(struct problem *problem)
{
    return problem_set(problem, PROBLEM_UNAVAILABLE,
                       "the database is not available");
}

static void
back_off(struct session *session)
{
    if (!session->was_away)
        log_error("no database: %s", db_message(session->db));
    session->was_away = true;
    session->back_off_ms =
        session->back_off_ms > 0 ? session->back_off_ms * 2 : BACK_OFF_MIN_MS;
    if (session->back_off_ms > BACK_OFF_MAX_MS)
        session->back_off_ms = BACK_OFF_MAX_MS;
    session->retry_at_ms = clock_now_ms() + session->back_off_ms;
}

static void
log_mismatches(struct diagnostics *diagnostics, const struct program *program)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics_is_error(diagnostics, i))
            log_error("%s", diagnostics_text(diagnostics, i));
    for (size_t i = 0; i < program->disabled_count; i++)
        log_error("[route %s] does not fit the database and is disabled",
                  program->disabled[i]->name);
}

static int
build(struct session *session)
{
    struct arena *scratch = arena_new();
    struct diagnostics diagnostics = {.arena = scratch};
    enum db_outcome outcome;

    arena_reset(session->arena);
    session->program =
        program_build(session->arena, session->db, session->config,
                      session->pool, &diagnostics, &outcome);
    if (session->program && session->program->disabled_count > 0)
        log_mismatches(&diagnostics, session->program);
    arena_free(scratch);
    return session->program ? 0 : -1;
}

static int
connect_and_build(struct session *session)
{
    session->program = NULL;
    if (clock_now_ms() < session->retry_at_ms)
        return -1;
    if (db_connect(session->db) != DB_OK || build(session) == -1) {
        back_off(session);
        return -1;
    }
    if (session->was_away)
        log_notice("the database is back");
    session->was_away = false;
    session->back_off_ms = 0;
    return 0;
}

/* The schema is no longer what the program was built for. */
static int
rebuild(struct session *session)
{
    if (db_deallocate_all(session->db) == DB_OK && build(session) == 0)
        return 0;
    return connect_and_build(session);
}

int
session_open(struct session *session, struct problem *problem)
{
    int result = 0;

    if (!db_is_alive(session->db))
        result = connect_and_build(session);
    else if (!session->program)
        result = rebuild(session);
    if (result == -1)
        unavailable(problem);
    return result;
}

const struct plan *
session_plan(struct session *session, const struct route *route,
             struct problem *problem)
{
    const struct plan *plan = session->program->plans[route->index];

    if (!plan)
        problem_set(problem, PROBLEM_UNAVAILABLE,
                    "this part of the service does not fit its database at "
                    "the moment");
    return plan;
}

const struct program *
session_program(const struct session *session)
{
    return session->program;
}

static void
log_if_slow(const struct session *session, const struct route *route,
            int64_t started_ms)
{
    int64_t min_ms = session->config->log.min_duration_ms;
    int64_t took_ms = clock_now_ms() - started_ms;

    if (min_ms >= 0 && took_ms >= min_ms)
        log_notice("slow: [route %s] took %lld ms", route->name,
                   (long long)took_ms);
}

static enum db_outcome
run(struct session *session, struct arena *arena, struct reading *reading)
{
    const struct plan *plan = reading->plan;
    const struct route *route = reading->route;
    bool is_prepared =
        !reading->page ||
        (reading->page->offset == 0 && reading->page->limit == route->limit);
    const struct db_call call = {
        .name = is_prepared ? plan->name : NULL,
        .sql = is_prepared ? NULL : plan_sql(arena, plan, reading->page),
        .types = plan->types,
        .values = reading->values,
        .count = plan->parameter_count,
    };
    int64_t started_ms = clock_now_ms();
    enum db_outcome outcome =
        db_run(session->db, arena, &call, &reading->rows);

    log_if_slow(session, route, started_ms);
    return outcome;
}

/* What a client is told; the log has the rest. */
static int
fail(const struct session *session, const struct route *route,
     enum db_outcome outcome, struct problem *problem)
{
    if (outcome == DB_VALUE && route->parameter_count == 0)
        outcome = DB_FAILED; /* nobody but ourselves gave a value */
    if (outcome != DB_VALUE)
        log_error("[route %s] %s: %s %s", route->name,
                  db_outcome_name(outcome), db_sqlstate(session->db),
                  db_message(session->db));
    switch (outcome) {
    case DB_OK:
        return 0;
    case DB_VALUE:
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "a value in the path is not of its type");
    case DB_RETRY:
    case DB_LOCKED:
        return problem_set(problem, PROBLEM_UNAVAILABLE,
                           "the rows are in use; try again");
    case DB_TIMEOUT:
        return problem_set(problem, PROBLEM_TIMEOUT,
                           "the database took too long");
    case DB_GONE:
    case DB_STALE:
        return unavailable(problem);
    case DB_FAILED:
        break;
    }
    return problem_set(problem, PROBLEM_INTERNAL,
                       "the request could not be answered");
}

/* Whether a read that ended so may be run once more. */
static bool
may_retry(enum db_outcome outcome, int tries)
{
    if (outcome == DB_RETRY)
        return tries < TRIES_MAX;
    return (outcome == DB_GONE || outcome == DB_STALE) && tries < 2;
}

int
session_read(struct session *session, struct arena *arena,
             struct reading *reading, struct problem *problem)
{
    enum db_outcome outcome = run(session, arena, reading);

    for (int tries = 1; may_retry(outcome, tries); tries++) {
        if (outcome == DB_STALE)
            session->program = NULL;
        if (session_open(session, problem) == -1)
            return -1;
        reading->plan = session_plan(session, reading->route, problem);
        if (!reading->plan)
            return -1;
        outcome = run(session, arena, reading);
    }
    if (outcome == DB_STALE)
        session->program = NULL;
    return outcome == DB_OK ? 0
                            : fail(session, reading->route, outcome, problem);
}

int
session_probe(struct session *session, struct arena *arena,
              struct problem *problem)
{
    const struct db_call call = {.sql = "SELECT 1"};
    struct pg_result *rows;

    if (session_open(session, problem) == -1)
        return -1;
    if (db_run(session->db, arena, &call, &rows) != DB_OK)
        return unavailable(problem);
    return 0;
}
