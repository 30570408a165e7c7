/* The Unix socket of a pool. */
#ifndef BYLINE_SERVE_LISTENER_H
#define BYLINE_SERVE_LISTENER_H

#include <sys/types.h>

#include "config/config.h"

struct listener {
    int descriptor;
    dev_t device; /* with the inode, what is ours in the file system */
    ino_t inode;
};

/*
 * Opens the socket of a pool with its group and mode, and listens. A socket
 * that somebody listens on is left alone; one that nobody does is replaced.
 * -1 after logging what is wrong.
 */
int listener_open(const struct pool *pool, struct listener *listener);

/* Removes the socket from the file system, so that nobody new comes, unless
 * somebody else's is there by now. */
void listener_unlink(const struct pool *pool, const struct listener *listener);

#endif
