/*
 * metrics: what all workers of the master have counted, for Prometheus. Names
 * follow its conventions (https://prometheus.io/docs/practices/naming/). The
 * answer itself is counted once it is made, and so is not in it.
 */
#include <config.h>

#include <string.h>

#include "handlers/handler.h"
#include "http/exposition.h"
#include "http/query.h"

_Static_assert(DB_OUTCOMES <= METRICS_OUTCOMES, "each outcome has a count");

/* --- who may ask ----------------------------------------------------- */

/* The server in front lets nobody else ask; this is for one that was set up
 * otherwise. Who does not say whose request it is gets nothing either. */
static bool
is_loopback(const char *address)
{
    return address &&
           (strcmp(address, "::1") == 0 ||
            strncmp(address, "127.", strlen("127.")) == 0 ||
            strncmp(address, "::ffff:127.", strlen("::ffff:127.")) == 0);
}

/* --- the site -------------------------------------------------------- */

static void
append_one(struct buffer *body, const char *name, const char *type,
           const char *help, uint64_t value)
{
    exposition_family(body, name, type, help);
    exposition_sample(body, name, NULL, 0, value);
}

static void
append_site(struct buffer *body, const struct observer *observer)
{
    static const char name[] = "byline_reloads_total";
    const struct metrics_site *site = observer->metrics->site;
    const struct exposition_label version = {"version", PACKAGE_VERSION};
    struct exposition_label result = {"result", "done"};

    exposition_family(body, "byline_build_info", "gauge",
                      "The version that serves; the value is 1.");
    exposition_sample(body, "byline_build_info", &version, 1, 1);
    append_one(body, "byline_start_time_seconds", "gauge",
               "When counting began, which is when the master started.",
               (uint64_t)observer->metrics->started_s);
    exposition_family(body, name, "counter", "Reloads of the configuration.");
    exposition_sample(body, name, &result, 1,
                      metrics_read(&site->reloads_done));
    result.value = "refused";
    exposition_sample(body, name, &result, 1,
                      metrics_read(&site->reloads_refused));
    append_one(body, "byline_last_reload_successful", "gauge",
               "0 if the last reload was refused, else 1.",
               !metrics_read(&site->last_reload_is_refused));
    append_one(body, "byline_routes_disabled", "gauge",
               "Routes that do not fit the database and answer 503.",
               observer->count_disabled(observer->census));
}

/* --- routes ---------------------------------------------------------- */

static void
append_answers(struct buffer *body, const struct metrics_entry *route)
{
    for (size_t i = 0; i < METRICS_STATUSES; i++) {
        uint64_t count = metrics_read(&route->counts.route->answers[i]);
        int status = response_status_at(i);
        char text[4] = "";
        const struct exposition_label labels[] = {
            {"route", route->name}, {"status", status ? text : "other"}};

        if (count == 0)
            continue;
        for (int k = 2, rest = status; k >= 0; k--, rest /= 10)
            text[k] = (char)('0' + rest % 10);
        exposition_sample(body, "byline_http_requests_total", labels, 2,
                          count);
    }
}

static void
append_routes(struct buffer *body, const struct metrics_table *routes)
{
    static const char name[] = "byline_http_request_duration_seconds";

    exposition_family(body, "byline_http_requests_total", "counter",
                      "Requests that were answered, by route and status; "
                      "those that have no route by an empty one.");
    for (size_t i = 0; i < routes->count; i++)
        append_answers(body, &routes->entries[i]);
    exposition_family(body, name, "histogram",
                      "From a request until its answer is ready, by route.");
    for (size_t i = 0; i < routes->count; i++)
        exposition_histogram(
            body, name,
            (struct exposition_label){"route", routes->entries[i].name},
            &routes->entries[i].counts.route->duration);
}

/* --- pools ----------------------------------------------------------- */

static const char *const crew_states[CREW_STATES] = {
    [CREW_STARTING] = "starting", [CREW_WAITING] = "waiting",
    [CREW_BUSY] = "busy",         [CREW_STRANDED] = "stranded",
    [CREW_ABSENT] = "absent",
};

static void
append_workers(struct buffer *body, const struct exchange *exchange)
{
    const struct config *config = exchange->config;
    const struct observer *observer = exchange->observer;

    exposition_family(body, "byline_workers", "gauge",
                      "Workers by state; stranded ones have no connection "
                      "to their database, absent ones are due.");
    for (size_t i = 0; i < config->pool_count; i++) {
        uint64_t counts[CREW_STATES] = {0};

        observer->count_crew(observer->census, &config->pools[i], counts);
        for (int k = 0; k < CREW_STATES; k++) {
            const struct exposition_label labels[] = {
                {"pool", config->pools[i].name}, {"state", crew_states[k]}};

            exposition_sample(body, "byline_workers", labels, 2, counts[k]);
        }
    }
}

/* What is one number for each pool. */
static const struct {
    const char *name;
    const char *help;
    size_t offset; /* in struct metrics_pool */
} pool_counts[] = {
    {"byline_http_requests_dropped_total",
     "Requests that nobody waited for any more, and that were not begun.",
     offsetof(struct metrics_pool, dropped)},
    {"byline_http_answers_unsent_total",
     "Answers, counted as requests, that nobody waited for any more.",
     offsetof(struct metrics_pool, unsent)},
    {"byline_worker_respawns_total", "Workers that took another's place.",
     offsetof(struct metrics_pool, respawns)},
    {"byline_worker_deaths_total",
     "Workers that were killed, or ended with a failure.",
     offsetof(struct metrics_pool, deaths)},
    {"byline_workers_stuck_total",
     "Workers that were killed since they were busy for too long.",
     offsetof(struct metrics_pool, stuck)},
    {"byline_db_connects_total", "Connections to the database.",
     offsetof(struct metrics_pool, connects)},
    {"byline_db_connect_failures_total",
     "Connections to the database that could not be made.",
     offsetof(struct metrics_pool, connect_failures)},
    {"byline_db_connections_lost_total",
     "Connections to the database that broke or were given up.",
     offsetof(struct metrics_pool, connections_lost)},
    {"byline_db_retries_total",
     "Round trips that failed and could be tried again.",
     offsetof(struct metrics_pool, retries)},
    {"byline_db_slow_statements_total",
     "Round trips that took min_duration or longer.",
     offsetof(struct metrics_pool, slow)},
};

static const metrics_count *
count_at(const struct metrics_pool *pool, size_t offset)
{
    return (const metrics_count *)((const char *)pool + offset);
}

static void
append_pool_counts(struct buffer *body, const struct metrics_table *pools)
{
    for (size_t i = 0; i < sizeof pool_counts / sizeof pool_counts[0]; i++) {
        exposition_family(body, pool_counts[i].name, "counter",
                          pool_counts[i].help);
        for (size_t k = 0; k < pools->count; k++) {
            const struct metrics_entry *pool = &pools->entries[k];
            const struct exposition_label label = {"pool", pool->name};

            exposition_sample(body, pool_counts[i].name, &label, 1,
                              metrics_read(count_at(pool->counts.pool,
                                                    pool_counts[i].offset)));
        }
    }
}

/* A label with blanks would be an exception among labels. */
static const char *
outcome_label(struct arena *arena, enum db_outcome outcome)
{
    char *label = arena_strdup(arena, db_outcome_name(outcome));

    for (char *at = label; *at; at++)
        if (*at == ' ')
            *at = '_';
    return label;
}

static void
append_database(struct buffer *body, struct arena *arena,
                const struct metrics_table *pools)
{
    static const char failures[] = "byline_db_failures_total";
    static const char name[] = "byline_db_statement_duration_seconds";

    exposition_family(body, failures, "counter",
                      "Round trips that failed, by outcome.");
    for (size_t i = 0; i < pools->count; i++)
        for (int k = DB_OK + 1; k < DB_OUTCOMES; k++) {
            const struct exposition_label labels[] = {
                {"pool", pools->entries[i].name},
                {"outcome", outcome_label(arena, (enum db_outcome)k)}};

            exposition_sample(
                body, failures, labels, 2,
                metrics_read(&pools->entries[i].counts.pool->failures[k]));
        }
    exposition_family(body, name, "histogram",
                      "Round trips to the database, each with one statement "
                      "or those of a transaction.");
    for (size_t i = 0; i < pools->count; i++)
        exposition_histogram(
            body, name,
            (struct exposition_label){"pool", pools->entries[i].name},
            &pools->entries[i].counts.pool->statements);
}

int
handler_metrics(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};
    const struct metrics *metrics = exchange->observer->metrics;
    struct buffer *body = &exchange->response->body;

    if (!is_loopback(exchange->request->remote_address))
        return problem_set(exchange->problem, PROBLEM_FORBIDDEN,
                           "this is answered to the machine itself alone");
    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1)
        return -1;
    append_site(body, exchange->observer);
    append_routes(body, &metrics->routes);
    append_workers(body, exchange);
    append_pool_counts(body, &metrics->pools);
    append_database(body, exchange->arena, &metrics->pools);
    exchange->response->content_type = EXPOSITION_CONTENT_TYPE;
    response_add_header(exchange->response, "Cache-Control", "no-store");
    return 0;
}
