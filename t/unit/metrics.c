/* Counts that processes share. */
#include "base/metrics.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void
finds_by_name(struct metrics *metrics)
{
    struct metrics_route *films = metrics_add_route(metrics, "films");
    struct metrics_pool *pool = metrics_add_pool(metrics, "films");

    ok(films != NULL && (void *)films != (void *)pool,
       "a route and a pool of one name are two");
    ok(metrics_add_route(metrics, "films") == films, "a name is added once");
    ok(metrics_add_route(metrics, "film") != films, "another is another");
    ok(metrics_find_route(metrics, "films") == films, "and is found");
    ok(metrics_find_pool(metrics, "films") == pool, "each by its kind");
    ok(metrics_find_route(metrics, "fil") == NULL, "what is not there is not");
}

/* More than fits into what is mapped at once; none may lie over another. */
static void
takes_many(struct metrics *metrics)
{
    enum { ROUTES = 1000 };
    char name[16];
    size_t wrong = 0;

    for (int i = 0; i < ROUTES; i++) {
        struct metrics_route *route;

        snprintf(name, sizeof name, "r%d", i);
        route = metrics_add_route(metrics, name);
        for (int k = 0; k <= i % 3; k++) {
            metrics_count_one(&route->answers[0]);
            metrics_count_one(&route->answers[METRICS_STATUSES - 1]);
            metrics_count_time(&route->duration, 11000000);
        }
    }
    for (int i = 0; i < ROUTES; i++) {
        const struct metrics_route *route;
        uint64_t wanted = (uint64_t)(i % 3 + 1);

        snprintf(name, sizeof name, "r%d", i);
        route = metrics_find_route(metrics, name);
        wrong +=
            metrics_read(&route->answers[0]) != wanted ||
            metrics_read(&route->answers[METRICS_STATUSES - 1]) != wanted ||
            metrics_read(&route->duration.buckets[METRICS_BOUNDS]) != wanted ||
            metrics_read(&route->duration.sum_us) != wanted * 11000000;
    }
    is_int((int64_t)wrong, 0, "a thousand routes count each for itself");
}

static void
sorts_times(struct metrics *metrics)
{
    static const struct {
        int64_t us;
        size_t bucket;
    } cases[] = {{0, 0},      {500, 0},       {501, 1},      {1000, 1},
                 {250000, 8}, {10000000, 13}, {10000001, 14}};
    struct metrics_histogram *histogram =
        &metrics_add_pool(metrics, "times")->statements;

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t before = metrics_read(&histogram->buckets[cases[i].bucket]);

        metrics_count_time(histogram, cases[i].us);
        is_int((int64_t)metrics_read(&histogram->buckets[cases[i].bucket]),
               (int64_t)before + 1, "%lld us", (long long)cases[i].us);
    }
    is_int((int64_t)metrics_read(&histogram->sum_us), 20252002,
           "and their sum");
}

/* All at once, and each of them ends without a word. */
static void
is_shared(struct metrics *metrics)
{
    enum { PROCESSES = 4, TIMES = 100000 };
    struct metrics_route *route = metrics_add_route(metrics, "shared");
    size_t bad = 0;

    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            for (int k = 0; k < TIMES; k++)
                metrics_count_one(&route->answers[1]);
            _exit(0);
        }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        bad += wait(&status) == -1 || status != 0;
    }
    is_int((int64_t)bad, 0, "processes count");
    is_int((int64_t)metrics_read(&route->answers[1]), PROCESSES * TIMES,
           "and none of it is lost");
}

int
main(void)
{
    static struct metrics *metrics; /* reachable for who ends in between */

    metrics = metrics_new();
    finds_by_name(metrics);
    takes_many(metrics);
    sorts_times(metrics);
    is_shared(metrics);
    metrics_free(metrics);
    metrics_free(NULL);
    return done();
}
