/* One worker: a connection to the database, and one request at a time. */
#ifndef BYLINE_SERVE_WORKER_H
#define BYLINE_SERVE_WORKER_H

#include "auth/token.h"
#include "config/config.h"
#include "serve/scoreboard.h"

/*
 * Serves `pool` on `listener` until TERM, or max_requests. `slot` may be
 * NULL. Returns the exit status: 0, or 1 when the listener is of no use.
 */
int worker_run(const struct config *config, const struct pool *pool,
               const struct token_keys *keys, int listener, struct slot *slot);

#endif
