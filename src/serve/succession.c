/* How one generation follows another. */
#include "serve/succession.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/census.h"
#include "serve/signals.h"
#include "serve/systemd.h"

/* How long the workers of a new generation may take to get ready, besides
 * the timeouts of their database. */
#define READY_SLACK_MS 10000

/* --- the beginning of a generation ----------------------------------- */

static void
copy_text(char *to, const char *text)
{
    snprintf(to, SCOREBOARD_TEXT_SIZE, "%s", text);
}

/* What was counted under these names so far goes on. */
static int
enroll(struct master *master, const struct config *config)
{
    if (census_enroll(master->metrics, config) == 0)
        return 0;
    log_error("there is no memory to count in: %s", strerror(errno));
    return -1;
}

/* Counts, sockets, scoreboard and places; no worker yet. */
static int
prepare(struct master *master, struct generation *generation)
{
    const struct config *config = generation->config;
    struct listener *listeners =
        arena_alloc(generation->arena, config->pool_count * sizeof *listeners);
    struct scoreboard_head *head;

    if (enroll(master, config) == -1 ||
        sockets_open(&master->sockets, config, listeners) == -1 ||
        generation_make_places(generation, listeners, master->metrics) == -1)
        return -1;
    head = generation->scoreboard.head;
    head->master = (int)master->pid;
    head->started_s = master->started_s;
    head->loaded_s = time(NULL);
    head->generation = generation == master->serving
                           ? 1
                           : master->serving->scoreboard.head->generation + 1;
    return 0;
}

static int
publish(struct generation *generation)
{
    if (scoreboard_publish(&generation->scoreboard) == 0)
        return 0;
    log_error("%s cannot be put in place: %s", generation->scoreboard.path,
              strerror(errno));
    return -1;
}

int
succession_start(struct master *master)
{
    if (prepare(master, master->serving) == -1 ||
        publish(master->serving) == -1)
        return -1;
    sockets_keep(&master->sockets, master->serving);
    return 0;
}

/* --- reloading ------------------------------------------------------- */

static struct reload *
reload_of(const struct generation *generation)
{
    return &generation->scoreboard.head->reload;
}

/* Tells those who read this scoreboard. */
static void
tell(struct generation *generation, const char *refusal)
{
    struct reload *reload = reload_of(generation);

    reload->ended_s = time(NULL);
    reload->is_refused = refusal != NULL;
    copy_text(reload->text, refusal ? refusal : "");
    atomic_store(&reload->ended_count, atomic_load(&reload->begun_count));
}

static void
abandon(struct master *master, struct generation *refused)
{
    generation_dismiss(refused);
    scoreboard_retire(&refused->scoreboard);
    refused->before = master->draining;
    master->draining = refused;
    master->reloading = NULL;
    sockets_keep(&master->sockets, master->serving);
}

int
succession_refuse(struct master *master, const char *format, ...)
{
    const struct config *config = master->serving->config;
    struct generation *refused = master->reloading;
    char text[SCOREBOARD_TEXT_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_error("not reloaded; the configuration before stays: %s", text);
    if (refused)
        abandon(master, refused);
    metrics_count_one(&master->metrics->site->reloads_refused);
    atomic_store(&master->metrics->site->last_reload_is_refused, 1);
    log_open(config->log.target, config->log.format, config->log.level);
    tell(master->serving, text);
    systemd_notify("READY=1\nSTATUS=serving; the last reload was refused");
    return -1;
}

static const char *
first_mistake(struct diagnostics *diagnostics)
{
    const char *first = NULL;

    diagnostics_sort(diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics_is_error(diagnostics, i)) {
            log_error("%s", diagnostics_text(diagnostics, i));
            first = first ? first : diagnostics_text(diagnostics, i);
        }
    return first ? first : "it has mistakes";
}

static int64_t
ready_time_ms(const struct config *config)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < config->database_count; i++) {
        int64_t time_ms = config->databases[i].connect_timeout_ms +
                          config->databases[i].statement_timeout_ms;

        if (time_ms > longest_ms)
            longest_ms = time_ms;
    }
    return longest_ms + READY_SLACK_MS;
}

/* From here on the log is where the new configuration wants it: a reload is
 * how a log that was moved away is opened anew. */
static int
set_up(struct master *master)
{
    struct generation *reloading = master->reloading;
    const struct log_settings *log = &reloading->config->log;

    if (log_open(log->target, log->format, log->level) == -1)
        return succession_refuse(master,
                                 "[log] target: %s cannot be opened: %s",
                                 log->target, strerror(errno));
    if (prepare(master, reloading) == -1)
        return succession_refuse(
            master, "sockets or scoreboard cannot be made; the log "
                    "says why");
    if (generation_shut_gate(reloading) == -1)
        return succession_refuse(master, "no pipe: %s", strerror(errno));
    reloading->deadline_ms = clock_now_ms() + ready_time_ms(reloading->config);
    return 0;
}

void
succession_begin(struct master *master)
{
    struct arena *arena = arena_new();
    struct diagnostics diagnostics = {.arena = arena};
    struct reload *reload = reload_of(master->serving);

    signals_reload = 0;
    log_notice("reloading");
    systemd_notify_reloading();
    atomic_store(&reload->begun_count, atomic_load(&reload->begun_count) + 1);
    master->reloading = generation_load(master->path, &diagnostics);
    if (!master->reloading)
        succession_refuse(master, "%s", first_mistake(&diagnostics));
    else
        set_up(master);
    arena_free(arena);
}

/* Of a pool that is no more, nobody else empties the queue. */
static void
dismiss(struct generation *from, const struct generation *to)
{
    for (size_t i = 0; i < from->child_count; i++)
        if (!generation_pool_at(to, from->children[i].listener))
            generation_let_drain(&from->children[i]);
    generation_dismiss(from);
}

/* The new generation serves, and the old one drains. */
static int
change_over(struct master *master)
{
    struct generation *from = master->serving, *to = master->reloading;

    atomic_store(&reload_of(to)->begun_count,
                 atomic_load(&reload_of(from)->begun_count));
    tell(to, NULL);
    if (publish(to) == -1)
        return succession_refuse(master,
                                 "the scoreboard cannot be put in place");
    generation_open_gate(to);
    master->serving = to;
    master->reloading = NULL;
    sockets_keep(&master->sockets, to);
    dismiss(from, to);
    from->before = master->draining;
    master->draining = from;
    tell(from, NULL);
    metrics_count_one(&master->metrics->site->reloads_done);
    atomic_store(&master->metrics->site->last_reload_is_refused, 0);
    scoreboard_retire(&from->scoreboard);
    log_notice("reloaded; workers: %zu", to->child_count);
    systemd_notify("READY=1\nSTATUS=serving");
    return 0;
}

static int
refuse_unfit(struct master *master, const struct child *child)
{
    const char *name = child->pool->name;

    if (atomic_load(&child->slot->state) == WORKER_IS_STRANDED)
        return succession_refuse(master, "[pool %s] has no database: %s", name,
                                 child->slot->reason);
    return succession_refuse(master,
                             "it does not fit the database of [pool %s]: %s",
                             name, child->slot->reason);
}

void
succession_continue(struct master *master)
{
    const struct child *unfit = generation_find_unfit(master->reloading);

    if (unfit)
        refuse_unfit(master, unfit);
    else if (generation_has_reported(master->reloading))
        change_over(master);
    else if (clock_now_ms() >= master->reloading->deadline_ms)
        succession_refuse(master, "its workers did not get ready in time");
}
