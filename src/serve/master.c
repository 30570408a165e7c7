/*
 * The master. Each turn of its loop: reap those who ended, replace those who
 * are stuck, start those who are due, and wait for a signal or the next
 * moment at which something is due.
 */
#include "serve/master.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "serve/listener.h"
#include "serve/scoreboard.h"
#include "serve/signals.h"
#include "serve/worker.h"

/* A worker that ended well, or badly after so long a life, is replaced at
 * once; one that dies young is given more and more time. */
#define SOUND_LIFE_MS 1000
#define BACK_OFF_MIN_MS 100
#define BACK_OFF_MAX_MS 5000

/* How often busy workers are looked at. */
#define WATCH_INTERVAL_MS 500

/* What a request may take longer than its timeout when draining. */
#define DRAIN_SLACK_MS 2000

/* A place for a worker, filled or to be filled. */
struct child {
    const struct pool *pool;
    int listener;
    struct slot *slot;
    pid_t pid; /* 0: none */
    int64_t started_ms;
    int64_t start_at_ms; /* when to fill the place again */
    int64_t back_off_ms;
};

struct master {
    pid_t pid;
    const struct config *config;
    const struct token_keys *keys;
    struct listener *listeners; /* one a pool */
    struct child *children;
    size_t child_count;
};

/* --- children -------------------------------------------------------- */

static _Noreturn void
become_worker(const struct master *master, const struct child *child)
{
    /* A master that was killed leaves no workers behind. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != master->pid)
        exit(0);
    for (size_t i = 0; i < master->config->pool_count; i++)
        if (master->listeners[i].descriptor != child->listener)
            close(master->listeners[i].descriptor);
    exit(worker_run(master->config, child->pool, master->keys, child->listener,
                    child->slot));
}

static void
start(const struct master *master, struct child *child)
{
    pid_t pid;

    atomic_store(&child->slot->busy_since_ms, 0);
    child->started_ms = clock_now_ms();
    pid = fork();
    if (pid == 0)
        become_worker(master, child);
    if (pid == -1) {
        log_error("[pool %s] no worker: %s", child->pool->name,
                  strerror(errno));
        child->start_at_ms = child->started_ms + BACK_OFF_MAX_MS;
        return;
    }
    child->pid = pid;
}

static void
start_due(const struct master *master)
{
    int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < master->child_count; i++)
        if (master->children[i].pid == 0 &&
            master->children[i].start_at_ms <= now_ms)
            start(master, &master->children[i]);
}

static void
schedule_restart(struct child *child, bool ended_well)
{
    int64_t now_ms = clock_now_ms();

    if (ended_well || now_ms - child->started_ms >= SOUND_LIFE_MS) {
        child->back_off_ms = 0;
    } else {
        child->back_off_ms *= 2;
        if (child->back_off_ms < BACK_OFF_MIN_MS)
            child->back_off_ms = BACK_OFF_MIN_MS;
        if (child->back_off_ms > BACK_OFF_MAX_MS)
            child->back_off_ms = BACK_OFF_MAX_MS;
    }
    child->start_at_ms = now_ms + child->back_off_ms;
}

static void
log_end(const struct child *child, int status)
{
    if (WIFSIGNALED(status))
        log_warning("[pool %s] worker %ld was ended by signal %d",
                    child->pool->name, (long)child->pid, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        log_warning("[pool %s] worker %ld ended with status %d",
                    child->pool->name, (long)child->pid, WEXITSTATUS(status));
    else
        log_info("[pool %s] worker %ld ended", child->pool->name,
                 (long)child->pid);
}

static struct child *
find_child(const struct master *master, pid_t pid)
{
    for (size_t i = 0; i < master->child_count; i++)
        if (master->children[i].pid == pid)
            return &master->children[i];
    return NULL;
}

static void
reap(const struct master *master)
{
    int status;
    pid_t pid;

    signals_child = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = find_child(master, pid);

        if (!child)
            continue;
        log_end(child, status);
        child->pid = 0;
        schedule_restart(child, status == 0);
    }
}

/* A worker whose request takes longer than anything should is lost. */
static void
kill_stuck(const struct master *master)
{
    int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < master->child_count; i++) {
        const struct child *child = &master->children[i];
        int64_t since_ms = atomic_load(&child->slot->busy_since_ms);

        if (child->pid == 0 || since_ms == 0 ||
            now_ms - since_ms < child->pool->request_timeout_ms)
            continue;
        log_error("[pool %s] worker %ld is stuck and replaced",
                  child->pool->name, (long)child->pid);
        kill(child->pid, SIGKILL);
    }
}

static void
signal_all(const struct master *master, int number)
{
    for (size_t i = 0; i < master->child_count; i++)
        if (master->children[i].pid != 0)
            kill(master->children[i].pid, number);
}

static size_t
count_alive(const struct master *master)
{
    size_t count = 0;

    for (size_t i = 0; i < master->child_count; i++)
        count += master->children[i].pid != 0;
    return count;
}

/* --- the loop -------------------------------------------------------- */

/* How long nothing is due. */
static int64_t
time_to_wait(const struct master *master)
{
    int64_t now_ms = clock_now_ms();
    int64_t wait_ms = WATCH_INTERVAL_MS;

    for (size_t i = 0; i < master->child_count; i++) {
        int64_t left_ms = master->children[i].start_at_ms - now_ms;

        if (master->children[i].pid == 0 && left_ms < wait_ms)
            wait_ms = left_ms > 0 ? left_ms : 0;
    }
    return wait_ms;
}

/* Returns early when a signal comes. */
static void
wait_for_signal(int64_t wait_ms)
{
    const struct timespec timeout = {
        .tv_sec = wait_ms / 1000,
        .tv_nsec = wait_ms % 1000 * 1000000,
    };

    ppoll(NULL, 0, &timeout, signals_waiting_mask());
}

static void
serve(const struct master *master)
{
    while (!signals_stop) {
        if (signals_child)
            reap(master);
        kill_stuck(master);
        start_due(master);
        wait_for_signal(time_to_wait(master));
    }
}

static int64_t
longest_request_ms(const struct config *config)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < config->pool_count; i++)
        if (config->pools[i].request_timeout_ms > longest_ms)
            longest_ms = config->pools[i].request_timeout_ms;
    return longest_ms;
}

/* Nobody new comes in; who is in gets an answer. */
static void
drain(const struct master *master)
{
    int64_t end_ms =
        clock_now_ms() + longest_request_ms(master->config) + DRAIN_SLACK_MS;

    for (size_t i = 0; i < master->config->pool_count; i++)
        listener_unlink(&master->config->pools[i], &master->listeners[i]);
    for (size_t i = 0; i < master->child_count; i++)
        atomic_store(&master->children[i].slot->is_last, true);
    signal_all(master, SIGTERM);
    while (count_alive(master) > 0 && clock_now_ms() < end_ms) {
        wait_for_signal(WATCH_INTERVAL_MS);
        reap(master);
    }
    if (count_alive(master) > 0)
        log_warning("%zu workers did not end in time", count_alive(master));
    signal_all(master, SIGKILL);
}

/* --- the beginning --------------------------------------------------- */

static int
open_listeners(struct master *master)
{
    const struct config *config = master->config;

    for (size_t i = 0; i < config->pool_count; i++) {
        if (listener_open(&config->pools[i], &master->listeners[i]) == 0)
            continue;
        while (i-- > 0)
            listener_unlink(&config->pools[i], &master->listeners[i]);
        return -1;
    }
    return 0;
}

static int
make_places(struct master *master)
{
    const struct config *config = master->config;
    struct slot *slots;

    for (size_t i = 0; i < config->pool_count; i++)
        master->child_count += (size_t)config->pools[i].workers;
    slots = scoreboard_new(master->child_count);
    if (!slots) {
        log_error("no scoreboard: %s", strerror(errno));
        return -1;
    }
    master->children =
        memory_alloc(master->child_count * sizeof *master->children);
    for (size_t i = 0, at = 0; i < config->pool_count; i++)
        for (int64_t k = 0; k < config->pools[i].workers; k++, at++)
            master->children[at] = (struct child){
                .pool = &config->pools[i],
                .listener = master->listeners[i].descriptor,
                .slot = &slots[at],
            };
    return 0;
}

int
master_run(const struct config *config, const struct token_keys *keys)
{
    struct master master = {.pid = getpid(), .config = config, .keys = keys};
    int status = 1;

    master.listeners =
        memory_alloc(config->pool_count * sizeof *master.listeners);
    signals_init();
    if (open_listeners(&master) == 0 && make_places(&master) == 0) {
        log_notice("serving; workers: %zu", master.child_count);
        serve(&master);
        drain(&master);
        log_notice("stopped");
        status = 0;
    }
    free(master.children);
    free(master.listeners);
    return status;
}
