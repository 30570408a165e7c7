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

/* The master leaves when it has ended, or is told to. */
static int
wait_for_end(const struct scoreboard *scoreboard, int64_t count)
{
    const struct reload *reload = &scoreboard->head->reload;

    while (atomic_load(&reload->ended_count) < count) {
        if (scoreboard_is_orphan(scoreboard) &&
            atomic_load(&reload->ended_count) < count) {
            fprintf(stderr, "byline: the master ended meanwhile\n");
            return TOOL_ABSENT;
        }
        poll(NULL, 0, LOOK_INTERVAL_MS);
    }
    if (reload->is_refused) {
        fprintf(stderr, "byline: not reloaded; what was served is: %s\n",
                reload->text);
        return TOOL_FAILED;
    }
    printf("reloaded\n");
    return TOOL_OK;
}

int
tool_reload(const struct tool_options *options)
{
    struct scoreboard scoreboard;
    int status = tool_find_master(options, &scoreboard);
    int64_t count;

    if (status != TOOL_OK)
        return status;
    count = atomic_load(&scoreboard.head->reload.begun_count) + 1;
    if (kill(scoreboard.head->master, SIGHUP) == 0) {
        status = wait_for_end(&scoreboard, count);
    } else {
        fprintf(stderr, "byline: process %d cannot be signalled: %s\n",
                scoreboard.head->master, strerror(errno));
        status = TOOL_FAILED;
    }
    scoreboard_close(&scoreboard);
    return status;
}
