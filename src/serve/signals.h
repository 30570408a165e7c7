/*
 * Signals are blocked except while waiting, so that none is lost between a
 * look at its flag and the wait, and none cuts a request short.
 */
#ifndef BYLINE_SERVE_SIGNALS_H
#define BYLINE_SERVE_SIGNALS_H

#include <signal.h>

/* Set by a signal; the only mutable globals. */
extern volatile sig_atomic_t signals_stop;   /* TERM, INT, QUIT */
extern volatile sig_atomic_t signals_child;  /* CHLD */
extern volatile sig_atomic_t signals_reload; /* HUP */

/* Blocks and handles them; SIGPIPE is ignored. Of the flags, all are down
 * afterwards. */
void signals_init(void);

/* A worker has nothing to reload. */
void signals_ignore_reload(void);

/* The mask to wait with. */
const sigset_t *signals_waiting_mask(void);

/* Lets those in that are pending. Waiting does so only if there is nothing
 * else to wait for: where a socket is always ready, this must be called. */
void signals_deliver(void);

#endif
