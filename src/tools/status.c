/* status: whether the site is served, by whom, and what of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "serve/scoreboard.h"
#include "tools/tool.h"

/* --- times ----------------------------------------------------------- */

static const char *
calendar(struct arena *arena, int64_t time_s)
{
    char text[32];
    time_t time = (time_t)time_s;
    struct tm parts;

    localtime_r(&time, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    return arena_strdup(arena, text);
}

/* As ps(1) has it: the two largest units. */
static const char *
duration(struct arena *arena, int64_t time_ms)
{
    int64_t time_s = time_ms / 1000;

    if (time_ms < 10000)
        return arena_printf(arena, "%.1fs", (double)time_ms / 1000);
    if (time_s < 60)
        return arena_printf(arena, "%" PRId64 "s", time_s);
    if (time_s < 3600)
        return arena_printf(arena, "%" PRId64 "m%02" PRId64 "s", time_s / 60,
                            time_s % 60);
    if (time_s < 86400)
        return arena_printf(arena, "%" PRId64 "h%02" PRId64 "m", time_s / 3600,
                            time_s / 60 % 60);
    return arena_printf(arena, "%" PRId64 "d%02" PRId64 "h", time_s / 86400,
                        time_s / 3600 % 24);
}

/* --- what is printed ------------------------------------------------- */

/* Text as it is in the file: whoever may write there is not believed to end
 * it, nor to keep from sending commands to a terminal. */
static const char *
text_of(struct arena *arena, const char *text, size_t size)
{
    char *copy = arena_strndup(arena, text, strnlen(text, size));

    for (char *at = copy; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '\x7f')
            *at = ' ';
    return copy;
}

static void
print_head(struct arena *arena, const struct scoreboard *scoreboard,
           const char *path)
{
    const struct scoreboard_head *head = scoreboard->head;
    const struct reload *reload = &head->reload;

    printf("byline %s, process %d, serves since %s\n", head->version,
           head->master, calendar(arena, head->started_s));
    printf("%s: generation %" PRId64 ", read %s\n", path, head->generation,
           calendar(arena, head->loaded_s));
    if (atomic_load(&reload->begun_count) != atomic_load(&reload->ended_count))
        printf("a reload is under way\n");
    else if (reload->is_refused)
        printf("a reload was refused %s: %s\n",
               calendar(arena, reload->ended_s),
               text_of(arena, reload->text, sizeof reload->text));
}

static const char *
name_of_state(int state)
{
    switch (state) {
    case WORKER_STARTING:
        return "starts";
    case WORKER_SERVES:
    case WORKER_MISFITS:
        return "waits";
    case WORKER_IS_STRANDED:
        return "no database";
    default:
        return "unknown";
    }
}

static void
print_worker(struct arena *arena, const struct slot *slot, int64_t now_ms)
{
    int pid = atomic_load(&slot->pid);
    int64_t busy_ms = atomic_load(&slot->busy_since_ms);
    int state = atomic_load(&slot->state);
    const char *what = name_of_state(state);
    const char *pool = text_of(arena, slot->pool, sizeof slot->pool);
    int64_t since_ms = atomic_load(&slot->state_ms);

    if (pid == 0) {
        printf("%-10s %8s  %-11s\n", pool, "-", "due");
        return;
    }
    if (busy_ms > 0 && state != WORKER_STARTING) {
        what = "busy";
        since_ms = busy_ms;
    }
    printf("%-10s %8d  %-11s %7s  %7s  %10" PRId64 "%s%s\n", pool, pid, what,
           duration(arena, now_ms - since_ms),
           duration(arena, now_ms - atomic_load(&slot->started_ms)),
           atomic_load(&slot->request_count),
           state == WORKER_IS_STRANDED ? "  " : "",
           state == WORKER_IS_STRANDED
               ? text_of(arena, slot->reason, sizeof slot->reason)
               : "");
}

static void
print_workers(struct arena *arena, const struct scoreboard *scoreboard)
{
    int64_t now_ms = clock_now_ms();

    printf("\n%-10s %8s  %-11s %7s  %7s  %10s\n", "POOL", "WORKER", "STATE",
           "SINCE", "AGE", "REQUESTS");
    for (size_t i = 0; i < scoreboard->head->slot_count; i++)
        print_worker(arena, &scoreboard->slots[i], now_ms);
}

static size_t
print_routes(struct arena *arena, const struct scoreboard *scoreboard)
{
    size_t count = scoreboard->head->route_count, disabled_count = 0;

    printf("\n");
    for (size_t i = 0; i < count; i++) {
        const struct route_slot *route = &scoreboard->routes[i];
        int64_t since_s = atomic_load(&route->disabled_since_s);

        if (since_s == 0)
            continue;
        disabled_count++;
        printf("[route %s] is disabled since %s: it does not fit the "
               "database\n",
               text_of(arena, route->name, sizeof route->name),
               calendar(arena, since_s));
    }
    printf("routes: %zu, disabled: %zu\n", count, disabled_count);
    return disabled_count;
}

static bool
is_whole(const struct scoreboard *scoreboard)
{
    for (size_t i = 0; i < scoreboard->head->slot_count; i++)
        if (atomic_load(&scoreboard->slots[i].pid) == 0 ||
            atomic_load(&scoreboard->slots[i].state) != WORKER_SERVES)
            return false;
    return true;
}

int
tool_status(const struct tool_options *options)
{
    struct arena *arena = options->arena;
    struct scoreboard scoreboard;
    int status = tool_find_master(options, &scoreboard);

    if (status != TOOL_OK)
        return status;
    print_head(arena, &scoreboard, options->config_path);
    print_workers(arena, &scoreboard);
    if (print_routes(arena, &scoreboard) > 0 || !is_whole(&scoreboard))
        status = TOOL_FAILED;
    scoreboard_close(&scoreboard);
    return status;
}
