/* Finding the master that serves a configuration. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "serve/scoreboard.h"
#include "tools/tool.h"

int
tool_find_master(const struct tool_options *options,
                 struct scoreboard *scoreboard)
{
    struct diagnostics diagnostics = {.arena = options->arena};
    const struct config *config = tool_load_quietly(options, &diagnostics);
    const char *path;

    if (!config) {
        diagnostics_print(&diagnostics, stderr);
        return TOOL_FAILED;
    }
    path = scoreboard_path(options->arena, config);
    if (scoreboard_open(scoreboard, path) == 0)
        return TOOL_OK;
    if (errno == ENOENT) {
        fprintf(stderr,
                "byline: nobody serves this configuration: there is no %s "
                "that a master holds\n",
                path);
        return TOOL_ABSENT;
    }
    if (errno == EPROTO)
        fprintf(stderr, "byline: %s is of another version of byline\n", path);
    else
        fprintf(stderr, "byline: %s: %s\n", path, strerror(errno));
    return TOOL_FAILED;
}
