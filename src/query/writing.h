/* Running the statements of a write. */
#ifndef BYLINE_QUERY_WRITING_H
#define BYLINE_QUERY_WRITING_H

#include <stdbool.h>

#include "query/session.h"

/* What a write is given and, after writing_run, what it came to. */
struct writing {
    const struct route *route;
    const struct write *write;
    const char **values; /* of the parameters, as text */
    enum write_outcome outcome;
    bool is_self;           /* the row was the account of who asks */
    struct pg_result *rows; /* out: what the answer shows; NULL: nothing */
};

enum writing_status {
    WRITING_FAILED = -1, /* and a problem */
    WRITING_DONE,        /* and an outcome */
    WRITING_AGAIN,       /* nothing was done: the schema has changed, and the
                            route's write is to be asked for once more */
};

/*
 * Runs a write in one transaction and one round trip. A serialization failure
 * or deadlock is met with up to three tries; a connection that is lost on the
 * way with none, since nobody knows whether it was done.
 */
enum writing_status writing_run(struct session *session, struct arena *arena,
                                struct writing *writing,
                                struct problem *problem);

#endif
