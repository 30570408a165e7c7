/* Running own SQL that may write. */
#ifndef BYLINE_QUERY_COMMANDING_H
#define BYLINE_QUERY_COMMANDING_H

#include <stdbool.h>

#include "query/session.h"

/* What is run and, after commanding_run, what it answered. */
struct commanding {
    const struct route *route;
    const struct own_statement *statement;
    const struct plan *plan;   /* the statement's, for who asks */
    const char *const *values; /* of its parameters, as text */
    const char *const *viewer; /* of the check; NULL: nobody is known */
    int tries;                 /* this one included */
    struct pg_result *rows;    /* out: until the arena is reset */
};

enum commanding_status {
    COMMANDING_FAILED = -1, /* and a problem */
    COMMANDING_DONE,
    COMMANDING_AGAIN,     /* nothing was done, and it may be tried once more,
                             by what the route has by then */
    COMMANDING_UNKNOWN,   /* who asks is nobody any more; nothing was done */
    COMMANDING_FORBIDDEN, /* who asks may not; nothing was done */
};

/* Runs it in one transaction and one round trip, as writing_run does. */
enum commanding_status commanding_run(struct session *session,
                                      struct arena *arena,
                                      struct commanding *commanding,
                                      struct problem *problem);

#endif
