/* One worker. */
#include "serve/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi.h"
#include "query/session.h"
#include "serve/dispatch.h"
#include "serve/signals.h"

struct worker {
    const struct pool *pool;
    struct session *session;
    struct dispatcher *dispatcher;
    struct fcgi *fcgi;
    struct slot *slot;
    int epoll;
    int64_t request_count;
};

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
watch(struct worker *worker, int listener)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll != -1 &&
        epoll_ctl(worker->epoll, EPOLL_CTL_ADD, listener, &event) == 0)
        return 0;
    log_error("[pool %s] cannot watch the socket: %s", worker->pool->name,
              strerror(errno));
    return -1;
}

/* What nobody waits for any more is dropped, not done. */
static void
serve(struct worker *worker)
{
    if (fcgi_is_abandoned(worker->fcgi))
        log_info("dropped a request that nobody waits for");
    else
        dispatch(worker->dispatcher, worker->fcgi);
    fcgi_close(worker->fcgi);
    worker->request_count++;
    session_refresh(worker->session);
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

static int
is_worn_out(const struct worker *worker)
{
    return worker->pool->max_requests > 0 &&
           worker->request_count >= worker->pool->max_requests;
}

static int
loop(struct worker *worker)
{
    while (!is_worn_out(worker)) {
        struct epoll_event event;

        signals_deliver();
        if (signals_stop)
            return 0;
        if (epoll_pwait(worker->epoll, &event, 1, -1, signals_waiting_mask()) >
                0 &&
            accept_and_serve(worker) == FCGI_BROKEN) {
            log_error("[pool %s] the socket is of no more use",
                      worker->pool->name);
            return 1;
        }
    }
    return 0;
}

/* Those who connected before the end of all workers get their answers, as far
 * as one more request's time allows; the master waits longer than that. */
static void
drain(struct worker *worker)
{
    int64_t end_ms = clock_now_ms() + worker->pool->request_timeout_ms;

    while (clock_now_ms() < end_ms &&
           accept_and_serve(worker) == FCGI_ACCEPTED)
        ;
}

int
worker_run(const struct config *config, const struct pool *pool,
           const struct token_keys *keys, int listener, struct slot *slot)
{
    struct slot own_slot = {.is_last = true};
    struct worker worker = {.pool = pool, .slot = slot ? slot : &own_slot};
    int status = 1;

    if (pool->nice > 0)
        setpriority(PRIO_PROCESS, 0, (int)pool->nice);
    worker.fcgi = fcgi_new(listener);
    signals_init();
    worker.session = session_new(config, pool);
    worker.dispatcher = dispatcher_new(config, pool, keys, worker.session);
    if (watch(&worker, listener) == 0) {
        warm_up(&worker);
        status = loop(&worker);
        if (atomic_load(&worker.slot->is_last))
            drain(&worker);
        close(worker.epoll);
    }
    dispatcher_free(worker.dispatcher);
    session_free(worker.session);
    fcgi_free(worker.fcgi);
    return status;
}
