/* Counts that processes share. */
#include "base/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/memory.h"

/* So much is mapped at a time; it costs memory only where it is used. */
#define CHUNK_SIZE 65536

/* What different processors write side by side should not lie in one line of
 * their caches. */
#define LINE_SIZE 64

const int64_t metrics_bounds_us[METRICS_BOUNDS] = {
    500,    1000,   2500,   5000,    10000,   25000,   50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

_Static_assert(sizeof(struct metrics_pool) <= CHUNK_SIZE &&
                   sizeof(struct metrics_route) <= CHUNK_SIZE,
               "what is shared fits into one piece");

/* Zeroed, and shared with the processes that are forked from now on. */
static void *
share(struct metrics *metrics, size_t size)
{
    char *start;

    size = (size + LINE_SIZE - 1) / LINE_SIZE * LINE_SIZE;
    if (metrics->free_size < size) {
        start = mmap(NULL, CHUNK_SIZE, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED)
            return NULL;
        metrics->free_start = start;
        metrics->free_size = CHUNK_SIZE;
    }
    start = metrics->free_start;
    metrics->free_start += size;
    metrics->free_size -= size;
    return start;
}

struct metrics *
metrics_new(void)
{
    struct metrics *metrics = memory_alloc(sizeof *metrics);

    metrics->started_s = time(NULL);
    metrics->site = share(metrics, sizeof *metrics->site);
    if (metrics->site)
        return metrics;
    free(metrics);
    return NULL;
}

static void
free_table(struct metrics_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->entries[i].name);
    free(table->entries);
}

void
metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    free_table(&metrics->routes);
    free_table(&metrics->pools);
    free(metrics);
}

static char *
copy(const char *name)
{
    size_t size = strlen(name) + 1;

    return memcpy(memory_alloc(size), name, size);
}

static void *
find(const struct metrics_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->entries[i].name, name) == 0)
            return table->entries[i].counts.any;
    return NULL;
}

static void *
add(struct metrics *metrics, struct metrics_table *table, const char *name,
    size_t size)
{
    void *counts = find(table, name);

    if (counts)
        return counts;
    counts = share(metrics, size);
    if (!counts)
        return NULL;
    table->entries = memory_resize(table->entries, (table->count + 1) *
                                                       sizeof *table->entries);
    table->entries[table->count++] = (struct metrics_entry){
        .name = copy(name),
        .counts.any = counts,
    };
    return counts;
}

struct metrics_route *
metrics_add_route(struct metrics *metrics, const char *name)
{
    return add(metrics, &metrics->routes, name, sizeof(struct metrics_route));
}

struct metrics_pool *
metrics_add_pool(struct metrics *metrics, const char *name)
{
    return add(metrics, &metrics->pools, name, sizeof(struct metrics_pool));
}

struct metrics_route *
metrics_find_route(const struct metrics *metrics, const char *name)
{
    return find(&metrics->routes, name);
}

struct metrics_pool *
metrics_find_pool(const struct metrics *metrics, const char *name)
{
    return find(&metrics->pools, name);
}

void
metrics_count_one(metrics_count *count)
{
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

void
metrics_count_time(struct metrics_histogram *histogram, int64_t took_us)
{
    size_t at = 0;

    while (at < METRICS_BOUNDS && took_us > metrics_bounds_us[at])
        at++;
    metrics_count_one(&histogram->buckets[at]);
    atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)took_us,
                              memory_order_relaxed);
}

uint64_t
metrics_read(const metrics_count *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}
