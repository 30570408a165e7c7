/* Running the one statement of a read. */
#ifndef BYLINE_QUERY_READING_H
#define BYLINE_QUERY_READING_H

#include <stdbool.h>

#include "query/session.h"

/* What a read asks for and, after reading_run, what it got. */
struct reading {
    const struct route *route;
    bool is_viewed;            /* somebody is known by a token */
    const char *const *values; /* of the statement's parameters, as text */
    const struct ask *ask;     /* NULL: what the route answers anyway */
    const struct plan *plan;   /* as reading_plan says; out: the rows' own */
    struct pg_result *rows;    /* out: until the arena is reset */
};

/* The plan of what is asked for in the open session. -1 and a problem if the
 * route is disabled. */
int reading_plan(struct session *session, struct arena *arena,
                 struct reading *reading, struct problem *problem);

/*
 * Runs it. A connection that was found dead, or a schema that changed, is met
 * with a new connection or program and one more try; a serialization failure
 * with up to three. -1 and a problem otherwise.
 */
int reading_run(struct session *session, struct arena *arena,
                struct reading *reading, struct problem *problem);

#endif
