/* What workers tell their master, in memory that they share. */
#ifndef BYLINE_SERVE_SCOREBOARD_H
#define BYLINE_SERVE_SCOREBOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* One worker's. Written by the worker, read by the master. */
struct slot {
    _Atomic int64_t busy_since_ms; /* 0: waits for a request */
};

/* Slots that children of this process share, all zero. NULL with errno set.
 * Owned; they go with the process. */
struct slot *scoreboard_new(size_t count);

#endif
