/*
 * The master. Each turn of its loop: reap those who ended, replace those who
 * are stuck, start those who are due, bring a reload a step further, and wait
 * for a signal or the next moment at which something is due.
 */
#include "serve/master.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/signals.h"
#include "serve/succession.h"
#include "serve/systemd.h"
#include "serve/worker.h"

/* How often workers are looked at, and how often while some get ready. */
#define WATCH_INTERVAL_MS 500
#define READY_INTERVAL_MS 20

/* --- workers --------------------------------------------------------- */

struct birth {
    struct master *master;
    const struct generation *generation;
};

static void
close_if_open(int descriptor)
{
    if (descriptor != -1)
        close(descriptor);
}

/* What is no business of a worker, and would keep other sockets and gates
 * open. */
static void
leave_behind(const struct birth *birth, int listener)
{
    const struct generation *const known[] = {birth->master->serving,
                                              birth->master->reloading};

    sockets_close(&birth->master->sockets, listener);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!known[i])
            continue;
        close_if_open(known[i]->scoreboard.descriptor);
        close_if_open(known[i]->gate[1]);
        if (known[i] != birth->generation)
            close_if_open(known[i]->gate[0]);
    }
}

/* In the new process. */
static void
become_worker(void *context, const struct child *child)
{
    const struct birth *birth = context;
    const struct post post = {
        .config = birth->generation->config,
        .pool = child->pool,
        .keys = birth->generation->keys,
        .listener = child->listener,
        .gate = birth->generation->gate[0],
        .metrics = birth->master->metrics,
        .slot = child->slot,
        .routes = child->routes,
        .slots = birth->generation->scoreboard.slots,
    };

    /* A master that was killed leaves no workers behind. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != birth->master->pid)
        exit(0);
    leave_behind(birth, child->listener);
    exit(worker_run(&post));
}

static void
start_due(struct master *master, struct generation *generation)
{
    struct birth birth = {master, generation};

    generation_start_due(generation, become_worker, &birth);
}

/* --- the loop -------------------------------------------------------- */

/* A worker that was to get ready, and did not. */
static void
note_failed_start(struct master *master, pid_t pid, int status)
{
    struct child *child = generation_find_child(master->reloading, pid);

    generation_note_end(child, status);
    succession_refuse(master,
                      "a worker of [pool %s] ended before it was ready",
                      child->pool->name);
}

static void
note_end(struct master *master, pid_t pid, int status)
{
    struct child *child = generation_find_child(master->serving, pid);

    for (struct generation *at = master->draining; at && !child;
         at = at->before)
        child = generation_find_child(at, pid);
    if (child)
        generation_note_end(child, status);
    else if (master->reloading &&
             generation_find_child(master->reloading, pid))
        note_failed_start(master, pid, status);
}

static void
reap(struct master *master)
{
    int status;
    pid_t pid;

    signals_child = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        note_end(master, pid, status);
}

/* Forgets the generations whose last worker has ended. */
static void
free_drained(struct master *master)
{
    struct generation **at = &master->draining;

    while (*at) {
        struct generation *generation = *at;

        generation_kill_stuck(generation);
        generation_kill_late(generation);
        if (generation_count_alive(generation) > 0) {
            at = &generation->before;
            continue;
        }
        *at = generation->before;
        generation_free(generation);
    }
}

/* The service manager is told when we serve, and that we live. */
static void
notify(struct master *master)
{
    int64_t now_ms = clock_now_ms();

    if (!master->is_announced && generation_begins_to_serve(master->serving)) {
        systemd_notify("READY=1\nSTATUS=serving");
        master->is_announced = true;
    }
    if (master->watchdog_ms > 0 && now_ms >= master->watchdog_at_ms) {
        systemd_notify("WATCHDOG=1");
        master->watchdog_at_ms = now_ms + master->watchdog_ms / 2;
    }
}

/* How long nothing is due. */
static int64_t
time_to_wait(const struct master *master)
{
    int64_t wait_ms = master->reloading || !master->is_announced
                          ? READY_INTERVAL_MS
                          : WATCH_INTERVAL_MS;
    int64_t left_ms =
        generation_next_start_ms(master->serving) - clock_now_ms();

    if (left_ms < wait_ms)
        wait_ms = left_ms > 0 ? left_ms : 0;
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
take_turn(struct master *master)
{
    if (signals_child)
        reap(master);
    generation_kill_stuck(master->serving);
    free_drained(master);
    start_due(master, master->serving);
    if (signals_reload && !master->reloading)
        succession_begin(master);
    if (master->reloading)
        start_due(master, master->reloading);
    if (master->reloading)
        succession_continue(master);
    notify(master);
    wait_for_signal(time_to_wait(master));
}

/* --- the end --------------------------------------------------------- */

static size_t
count_alive(const struct master *master)
{
    size_t count = generation_count_alive(master->serving);

    for (const struct generation *at = master->draining; at; at = at->before)
        count += generation_count_alive(at);
    return count;
}

/* Nobody new comes in; who is in gets an answer. Sockets of the service
 * manager stay, and who waits there waits for our successor. */
static void
drain(struct master *master)
{
    struct generation *serving = master->serving;

    if (master->reloading)
        succession_refuse(master, "the service is stopping");
    systemd_notify("STOPPING=1\nSTATUS=draining");
    sockets_unlink(&master->sockets);
    for (size_t i = 0; i < serving->child_count; i++)
        if (!sockets_are_handed_over(&master->sockets,
                                     serving->children[i].listener))
            generation_let_drain(&serving->children[i]);
    generation_dismiss(serving);
    while (count_alive(master) > 0) {
        wait_for_signal(WATCH_INTERVAL_MS);
        reap(master);
        generation_kill_late(serving);
        free_drained(master);
    }
}

static void
forget(struct master *master)
{
    scoreboard_retire(&master->serving->scoreboard);
    while (master->draining) {
        struct generation *generation = master->draining;

        master->draining = generation->before;
        generation_free(generation);
    }
}

int
master_run(const char *path, struct generation *generation)
{
    struct master master = {
        .pid = getpid(),
        .path = path,
        .started_s = time(NULL),
        .serving = generation,
        .metrics = metrics_new(),
        .watchdog_ms = systemd_watchdog_ms(),
    };
    int status = 1;

    signals_init();
    sockets_take(&master.sockets);
    if (!master.metrics) {
        log_error("there is no memory to count in: %s", strerror(errno));
    } else if (succession_start(&master) == 0) {
        log_notice("serving; workers: %zu", generation->child_count);
        while (!signals_stop)
            take_turn(&master);
        drain(&master);
        forget(&master);
        log_notice("stopped");
        status = 0;
    } else {
        sockets_unlink(&master.sockets);
    }
    sockets_close(&master.sockets, -1);
    generation_free(master.serving);
    metrics_free(master.metrics);
    return status;
}
