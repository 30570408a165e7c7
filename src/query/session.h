/*
 * A worker's session with the database: a connection that is made again when
 * it is gone, and the program prepared on it. reading.h and writing.h run
 * what the program has for a route.
 */
#ifndef BYLINE_QUERY_SESSION_H
#define BYLINE_QUERY_SESSION_H

#include "base/arena.h"
#include "base/metrics.h"
#include "base/problem.h"
#include "config/config.h"
#include "db/db.h"
#include "query/program.h"

struct session;

/* How a session and its database stand. */
enum session_state {
    SESSION_FITS,
    SESSION_MISFITS,    /* routes are disabled */
    SESSION_IS_STRANDED /* there is no connection, or no program yet */
};

/* Owned, free with session_free. Makes no connection yet. What happens is
 * counted in `counts`, which are the pool's. */
struct session *session_new(const struct config *config,
                            const struct pool *pool,
                            struct metrics_pool *counts);
void session_free(struct session *session);

/* A request begins: what is tried, and tried again, for it ends before its
 * worker counts as stuck. */
void session_begin(struct session *session);

/* How long the request has waited for the database so far. */
int64_t session_waited_us(const struct session *session);

/* Connects and builds the program, unless that is done and the server still
 * there. -1 and a problem otherwise. */
int session_open(struct session *session, struct problem *problem);

/* Between requests: reads the catalog again if that was long ago, and
 * replaces the program. If that fails, the one there is stays. */
void session_refresh(struct session *session);

/* What an open session has for a route. NULL and a problem if the route is
 * disabled. Valid until the session is opened, mended or refreshed. */
const struct program_route *session_route(struct session *session,
                                          const struct route *route,
                                          struct problem *problem);

/* Runs statements for a route in one transaction, or a single one, counts
 * how that went, and logs it if it was slow. */
enum db_outcome session_run(struct session *session, struct arena *arena,
                            const struct route *route,
                            const struct db_call *calls, size_t count,
                            struct pg_result **rows);

/* What the last failure of session_run said: for no client. */
const char *session_message(const struct session *session);

/* As session_run with one call that is composed on demand and has no name
 * yet: one that comes again is prepared. */
enum db_outcome session_run_asked(struct session *session, struct arena *arena,
                                  const struct route *route,
                                  struct db_call *call,
                                  struct pg_result **rows);

/* What the last failure of session_run was about. */
const struct db_violation *session_violation(const struct session *session);

/* Whether what ended so, and did nothing, may be run once more, after so many
 * tries. DB_GONE is up to the caller: what writes may have been done. */
bool session_may_retry(const struct session *session,
                       const struct route *route, enum db_outcome outcome,
                       int tries);

/* What there is to do before that: a new program or connection. -1 and a
 * problem if it fails. */
int session_mend(struct session *session, enum db_outcome outcome,
                 struct problem *problem);

/* Records what a client is told of an outcome; the log has the rest.
 * Always -1. */
int session_fail(struct session *session, const struct route *route,
                 enum db_outcome outcome, struct problem *problem);

/* Whether the database answers: 0, or -1 and a problem. */
int session_probe(struct session *session, struct arena *arena,
                  const struct route *route, struct problem *problem);

/* The state, at no cost, and in *reason why it is no better; "" for
 * SESSION_FITS. The text is borrowed until the session is used again. */
enum session_state session_state(const struct session *session,
                                 const char **reason);

/* The program of the session, or NULL if there is none yet. */
const struct program *session_program(const struct session *session);

#endif
