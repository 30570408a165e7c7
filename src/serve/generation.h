/*
 * A generation: one configuration, its secrets, and the workers that serve
 * it. A reload puts a new one beside that which serves, and they change over
 * when all workers of the new one are ready.
 */
#ifndef BYLINE_SERVE_GENERATION_H
#define BYLINE_SERVE_GENERATION_H

#include <stdbool.h>
#include <sys/types.h>

#include "auth/token.h"
#include "base/metrics.h"
#include "config/config.h"
#include "config/diagnostics.h"
#include "serve/listener.h"
#include "serve/scoreboard.h"

/* A place for a worker, filled or to be filled. */
struct child {
    const struct pool *pool;
    int listener;
    struct slot *slot;
    struct route_slot *routes;
    struct metrics_pool *counts;
    bool is_heir; /* who comes takes the place of another */
    pid_t pid;    /* 0: none */
    int64_t started_ms;
    int64_t start_at_ms; /* when to fill the place again */
    int64_t back_off_ms;
};

struct generation {
    struct arena *arena; /* of all of it but the scoreboard */
    const struct config *config;
    const struct token_keys *keys;
    struct scoreboard scoreboard;
    struct child *children;
    size_t child_count;
    int gate[2];               /* where new workers wait; -1: open */
    int64_t deadline_ms;       /* when those must be ready, or have ended */
    struct generation *before; /* one that is still draining, or NULL */
};

/* Reads a configuration and its secrets. Mistakes are added to
 * `diagnostics`, which has an arena of its own; NULL if there was any.
 * Owned, free with generation_free. */
struct generation *generation_load(const char *path,
                                   struct diagnostics *diagnostics);

/* All its workers have ended. NULL is fine. */
void generation_free(struct generation *generation);

/* Makes the scoreboard and the places of the workers, on the listeners of
 * their pools, which are in the order of the pools. `metrics` has the counts
 * of its configuration. -1 after logging. */
int generation_make_places(struct generation *generation,
                           const struct listener *listeners,
                           const struct metrics *metrics);

/* Shuts the gate before the workers are started: they get ready and wait.
 * -1 with errno set. */
int generation_shut_gate(struct generation *generation);

/* Lets them all through, and those that are started later. */
void generation_open_gate(struct generation *generation);

/* Whether each worker has said how it stands; whether one of each pool
 * has. */
bool generation_has_reported(const struct generation *generation);
bool generation_begins_to_serve(const struct generation *generation);

/* The first worker whose place is in another state than WORKER_SERVES or
 * WORKER_STARTING, or NULL. */
const struct child *generation_find_unfit(const struct generation *generation);

/* The pool whose workers listen there, or NULL. */
const struct pool *generation_pool_at(const struct generation *generation,
                                      int listener);

/* The place of a worker, or NULL. */
struct child *generation_find_child(const struct generation *generation,
                                    pid_t pid);

/* Starts the workers that are due. The fork calls become(child), which does
 * not return. */
void generation_start_due(struct generation *generation,
                          void (*become)(void *context,
                                         const struct child *child),
                          void *context);

/* Logs how a worker ended, and decides when it is replaced. */
void generation_note_end(struct child *child, int status);

/* Kills the workers whose request takes longer than anything should. */
void generation_kill_stuck(const struct generation *generation);

/* When the next worker is due, or INT64_MAX. */
int64_t generation_next_start_ms(const struct generation *generation);

/* Tells all workers to end: each after its request. Those who wait for the
 * gate end at once. */
void generation_dismiss(struct generation *generation);

/* Of a worker that is dismissed next: nobody comes after it, and it empties
 * the queue first, as far as there is time. */
void generation_let_drain(const struct child *child);

/* Kills the dismissed who have not ended in time: two seconds more than the
 * longest request may take. */
void generation_kill_late(struct generation *generation);

void generation_signal(const struct generation *generation, int number);
size_t generation_count_alive(const struct generation *generation);

#endif
