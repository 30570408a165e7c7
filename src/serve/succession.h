/*
 * How one generation follows another. A reload that fails, at whatever step,
 * leaves the generation that serves as it is; the new one has not answered a
 * request by then.
 */
#ifndef BYLINE_SERVE_SUCCESSION_H
#define BYLINE_SERVE_SUCCESSION_H

#include "base/metrics.h"
#include "serve/generation.h"
#include "serve/sockets.h"

struct master {
    pid_t pid;
    const char *path; /* of the configuration */
    int64_t started_s;
    struct sockets sockets;
    struct metrics *metrics; /* of all its generations */
    struct generation *serving;
    struct generation *reloading; /* gets ready; NULL: none */
    struct generation *draining;  /* and those before it; NULL: none */
    bool is_announced;            /* the service manager knows we serve */
    int64_t watchdog_ms;          /* 0: nobody wants to be told */
    int64_t watchdog_at_ms;
};

/* Makes the first generation ready to have workers. -1 after logging. */
int succession_start(struct master *master);

/* Begins a reload: from now on there is a generation that reloads, unless it
 * was refused at once. */
void succession_begin(struct master *master);

/* Changes over when all new workers are ready, and refuses the reload when
 * one is not, or it takes too long. */
void succession_continue(struct master *master);

/* Ends a reload; the generation that serves goes on. Why is logged, and told
 * to who asks. Always -1. */
int succession_refuse(struct master *master, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
