/* The Unix socket of a pool. */
#ifndef BYLINE_SERVE_LISTENER_H
#define BYLINE_SERVE_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "config/config.h"

struct listener {
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    int descriptor;
    bool is_handed_over; /* it belongs to the service manager */
    dev_t device;        /* with the inode, what is ours in the file system */
    ino_t inode;
};

/*
 * Opens the socket of a pool with its group and mode, and listens. A socket
 * that somebody listens on is left alone; one that nobody does is replaced.
 * -1 after logging what is wrong.
 */
int listener_open(const struct pool *pool, struct listener *listener);

/* Takes a socket of the service manager. -1 if the descriptor is no Unix
 * socket that listens at a path. */
int listener_take(int descriptor, struct listener *listener);

/* Whether it is what stands at the path that `pool` listens on. */
bool listener_is_of(const struct listener *listener, const struct pool *pool);

/* Gives an open one the group, mode and backlog that the pool has now, one
 * that was handed over the backlog alone; -1 after logging what is wrong. */
int listener_adjust(const struct pool *pool, struct listener *listener);

/* Removes the socket from the file system, so that nobody new comes, unless
 * it is the service manager's, or somebody else's is there by now. */
void listener_unlink(const struct listener *listener);

/* Closes it; who waits in its queue is lost. */
void listener_close(struct listener *listener);

#endif
