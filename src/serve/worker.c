/* One worker. */
#include "serve/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi.h"
#include "query/session.h"
#include "serve/census.h"
#include "serve/dispatch.h"
#include "serve/signals.h"

/* So many workers of a hundred that started together are replaced before the
 * first of them is old: they must not all be away at once. */
#define WEAR_SPREAD_PERCENT 10

/* How often a worker that waits looks whether disabled routes fit again. */
#define LOOK_AGAIN_MS 2000

struct worker {
    const struct post *post;
    const struct pool *pool;
    struct session *session;
    struct dispatcher *dispatcher;
    struct fcgi *fcgi;
    struct slot *slot;
    struct metrics_pool *counts;
    struct census census;
    struct observer observer;
    const struct program *program; /* whose routes the scoreboard has */
    int epoll;
    int64_t request_count;
    int64_t request_limit; /* 0: none */
};

/* --- what others see ------------------------------------------------- */

static const enum worker_state states[] = {
    [SESSION_FITS] = WORKER_SERVES,
    [SESSION_MISFITS] = WORKER_MISFITS,
    [SESSION_IS_STRANDED] = WORKER_IS_STRANDED,
};

static void
show_routes(struct worker *worker, const struct program *program)
{
    const struct config *config = worker->post->config;

    worker->program = program;
    for (size_t i = 0; program && i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        _Atomic int64_t *since_s = &worker->post->routes[i].disabled_since_s;

        if (route->pool != worker->pool)
            continue;
        if (!program_is_disabled(program, route))
            atomic_store(since_s, 0);
        else if (atomic_load(since_s) == 0)
            atomic_store(since_s, time(NULL));
    }
}

/* Costs next to nothing where nothing has changed. */
static void
show_state(struct worker *worker)
{
    const char *reason;
    enum worker_state state = states[session_state(worker->session, &reason)];
    const struct program *program = session_program(worker->session);

    if (worker->post->routes && program != worker->program)
        show_routes(worker, program);
    if ((int)state ==
        atomic_load_explicit(&worker->slot->state, memory_order_relaxed))
        return;
    snprintf(worker->slot->reason, sizeof worker->slot->reason, "%s", reason);
    atomic_store(&worker->slot->state_ms, clock_now_ms());
    atomic_store(&worker->slot->state, state);
}

/* --- one request ----------------------------------------------------- */

/* Connects and prepares before the first request asks for it. A database
 * that is away is logged, and tried again by the requests. */
static void
warm_up(struct worker *worker)
{
    struct arena *arena = arena_new();
    struct problem problem;

    problem_reset(&problem, arena);
    session_open(worker->session, &problem);
    arena_free(arena);
}

/* EPOLLEXCLUSIVE: a connection wakes one of the workers that wait. */
static int
watch(struct worker *worker)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll != -1 && epoll_ctl(worker->epoll, EPOLL_CTL_ADD,
                                         worker->post->listener, &event) == 0)
        return 0;
    log_error("[pool %s] cannot watch the socket: %s", worker->pool->name,
              strerror(errno));
    return -1;
}

/* What nobody waits for any more is dropped, not done. */
static void
serve(struct worker *worker)
{
    if (fcgi_is_abandoned(worker->fcgi)) {
        metrics_count_one(&worker->counts->dropped);
        log_info("dropped a request that nobody waits for");
    } else {
        dispatch(worker->dispatcher, worker->fcgi);
    }
    fcgi_close(worker->fcgi);
    worker->request_count++;
    atomic_store_explicit(&worker->slot->request_count, worker->request_count,
                          memory_order_relaxed);
    /* It may take longer than what is left of a request's time. */
    atomic_store_explicit(&worker->slot->busy_since_ms, 0,
                          memory_order_relaxed);
    session_refresh(worker->session);
    show_state(worker);
}

/* A peer that connects and says nothing counts as busy, too. */
static enum fcgi_status
accept_and_serve(struct worker *worker)
{
    enum fcgi_status status;

    atomic_store_explicit(&worker->slot->busy_since_ms, clock_now_ms(),
                          memory_order_relaxed);
    status = fcgi_accept(worker->fcgi);
    if (status == FCGI_ACCEPTED)
        serve(worker);
    atomic_store_explicit(&worker->slot->busy_since_ms, 0,
                          memory_order_relaxed);
    return status;
}

/* --- its life -------------------------------------------------------- */

static int64_t
spread(int64_t max_requests)
{
    return max_requests -
           getpid() % (max_requests * WEAR_SPREAD_PERCENT / 100 + 1);
}

static bool
is_worn_out(const struct worker *worker)
{
    return worker->request_limit > 0 &&
           worker->request_count >= worker->request_limit;
}

/* Whether the way is free: a byte, and no end. */
static bool
pass_gate(const struct worker *worker)
{
    struct pollfd gate = {.fd = worker->post->gate, .events = POLLIN};
    char byte;

    if (gate.fd == -1)
        return true;
    while (!signals_stop)
        if (ppoll(&gate, 1, NULL, signals_waiting_mask()) > 0)
            return read(gate.fd, &byte, 1) == 1;
    return false;
}

/* For a connection; nobody has to come for routes to be looked at again that
 * are disabled. Whether one came. */
static bool
wait_for_connection(struct worker *worker)
{
    const char *reason;
    bool misfits = session_state(worker->session, &reason) == SESSION_MISFITS;
    struct epoll_event event;
    int count =
        epoll_pwait(worker->epoll, &event, 1, misfits ? LOOK_AGAIN_MS : -1,
                    signals_waiting_mask());

    if (count == 0) {
        session_refresh(worker->session);
        show_state(worker);
    }
    return count > 0;
}

static int
loop(struct worker *worker)
{
    while (!is_worn_out(worker)) {
        signals_deliver();
        if (signals_stop)
            return 0;
        if (wait_for_connection(worker) &&
            accept_and_serve(worker) == FCGI_BROKEN) {
            log_error("[pool %s] the socket is of no more use",
                      worker->pool->name);
            return 1;
        }
    }
    return 0;
}

/* Those who connected before the end of all workers get their answers, as far
 * as the master gives time, or, without one, one more request's. */
static void
drain(struct worker *worker)
{
    int64_t end_ms = clock_now_ms() + worker->pool->request_timeout_ms;
    int64_t until_ms = atomic_load(&worker->slot->drain_until_ms);

    if (until_ms < end_ms)
        end_ms = until_ms;
    while (clock_now_ms() < end_ms &&
           accept_and_serve(worker) == FCGI_ACCEPTED)
        ;
}

static int
serve_until_told(struct worker *worker)
{
    int status;

    warm_up(worker);
    show_state(worker);
    if (!pass_gate(worker))
        return 0;
    if (watch(worker) == -1)
        return 1;
    status = loop(worker);
    if (atomic_load(&worker->slot->drain_until_ms) > 0)
        drain(worker);
    return status;
}

/* Who works alone counts for itself. */
static struct metrics *
own_metrics(const struct config *config)
{
    struct metrics *metrics = metrics_new();

    if (metrics && census_enroll(metrics, config) == 0)
        return metrics;
    log_error("there is no memory to count in: %s", strerror(errno));
    metrics_free(metrics);
    return NULL;
}

/* What it needs to answer requests. */
static void
equip(struct worker *worker, const struct metrics *metrics)
{
    const struct post *post = worker->post;
    const struct pool *pool = worker->pool;

    worker->counts = metrics_find_pool(metrics, pool->name);
    worker->session = session_new(post->config, pool, worker->counts);
    worker->census = (struct census){.config = post->config,
                                     .slots = post->slots,
                                     .routes = post->routes,
                                     .pool = pool,
                                     .own = worker->slot,
                                     .session = worker->session};
    worker->observer =
        (struct observer){.metrics = metrics,
                          .census = &worker->census,
                          .count_crew = census_count_crew,
                          .count_disabled = census_count_disabled};
    worker->dispatcher = dispatcher_new(post->config, pool, post->keys,
                                        worker->session, &worker->observer);
}

static void
retire(struct worker *worker)
{
    if (worker->epoll != -1)
        close(worker->epoll);
    dispatcher_free(worker->dispatcher);
    session_free(worker->session);
    fcgi_free(worker->fcgi);
}

int
worker_run(const struct post *post)
{
    const struct pool *pool = post->pool;
    struct slot own_slot = {.drain_until_ms = INT64_MAX};
    struct worker worker = {
        .post = post,
        .pool = pool,
        .slot = post->slot ? post->slot : &own_slot,
        .epoll = -1,
        .request_limit = spread(pool->max_requests),
    };
    struct metrics *own = post->metrics ? NULL : own_metrics(post->config);
    int status;

    if (!post->metrics && !own)
        return 1;
    if (pool->nice > 0)
        setpriority(PRIO_PROCESS, 0, (int)pool->nice);
    worker.fcgi = fcgi_new(post->listener);
    signals_init();
    signals_ignore_reload();
    equip(&worker, own ? own : post->metrics);
    status = serve_until_told(&worker);
    retire(&worker);
    metrics_free(own);
    return status;
}
