/* One worker: a connection to the database, and one request at a time. */
#ifndef BYLINE_SERVE_WORKER_H
#define BYLINE_SERVE_WORKER_H

#include "auth/token.h"
#include "config/config.h"
#include "serve/scoreboard.h"

/* What a worker serves, and where. Borrowed. */
struct post {
    const struct config *config;
    const struct pool *pool;
    const struct token_keys *keys;
    int listener;
    int gate;                  /* descriptor, or -1: at once */
    struct metrics *metrics;   /* with counts for all of it, or NULL */
    struct slot *slot;         /* where to say how things stand, or NULL */
    struct route_slot *routes; /* and how the routes; NULL with slot */
    const struct slot *slots;  /* of all workers; NULL with slot */
};

/*
 * Serves until TERM, or max_requests. With a gate, that is after a byte came
 * through it, and not at all when it is shut first. Returns the exit status:
 * 0, or 1 when the listener is of no use.
 */
int worker_run(const struct post *post);

#endif
