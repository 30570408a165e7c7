/*
 * The ladder: each step of a request either goes on or records a problem,
 * and one place answers.
 */
#include "serve/dispatch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/response.h"
#include "http/router.h"
#include "serve/identify.h"

struct dispatcher {
    const struct pool *pool;
    struct fcgi *fcgi;
    struct request request;
    struct match match;
    struct response response;
    struct problem problem;
    struct buffer head;
    struct exchange exchange;
    struct metrics_route **counts; /* by route index, and of none at the end */
    struct metrics_pool *pool_counts;
    int64_t started_us;
    int64_t handled_us; /* when the handler began; 0: it did not */
};

static void
find_counts(struct dispatcher *dispatcher, const struct metrics *metrics)
{
    const struct config *config = dispatcher->exchange.config;
    size_t count = config->route_count;

    dispatcher->counts =
        memory_alloc((count + 1) * sizeof *dispatcher->counts);
    for (size_t i = 0; i < count; i++)
        dispatcher->counts[i] =
            metrics_find_route(metrics, config->routes[i].name);
    dispatcher->counts[count] = metrics_find_route(metrics, "");
    dispatcher->pool_counts =
        metrics_find_pool(metrics, dispatcher->pool->name);
}

struct dispatcher *
dispatcher_new(const struct config *config, const struct pool *pool,
               const struct token_keys *keys, struct session *session,
               const struct observer *observer)
{
    struct dispatcher *dispatcher = memory_alloc(sizeof *dispatcher);

    dispatcher->pool = pool;
    dispatcher->exchange = (struct exchange){
        .config = config,
        .keys = keys,
        .session = session,
        .observer = observer,
        .arena = arena_new(),
        .problem = &dispatcher->problem,
        .request = &dispatcher->request,
        .response = &dispatcher->response,
    };
    find_counts(dispatcher, observer->metrics);
    return dispatcher;
}

void
dispatcher_free(struct dispatcher *dispatcher)
{
    if (!dispatcher)
        return;
    arena_free(dispatcher->exchange.arena);
    response_free(&dispatcher->response);
    buffer_free(&dispatcher->head);
    free(dispatcher->counts);
    free(dispatcher);
}

static int
step_read(struct dispatcher *dispatcher)
{
    struct exchange *exchange = &dispatcher->exchange;
    int result =
        request_read(&dispatcher->request, exchange->arena, dispatcher->fcgi,
                     &exchange->config->limits, &dispatcher->problem);

    log_set_request(dispatcher->request.id);
    return result;
}

static int
step_match(struct dispatcher *dispatcher)
{
    struct exchange *exchange = &dispatcher->exchange;

    dispatcher->match =
        router_match(exchange->config, exchange->arena, &dispatcher->request);
    exchange->route = dispatcher->match.route;
    exchange->values = dispatcher->match.values;
    if (dispatcher->match.shape)
        return 0;
    return problem_set(&dispatcher->problem, PROBLEM_NOT_FOUND,
                       "no route has this path");
}

static int
step_method(struct dispatcher *dispatcher)
{
    struct exchange *exchange = &dispatcher->exchange;

    if (exchange->route || dispatcher->request.is_options)
        return 0;
    response_add_header(&dispatcher->response, "Allow",
                        router_allow(exchange->config, exchange->arena,
                                     dispatcher->match.shape));
    return problem_set(&dispatcher->problem, PROBLEM_METHOD_NOT_ALLOWED,
                       "this path does not take this method; Allow says "
                       "which it takes");
}

/* Each pool has a socket of its own, and nginx sends a route to its pool. */
static int
step_pool(struct dispatcher *dispatcher)
{
    const struct route *route = dispatcher->exchange.route;

    if (!route || route->pool == dispatcher->pool)
        return 0;
    log_error("[route %s] belongs to [pool %s], but came to [pool %s]",
              route->name, route->pool->name, dispatcher->pool->name);
    return problem_set(&dispatcher->problem, PROBLEM_UNAVAILABLE,
                       "this part of the service is not set up");
}

/* Handlers that have no use for a body do not mind one. */
static int
step_body(struct dispatcher *dispatcher)
{
    struct exchange *exchange = &dispatcher->exchange;
    struct request *request = &dispatcher->request;
    const struct route *route = exchange->route;

    if (!route || !config_route_takes_body(route))
        return 0;
    if (request_read_body(request, exchange->arena, dispatcher->fcgi,
                          &exchange->config->limits,
                          &dispatcher->problem) == -1)
        return -1;
    return request_check_type(request, &dispatcher->problem);
}

static int
step_origin(struct dispatcher *dispatcher)
{
    return identify_origin(&dispatcher->exchange);
}

static int
step_viewer(struct dispatcher *dispatcher)
{
    return identify_viewer(&dispatcher->exchange);
}

static int
step_query(struct dispatcher *dispatcher)
{
    return request_parse_query(
        &dispatcher->request, dispatcher->exchange.arena,
        &dispatcher->exchange.config->limits, &dispatcher->problem);
}

static int
step_handle(struct dispatcher *dispatcher)
{
    struct exchange *exchange = &dispatcher->exchange;

    if (exchange->config->api.server_timing)
        dispatcher->handled_us = clock_now_us();
    if (exchange->route)
        return handler_of(exchange->route->handler)(exchange);
    dispatcher->response.status = 204;
    dispatcher->response.content_type = NULL;
    response_add_header(&dispatcher->response, "Allow",
                        router_allow(exchange->config, exchange->arena,
                                     dispatcher->match.shape));
    return 0;
}

static int (*const ladder[])(struct dispatcher *dispatcher) = {
    step_read,   step_match,  step_method, step_pool,   step_body,
    step_origin, step_viewer, step_query,  step_handle,
};

static int
climb(struct dispatcher *dispatcher)
{
    for (size_t i = 0; i < sizeof ladder / sizeof ladder[0]; i++)
        if (ladder[i](dispatcher) == -1)
            return -1;
    return 0;
}

/* Server Timing (W3C), in milliseconds: until the handler begins, waiting for
 * the database, and all else. */
static void
add_timing(struct dispatcher *dispatcher, int64_t ended_us)
{
    int64_t handled_us =
        dispatcher->handled_us > 0 ? dispatcher->handled_us : ended_us;
    int64_t waited_us = session_waited_us(dispatcher->exchange.session);

    response_add_header(
        &dispatcher->response, "Server-Timing",
        arena_printf(dispatcher->exchange.arena,
                     "route;dur=%.3f, db;dur=%.3f, render;dur=%.3f",
                     (double)(handled_us - dispatcher->started_us) / 1000,
                     (double)waited_us / 1000,
                     (double)(ended_us - handled_us - waited_us) / 1000));
}

/* A worker that is killed after it has answered has counted. */
static void
count_answer(const struct dispatcher *dispatcher, int64_t ended_us)
{
    const struct exchange *exchange = &dispatcher->exchange;
    struct metrics_route *counts =
        dispatcher->counts[exchange->route ? exchange->route->index
                                           : exchange->config->route_count];
    size_t status = response_status_index(dispatcher->response.status);

    metrics_count_one(&counts->answers[status]);
    metrics_count_time(&counts->duration, ended_us - dispatcher->started_us);
}

static void
send_answer(struct dispatcher *dispatcher)
{
    static const struct buffer nothing = {0};
    const struct buffer *body = &dispatcher->response.body;

    if (fcgi_send(dispatcher->fcgi, &dispatcher->head,
                  dispatcher->request.is_head ? &nothing : body) == 0)
        return;
    metrics_count_one(&dispatcher->pool_counts->unsent);
    log_info("the server in front left before the answer was out");
}

static void
answer(struct dispatcher *dispatcher)
{
    const struct exchange *exchange = &dispatcher->exchange;
    struct response *response = &dispatcher->response;
    int64_t ended_us;

    fcgi_drain(dispatcher->fcgi);
    ended_us = clock_now_us();
    response_add_header(response, "X-Request-Id", dispatcher->request.id);
    if (exchange->route)
        response_add_header(response, "X-Byline-Route", exchange->route->name);
    if (exchange->route && exchange->config->api.server_timing)
        add_timing(dispatcher, ended_us);
    buffer_clear(&dispatcher->head);
    response_write_head(response, &dispatcher->head);
    count_answer(dispatcher, ended_us);
    send_answer(dispatcher);
}

void
dispatch(struct dispatcher *dispatcher, struct fcgi *fcgi)
{
    struct arena *arena = dispatcher->exchange.arena;

    dispatcher->fcgi = fcgi;
    dispatcher->started_us = clock_now_us();
    dispatcher->handled_us = 0;
    session_begin(dispatcher->exchange.session);
    dispatcher->exchange.route = NULL;
    dispatcher->exchange.viewer = (struct viewer){0};
    response_reset(&dispatcher->response);
    problem_reset(&dispatcher->problem, arena);
    if (climb(dispatcher) == -1)
        response_set_problem(&dispatcher->response, &dispatcher->problem,
                             dispatcher->exchange.config->api.errors,
                             dispatcher->request.id);
    answer(dispatcher);
    log_set_request(NULL);
    arena_reset(arena);
}
