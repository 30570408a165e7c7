/*
 * The sockets of all pools. They outlive generations: whoever connects while
 * the configuration is reloaded waits in the queue of a socket that stays.
 */
#ifndef BYLINE_SERVE_SOCKETS_H
#define BYLINE_SERVE_SOCKETS_H

#include "serve/generation.h"

struct sockets {
    struct listener *items; /* owned */
    size_t count;
};

/* Takes what the service manager hands over. */
void sockets_take(struct sockets *sockets);

/*
 * Finds the socket of each pool, or opens it: listeners[i] is a copy of that
 * of pool i, good until sockets_keep or sockets_close. -1 after logging; what
 * was opened on the way is closed.
 */
int sockets_open(struct sockets *sockets, const struct config *config,
                 struct listener *listeners);

/* Closes and removes those that no worker of the generation has, but for what
 * was handed over, and gives the others the group, mode and backlog that its
 * pools say. */
void sockets_keep(struct sockets *sockets,
                  const struct generation *generation);

/* Whether it is the service manager's. */
bool sockets_are_handed_over(const struct sockets *sockets, int descriptor);

/* Removes all from the file system, so that nobody new comes. */
void sockets_unlink(const struct sockets *sockets);

/* Closes all but the descriptor `kept`; -1: all. */
void sockets_close(struct sockets *sockets, int kept);

#endif
