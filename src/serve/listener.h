/* The Unix socket of a pool. */
#ifndef BYLINE_SERVE_LISTENER_H
#define BYLINE_SERVE_LISTENER_H

#include "config/config.h"

/*
 * Opens the socket of a pool with its group and mode, and listens. A socket
 * that somebody listens on is left alone; one that nobody does is replaced.
 * Returns the descriptor, or -1 after logging what is wrong.
 */
int listener_open(const struct pool *pool);

/* Removes the socket from the file system, so that nobody new comes. */
void listener_unlink(const struct pool *pool);

#endif
