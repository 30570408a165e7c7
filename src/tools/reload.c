/* reload: checks the configuration, asks the master to take it over, and says
 * what came of it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "serve/scoreboard.h"
#include "tools/tool.h"

/* How often the scoreboard is looked at. The master sees to it that a reload
 * ends. */
#define LOOK_INTERVAL_MS 20

/* The one that took its place, since a reload that was under way before ours
 * has ended by now. -1: it is of another master. */
static int
follow(struct scoreboard *scoreboard)
{
    const char *path = scoreboard->path;
    pid_t master = scoreboard->head->master;
    int64_t started_s = scoreboard->head->started_s;

    scoreboard_close(scoreboard);
    if (scoreboard_open(scoreboard, path) == -1)
        return -1;
    if (scoreboard_holder(scoreboard) == master &&
        scoreboard->head->started_s == started_s)
        return 0;
    scoreboard_close(scoreboard);
    return -1;
}

/* Returns when that many reloads have ended; -1: so has the master. */
static int
wait_for_end(struct scoreboard *scoreboard, int64_t count)
{
    while (atomic_load(&scoreboard->head->reload.ended_count) < count) {
        bool is_orphan = scoreboard_holder(scoreboard) == -1;

        if (atomic_load(&scoreboard->head->reload.ended_count) >= count)
            break;
        if (is_orphan && follow(scoreboard) == -1)
            return -1;
        poll(NULL, 0, LOOK_INTERVAL_MS);
    }
    return 0;
}

static int
signal_master(const struct scoreboard *scoreboard)
{
    pid_t master = scoreboard_holder(scoreboard);

    if (master > 0 && kill(master, SIGHUP) == 0)
        return 0;
    fprintf(stderr, "byline: process %d cannot be signalled: %s\n",
            scoreboard->head->master,
            master > 0 ? strerror(errno) : "it cannot be seen from here");
    return -1;
}

static int
say_that_it_ended(void)
{
    fprintf(stderr, "byline: the master ended meanwhile\n");
    return TOOL_ABSENT;
}

static int
say_what_came(const struct reload *reload)
{
    if (!reload->is_refused) {
        printf("reloaded\n");
        return TOOL_OK;
    }
    fprintf(stderr,
            "byline: not reloaded, and what was served is served on: %s\n",
            reload->text);
    return TOOL_FAILED;
}

int
tool_reload(const struct tool_options *options)
{
    struct diagnostics diagnostics = {.arena = options->arena};
    const struct config *config = tool_load_quietly(options, &diagnostics);
    struct scoreboard scoreboard;
    int64_t count;
    int status;

    if (!config) {
        diagnostics_print(&diagnostics, stderr);
        return TOOL_FAILED;
    }
    status = tool_find_master(options, &scoreboard);
    if (status != TOOL_OK)
        return status;
    count = atomic_load(&scoreboard.head->reload.begun_count) + 1;
    if (signal_master(&scoreboard) == -1)
        status = TOOL_FAILED;
    else if (wait_for_end(&scoreboard, count) == -1)
        status = say_that_it_ended();
    else
        status = say_what_came(&scoreboard.head->reload);
    scoreboard_close(&scoreboard);
    return status;
}
