/* Finding the master that serves a configuration. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "serve/scoreboard.h"
#include "tools/tool.h"

static int
say_that_it_is_absent(const struct tool_options *options)
{
    fprintf(stderr,
            "byline: nobody serves %s: beside none of its sockets there is a "
            "scoreboard that a master holds\n",
            options->config_path);
    return TOOL_ABSENT;
}

/* The master's is beside the socket of its first pool; the file may have come
 * to name others before that one. */
int
tool_find_master(const struct tool_options *options,
                 struct scoreboard *scoreboard)
{
    const char *const *listens =
        config_listens(options->arena, options->config_path);
    const char *path = NULL;

    for (; *listens; listens++) {
        path = scoreboard_path(options->arena, *listens);
        if (scoreboard_open(scoreboard, path) == 0)
            return TOOL_OK;
        if (errno != ENOENT)
            break;
    }
    if (!*listens)
        return say_that_it_is_absent(options);
    fprintf(stderr, "byline: %s: %s\n", path,
            errno == EPROTO ? "is none, or of another version of byline"
                            : strerror(errno));
    return TOOL_FAILED;
}
