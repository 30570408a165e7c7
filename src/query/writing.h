/* Running the statements of a write. */
#ifndef BYLINE_QUERY_WRITING_H
#define BYLINE_QUERY_WRITING_H

#include <stdbool.h>

#include "query/session.h"

/* What a write is given and, after writing_run, what it came to. */
struct writing {
    const struct route *route;
    const struct write *write;
    const char **values; /* of the parameters, as text; behind them those of
                            the claim, of which the key is NULL if the request
                            has none */
    int tries;           /* how often it was tried, this time included */
    enum write_outcome outcome; /* out, as the rest */
    bool is_known;              /* the account of who asks is there */
    const char *role;           /* of who asks; NULL: none */
    bool is_self;               /* the row was the account of who asks */
    const bool *lacks;          /* of each set, whether a key is of no row */
    struct pg_result *rows;     /* what the answer shows; NULL: nothing */
};

enum writing_status {
    WRITING_FAILED = -1, /* and a problem */
    WRITING_DONE,        /* and an outcome */
    WRITING_AGAIN,       /* nothing was done, and it may be tried once more,
                            by what the route has by then */
};

/*
 * Runs a write in one transaction and one round trip. A serialization failure
 * or deadlock may be tried three times, a schema that has changed twice; a
 * connection that is lost on the way never, since nobody knows whether it was
 * done.
 */
enum writing_status writing_run(struct session *session, struct arena *arena,
                                struct writing *writing,
                                struct problem *problem);

#endif
