/*
 * Counts that a master and all of its workers share, and that outlive each
 * worker and each configuration: those of a route or a pool are found by its
 * name. Counting is an atomic addition to memory that all have mapped, with no
 * lock and no call of the system.
 *
 * Names and places are each process's own, and the same in all of them: the
 * master adds them before the workers that use them are forked. Shared are
 * the numbers alone, so that nobody who writes nonsense there can mislead
 * others to more than wrong numbers.
 */
#ifndef BYLINE_BASE_METRICS_H
#define BYLINE_BASE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic uint64_t metrics_count;

/* The upper bounds of a histogram's buckets, in microseconds, ascending;
 * there is one bucket more, for what takes longer. */
#define METRICS_BOUNDS 14
extern const int64_t metrics_bounds_us[METRICS_BOUNDS];

struct metrics_histogram {
    metrics_count buckets[METRICS_BOUNDS + 1]; /* each without those below */
    metrics_count sum_us;
};

/* Room for statuses of answers and for outcomes of statements; which is which
 * is known to who counts. */
#define METRICS_STATUSES 40
#define METRICS_OUTCOMES 16

/* Answers of one route; of requests without one under the name "". */
struct metrics_route {
    metrics_count answers[METRICS_STATUSES];
    struct metrics_histogram duration;
};

struct metrics_pool {
    metrics_count dropped; /* requests that nobody waited for any more */
    metrics_count unsent;  /* answers that nobody waited for any more */
    metrics_count respawns;
    metrics_count deaths; /* of workers that did not end well */
    metrics_count stuck;  /* of those, who were killed for being late */
    metrics_count connects;
    metrics_count connect_failures;
    metrics_count connections_lost;
    metrics_count retries;
    metrics_count slow;
    metrics_count failures[METRICS_OUTCOMES];
    struct metrics_histogram statements; /* a round trip each */
};

struct metrics_site {
    metrics_count reloads_done;
    metrics_count reloads_refused;
    metrics_count last_reload_is_refused;
};

/* One name, and its counts: of a route or of a pool. */
struct metrics_entry {
    char *name;
    union {
        struct metrics_route *route;
        struct metrics_pool *pool;
        void *any;
    } counts;
};

struct metrics_table {
    struct metrics_entry *entries; /* in the order of their coming */
    size_t count;
};

struct metrics {
    int64_t started_s; /* seconds of the calendar */
    struct metrics_site *site;
    struct metrics_table routes;
    struct metrics_table pools;
    char *free_start; /* of the shared memory that was mapped last */
    size_t free_size;
};

/* With nothing in it but the site's. NULL with errno set. Owned, free with
 * metrics_free, which leaves what is shared mapped until the process ends. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* The counts of that name, which are made if it is new: all zero. NULL with
 * errno set. */
struct metrics_route *metrics_add_route(struct metrics *metrics,
                                        const char *name);
struct metrics_pool *metrics_add_pool(struct metrics *metrics,
                                      const char *name);

/* The counts of a name that was added; NULL if it was not. */
struct metrics_route *metrics_find_route(const struct metrics *metrics,
                                         const char *name);
struct metrics_pool *metrics_find_pool(const struct metrics *metrics,
                                       const char *name);

/* One more of something. */
void metrics_count_one(metrics_count *count);

/* One more that took so long. */
void metrics_count_time(struct metrics_histogram *histogram, int64_t took_us);

/* What it is now. */
uint64_t metrics_read(const metrics_count *count);

#endif
