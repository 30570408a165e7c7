/*
 * A worker's session with the database: a connection that is made again when
 * it is gone, and the program prepared on it. Reads go through
 * session_read, which knows what may be tried twice.
 */
#ifndef BYLINE_QUERY_SESSION_H
#define BYLINE_QUERY_SESSION_H

#include "base/arena.h"
#include "base/problem.h"
#include "config/config.h"
#include "query/plan.h"
#include "query/program.h"

struct session;

/* Owned, free with session_free. Makes no connection yet. */
struct session *session_new(const struct config *config,
                            const struct pool *pool);
void session_free(struct session *session);

/* Connects and builds the program, unless that is done and the server still
 * there. -1 and a problem otherwise. */
int session_open(struct session *session, struct problem *problem);

/* Between requests: reads the catalog again if that was long ago, and
 * replaces the program. If that fails, the one there is stays. */
void session_refresh(struct session *session);

/* The plan of a route, once the session is open. -1 and a problem if the
 * route is disabled. Valid until the next call of session_open,
 * session_read or session_refresh. */
const struct plan *session_plan(struct session *session,
                                const struct route *route,
                                struct problem *problem);

/* What a read asks for and, after session_read, what it got. */
struct reading {
    const struct route *route;
    const char *const *values; /* of the path's parameters, as text */
    const struct page *page;   /* NULL: no page */
    const struct plan *plan;   /* as session_plan says; out: the rows' own */
    struct pg_result *rows;    /* out: until the arena is reset */
};

/*
 * Runs the one statement of a route in the open session. A connection that was
 * found dead, or a schema that changed, is met with a new connection or
 * program and one more try; a serialization failure with up to three. -1 and a
 * problem otherwise.
 */
int session_read(struct session *session, struct arena *arena,
                 struct reading *reading, struct problem *problem);

/* Whether the database answers: 0, or -1 and a problem. */
int session_probe(struct session *session, struct arena *arena,
                  const struct route *route, struct problem *problem);

/* The program of the open session. */
const struct program *session_program(const struct session *session);

#endif
