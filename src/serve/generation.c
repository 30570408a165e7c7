/* A configuration and its workers, as the master sees them. */
#include "serve/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/settings.h"

/* A worker that ended well, or badly after so long a life, is replaced at
 * once; one that dies young is given more and more time. */
#define SOUND_LIFE_MS 1000
#define BACK_OFF_MIN_MS 100
#define BACK_OFF_MAX_MS 5000

/* How long workers that are to end may begin requests that wait. The last one
 * may then take its whole timeout. */
#define DRAIN_MS 2000

/* --- its configuration ----------------------------------------------- */

struct generation *
generation_load(const char *path, struct diagnostics *diagnostics)
{
    struct generation *generation = memory_alloc(sizeof *generation);

    generation->arena = arena_new();
    generation->gate[0] = generation->gate[1] = -1;
    generation->scoreboard.descriptor = -1;
    generation->config = config_load(generation->arena, path, diagnostics);
    if (generation->config) {
        db_settings_check(generation->config, diagnostics);
        generation->keys = token_keys_load(
            generation->arena, &generation->config->token, diagnostics);
    }
    if (generation->keys && diagnostics->error_count == 0)
        return generation;
    generation_free(generation);
    return NULL;
}

static void
close_gate(struct generation *generation)
{
    for (int i = 0; i < 2; i++) {
        if (generation->gate[i] != -1)
            close(generation->gate[i]);
        generation->gate[i] = -1;
    }
}

void
generation_free(struct generation *generation)
{
    if (!generation)
        return;
    close_gate(generation);
    scoreboard_close(&generation->scoreboard);
    arena_free(generation->arena);
    free(generation);
}

/* --- the gate -------------------------------------------------------- */

int
generation_shut_gate(struct generation *generation)
{
    return pipe2(generation->gate, O_CLOEXEC);
}

/* A byte for each who waits: they fit into the pipe, whose least size is a
 * page, as long as there are no more than 4,096. */
void
generation_open_gate(struct generation *generation)
{
    static const char byte;

    for (size_t i = 0; i < generation->child_count; i++)
        if (write(generation->gate[1], &byte, 1) != 1)
            log_error("a worker cannot be let in: %s", strerror(errno));
    close_gate(generation);
}

/* --- places ---------------------------------------------------------- */

int
generation_make_places(struct generation *generation,
                       const struct listener *listeners,
                       const struct metrics *metrics)
{
    const struct config *config = generation->config;
    struct scoreboard *scoreboard = &generation->scoreboard;
    size_t at = 0;

    if (scoreboard_create(scoreboard, config) == -1) {
        log_error("%s cannot be made: %s",
                  scoreboard_path(generation->arena, config->pools[0].listen),
                  strerror(errno));
        return -1;
    }
    generation->child_count = scoreboard->head->slot_count;
    generation->children =
        arena_alloc(generation->arena,
                    generation->child_count * sizeof *generation->children);
    for (size_t i = 0; i < config->pool_count; i++)
        for (int64_t k = 0; k < config->pools[i].workers; k++, at++)
            generation->children[at] = (struct child){
                .pool = &config->pools[i],
                .listener = listeners[i].descriptor,
                .slot = &scoreboard->slots[at],
                .routes = scoreboard->routes,
                .counts = metrics_find_pool(metrics, config->pools[i].name),
            };
    return 0;
}

bool
generation_has_reported(const struct generation *generation)
{
    for (size_t i = 0; i < generation->child_count; i++)
        if (atomic_load(&generation->children[i].slot->state) ==
            WORKER_STARTING)
            return false;
    return true;
}

static bool
pool_has_reported(const struct generation *generation, const struct pool *pool)
{
    for (size_t i = 0; i < generation->child_count; i++)
        if (generation->children[i].pool == pool &&
            atomic_load(&generation->children[i].slot->state) !=
                WORKER_STARTING)
            return true;
    return false;
}

bool
generation_begins_to_serve(const struct generation *generation)
{
    const struct config *config = generation->config;

    for (size_t i = 0; i < config->pool_count; i++)
        if (!pool_has_reported(generation, &config->pools[i]))
            return false;
    return true;
}

const struct pool *
generation_pool_at(const struct generation *generation, int listener)
{
    for (size_t i = 0; i < generation->child_count; i++)
        if (generation->children[i].listener == listener)
            return generation->children[i].pool;
    return NULL;
}

const struct child *
generation_find_unfit(const struct generation *generation)
{
    for (size_t i = 0; i < generation->child_count; i++) {
        const struct child *child = &generation->children[i];
        int state = atomic_load(&child->slot->state);

        if (state != WORKER_STARTING && state != WORKER_SERVES)
            return child;
    }
    return NULL;
}

struct child *
generation_find_child(const struct generation *generation, pid_t pid)
{
    for (size_t i = 0; i < generation->child_count; i++)
        if (generation->children[i].pid == pid)
            return &generation->children[i];
    return NULL;
}

/* --- beginning and end of a worker ----------------------------------- */

static void
start(struct child *child,
      void (*become)(void *context, const struct child *child), void *context)
{
    pid_t pid;

    child->started_ms = clock_now_ms();
    atomic_store(&child->slot->busy_since_ms, 0);
    atomic_store(&child->slot->request_count, 0);
    atomic_store(&child->slot->state_ms, child->started_ms);
    atomic_store(&child->slot->state, WORKER_STARTING);
    atomic_store(&child->slot->started_ms, child->started_ms);
    pid = fork();
    if (pid == 0)
        become(context, child);
    if (pid == -1) {
        log_error("[pool %s] no worker: %s", child->pool->name,
                  strerror(errno));
        child->start_at_ms = child->started_ms + BACK_OFF_MAX_MS;
        return;
    }
    child->pid = pid;
    atomic_store(&child->slot->pid, (int)pid);
    if (child->is_heir)
        metrics_count_one(&child->counts->respawns);
}

void
generation_start_due(struct generation *generation,
                     void (*become)(void *context, const struct child *child),
                     void *context)
{
    int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < generation->child_count; i++) {
        struct child *child = &generation->children[i];

        if (child->pid == 0 && child->start_at_ms <= now_ms)
            start(child, become, context);
    }
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

void
generation_note_end(struct child *child, int status)
{
    log_end(child, status);
    if (status != 0)
        metrics_count_one(&child->counts->deaths);
    child->pid = 0;
    child->is_heir = true;
    atomic_store(&child->slot->pid, 0);
    schedule_restart(child, status == 0);
}

/* --- all of them ----------------------------------------------------- */

void
generation_kill_stuck(const struct generation *generation)
{
    int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < generation->child_count; i++) {
        const struct child *child = &generation->children[i];
        int64_t since_ms = atomic_load(&child->slot->busy_since_ms);

        if (child->pid == 0 || since_ms == 0 ||
            now_ms - since_ms < child->pool->request_timeout_ms)
            continue;
        log_error("[pool %s] worker %ld is stuck and replaced",
                  child->pool->name, (long)child->pid);
        kill(child->pid, SIGKILL);
        metrics_count_one(&child->counts->stuck);
        atomic_store(&child->slot->busy_since_ms, 0); /* not twice */
    }
}

int64_t
generation_next_start_ms(const struct generation *generation)
{
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < generation->child_count; i++) {
        const struct child *child = &generation->children[i];

        if (child->pid == 0 && child->start_at_ms < next_ms)
            next_ms = child->start_at_ms;
    }
    return next_ms;
}

void
generation_signal(const struct generation *generation, int number)
{
    for (size_t i = 0; i < generation->child_count; i++)
        if (generation->children[i].pid != 0)
            kill(generation->children[i].pid, number);
}

size_t
generation_count_alive(const struct generation *generation)
{
    size_t count = 0;

    for (size_t i = 0; i < generation->child_count; i++)
        count += generation->children[i].pid != 0;
    return count;
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

void
generation_dismiss(struct generation *generation)
{
    generation->deadline_ms =
        clock_now_ms() + longest_request_ms(generation->config) + DRAIN_MS;
    close_gate(generation);
    generation_signal(generation, SIGTERM);
}

void
generation_let_drain(const struct child *child)
{
    atomic_store(&child->slot->drain_until_ms, clock_now_ms() + DRAIN_MS);
}

void
generation_kill_late(struct generation *generation)
{
    size_t count = generation_count_alive(generation);

    if (count == 0 || clock_now_ms() < generation->deadline_ms)
        return;
    log_warning("%zu workers did not end in time", count);
    generation_signal(generation, SIGKILL);
    generation->deadline_ms = INT64_MAX;
}
