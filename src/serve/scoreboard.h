/* What workers and their master tell each other, in memory they share. */
#ifndef BYLINE_SERVE_SCOREBOARD_H
#define BYLINE_SERVE_SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One worker's. */
struct slot {
    _Atomic int64_t busy_since_ms; /* by the worker; 0: waits */
    _Atomic bool is_last;          /* by the master: no other will come */
};

/* Slots that children of this process share, all zero. NULL with errno set.
 * Owned; they go with the process. */
struct slot *scoreboard_new(size_t count);

#endif
