/* A worker's session with the database. */
#include "query/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "query/prepared.h"
#include "query/slow.h"

#define TRIES_MAX 3

/* After a connection failed, the next is not tried before so long; twice as
 * long each time. Until then requests get their 503 at once. Of each time up
 * to a half is taken off by chance, so that the workers do not come all at
 * once when the database is back. The first after a connection died is made
 * at once. */
#define BACK_OFF_MIN_MS 50
#define BACK_OFF_MAX_MS 500

/* A connection to a database that only reads, or has run out of something,
 * is given up for another, which may lead to a better one, but only when it
 * is so old: a new one costs more than the request. */
#define RENEW_MS 1000

/* The catalog is read again after so long, sooner where routes are disabled:
 * PostgreSQL does not say that a column may be NULL from now on. */
#define REFRESH_MS 60000
#define REFRESH_DISABLED_MS 2000

/* After a new program did not cure a statement, the next is not built before
 * so long: a client could ask for one after the other. */
#define UNCURED_MS 1000

struct session {
    const struct config *config;
    const struct pool *pool;
    struct db *db;
    struct arena *arena;           /* holds the program */
    const struct program *program; /* NULL: to be built */
    struct prepared *prepared;     /* prepared besides */
    struct metrics_pool *counts;
    int64_t waited_us; /* for the database, in this request */
    int64_t back_off_ms;
    int64_t retry_at_ms;
    int64_t connected_at_ms;
    int64_t deadline_ms; /* of the request */
    int64_t built_at_ms;
    const struct route *uncured; /* whose statement no new program helps */
    int64_t uncured_at_ms;       /* since then */
    char reason[256]; /* of the outage that the log knows of, or "" */
    char misfit[512]; /* the first of what does not fit, or "" */
};

struct session *
session_new(const struct config *config, const struct pool *pool,
            struct metrics_pool *counts)
{
    struct session *session = memory_alloc(sizeof *session);

    session->config = config;
    session->pool = pool;
    session->counts = counts;
    session->deadline_ms = INT64_MAX;
    session->db = db_new(pool->database);
    session->arena = arena_new();
    session->prepared = prepared_new();
    return session;
}

void
session_free(struct session *session)
{
    if (!session)
        return;
    db_free(session->db);
    arena_free(session->arena);
    prepared_free(session->prepared);
    free(session);
}

static int
unavailable(struct problem *problem)
{
    return problem_set(problem, PROBLEM_UNAVAILABLE,
                       "the database is not available");
}

/* At least half of it. */
static int64_t
jitter(int64_t ms)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) == -1)
        return ms;
    return ms / 2 + random % (ms / 2 + 1);
}

static void
back_off(struct session *session)
{
    const char *reason = db_message(session->db);

    /* Once an outage, and again when its reason changes. */
    if (strncmp(session->reason, reason, sizeof session->reason - 1) != 0)
        log_error("no database: %s", reason);
    snprintf(session->reason, sizeof session->reason, "%s", reason);
    session->back_off_ms =
        session->back_off_ms > 0 ? session->back_off_ms * 2 : BACK_OFF_MIN_MS;
    if (session->back_off_ms > BACK_OFF_MAX_MS)
        session->back_off_ms = BACK_OFF_MAX_MS;
    session->retry_at_ms = clock_now_ms() + jitter(session->back_off_ms);
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

static void
keep_misfit(struct session *session, const struct diagnostics *diagnostics)
{
    session->misfit[0] = '\0';
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics_is_error(diagnostics, i)) {
            snprintf(session->misfit, sizeof session->misfit, "%s",
                     diagnostics_text(diagnostics, i));
            return;
        }
}

/* A new program beside the old one, which stays if that fails. */
static int
replace_program(struct session *session)
{
    struct arena *arena = arena_new();
    struct diagnostics diagnostics = {.arena = arena};
    enum db_outcome outcome;
    const struct program *program =
        program_build(arena, session->db, session->config, session->pool,
                      &diagnostics, &outcome);

    session->built_at_ms = clock_now_ms();
    if (!program) {
        arena_free(arena);
        return -1;
    }
    if (program->disabled_count > 0 &&
        (!session->program || session->program->disabled_count == 0))
        log_mismatches(&diagnostics, program);
    keep_misfit(session, &diagnostics);
    prepared_clear(session->prepared, session->program ? session->db : NULL);
    if (session->program)
        program_deallocate(session->program, session->db, session->config);
    arena_free(session->arena);
    session->arena = arena;
    session->program = program;
    return 0;
}

/* For all requests to come, and so the deadline of the one that wants it does
 * not count: else one that is slow to build could never be. */
static int
build(struct session *session)
{
    int result;

    db_set_deadline(session->db, INT64_MAX);
    result = replace_program(session);
    db_set_deadline(session->db, session->deadline_ms);
    return result;
}

static enum db_outcome
make_connection(struct session *session)
{
    enum db_outcome outcome = db_connect(session->db);

    metrics_count_one(outcome == DB_OK ? &session->counts->connects
                                       : &session->counts->connect_failures);
    return outcome;
}

static int
connect_and_build(struct session *session)
{
    if (session->program)
        metrics_count_one(&session->counts->connections_lost);
    session->program = NULL;
    if (clock_now_ms() < session->retry_at_ms)
        return -1;
    if (make_connection(session) != DB_OK || build(session) == -1) {
        back_off(session);
        return -1;
    }
    session->connected_at_ms = clock_now_ms();
    if (session->reason[0] != '\0')
        log_notice("the database is back");
    session->reason[0] = '\0';
    session->back_off_ms = 0;
    return 0;
}

void
session_begin(struct session *session)
{
    session->deadline_ms =
        clock_now_ms() + session->pool->request_timeout_ms - DATABASE_SLACK_MS;
    db_set_deadline(session->db, session->deadline_ms);
    session->waited_us = 0;
}

int64_t
session_waited_us(const struct session *session)
{
    return session->waited_us;
}

int
session_open(struct session *session, struct problem *problem)
{
    int result = 0;

    if (!db_is_alive(session->db) || !session->program) {
        int64_t started_us = clock_now_us();

        result = connect_and_build(session);
        session->waited_us += clock_now_us() - started_us;
    }
    if (result == -1)
        unavailable(problem);
    return result;
}

void
session_refresh(struct session *session)
{
    int64_t age_ms = clock_now_ms() - session->built_at_ms;
    bool is_whole;

    if (!session->program)
        return;
    is_whole = session->program->disabled_count == 0;
    if (age_ms < (is_whole ? REFRESH_MS : REFRESH_DISABLED_MS) ||
        !db_is_alive(session->db))
        return;
    if (build(session) == -1)
        log_warning("the catalog could not be read again: %s",
                    db_message(session->db));
}

const struct program_route *
session_route(struct session *session, const struct route *route,
              struct problem *problem)
{
    const struct program *program = session->program;

    if (program_is_disabled(program, route)) {
        problem_set(problem, PROBLEM_UNAVAILABLE,
                    "this part of the service does not fit its database at "
                    "the moment");
        return NULL;
    }
    return &program->routes[route->index];
}

enum session_state
session_state(const struct session *session, const char **reason)
{
    *reason = session->reason;
    if (!session->program || session->reason[0] != '\0')
        return SESSION_IS_STRANDED;
    *reason = session->misfit;
    return session->program->disabled_count == 0 ? SESSION_FITS
                                                 : SESSION_MISFITS;
}

const struct program *
session_program(const struct session *session)
{
    return session->program;
}

const char *
session_message(const struct session *session)
{
    return db_message(session->db);
}

const struct db_violation *
session_violation(const struct session *session)
{
    return db_violation(session->db);
}

static void
count_failure(struct session *session, enum db_outcome outcome)
{
    if (outcome != DB_OK)
        metrics_count_one(&session->counts->failures[outcome]);
}

struct call_list {
    const struct db_call *calls;
    size_t count;
};

static enum db_outcome
run_since(struct session *session, struct arena *arena,
          const struct route *route, struct call_list list,
          struct pg_result **rows, int64_t started_us)
{
    int64_t min_ms = session->config->log.min_duration_ms, took_us;
    enum db_outcome outcome =
        list.count == 1 ? db_run(session->db, arena, list.calls, rows)
                        : db_run_pipeline(session->db, arena, list.calls,
                                          list.count, rows);

    took_us = clock_now_us() - started_us;
    session->waited_us += took_us;
    metrics_count_time(&session->counts->statements, took_us);
    count_failure(session, outcome);
    if (min_ms >= 0 && took_us >= min_ms * 1000) {
        metrics_count_one(&session->counts->slow);
        slow_log(route, list.calls, list.count, took_us);
    }
    return outcome;
}

enum db_outcome
session_run(struct session *session, struct arena *arena,
            const struct route *route, const struct db_call *calls,
            size_t count, struct pg_result **rows)
{
    const struct call_list list = {calls, count};

    return run_since(session, arena, route, list, rows, clock_now_us());
}

/* What it takes to prepare it, once, is a part of it. */
enum db_outcome
session_run_asked(struct session *session, struct arena *arena,
                  const struct route *route, struct db_call *call,
                  struct pg_result **rows)
{
    const struct call_list list = {call, 1};
    int64_t started_us = clock_now_us();
    enum db_outcome outcome =
        prepared_find(session->prepared, session->db, call->sql, call->types,
                      call->count, &call->name);

    if (outcome == DB_OK)
        return run_since(session, arena, route, list, rows, started_us);
    session->waited_us += clock_now_us() - started_us;
    count_failure(session, outcome);
    return outcome;
}

static void
renew(struct session *session)
{
    if (clock_now_ms() - session->connected_at_ms >= RENEW_MS)
        db_disconnect(session->db);
}

/* Names of constraints are no secret, and tell an operator what to look at,
 * but what clients do wrong is no error of ours. */
int
session_fail(struct session *session, const struct route *route,
             enum db_outcome outcome, struct problem *problem)
{
    log_error("[route %s] %s: %s %s", route->name, db_outcome_name(outcome),
              db_sqlstate(session->db), db_message(session->db));
    switch (outcome) {
    case DB_RETRY:
    case DB_LOCKED:
        return problem_set(problem, PROBLEM_UNAVAILABLE,
                           "the rows are in use; try again");
    case DB_TIMEOUT:
        return problem_set(problem, PROBLEM_TIMEOUT,
                           "the database took too long");
    case DB_UNABLE:
        renew(session);
        return unavailable(problem);
    case DB_GONE:
        return unavailable(problem);
    case DB_DENIED:
    case DB_STALE:
        session->uncured = route;
        session->uncured_at_ms = clock_now_ms();
        break;
    case DB_OK:
    case DB_VALUE:
    case DB_TAKEN:
    case DB_POINTED:
    case DB_RULE:
    case DB_FAILED:
        break;
    }
    return problem_set(problem, PROBLEM_INTERNAL,
                       "the request could not be answered");
}

bool
session_may_retry(const struct session *session, const struct route *route,
                  enum db_outcome outcome, int tries)
{
    if (outcome == DB_STALE || outcome == DB_DENIED)
        return tries == 1 &&
               (session->uncured != route ||
                clock_now_ms() - session->uncured_at_ms >= UNCURED_MS);
    return outcome == DB_RETRY && tries < TRIES_MAX;
}

int
session_mend(struct session *session, enum db_outcome outcome,
             struct problem *problem)
{
    metrics_count_one(&session->counts->retries);
    if ((outcome == DB_STALE || outcome == DB_DENIED) && build(session) == -1)
        return unavailable(problem);
    return session_open(session, problem);
}

int
session_probe(struct session *session, struct arena *arena,
              const struct route *route, struct problem *problem)
{
    const struct db_call call = {.sql = "SELECT 1"};
    struct pg_result *rows;
    enum db_outcome outcome;

    if (session_open(session, problem) == -1)
        return -1;
    outcome = session_run(session, arena, route, &call, 1, &rows);
    if (outcome == DB_GONE && session_open(session, problem) == 0)
        outcome = session_run(session, arena, route, &call, 1, &rows);
    return outcome == DB_OK ? 0
                            : session_fail(session, route, outcome, problem);
}
