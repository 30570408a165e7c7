/* What the subcommands have in common. */
#ifndef BYLINE_TOOLS_TOOL_H
#define BYLINE_TOOLS_TOOL_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/db.h"
#include "query/program.h"
#include "serve/scoreboard.h"

/* Exit statuses. */
enum {
    TOOL_OK = 0,
    TOOL_FAILED = 1,
    TOOL_USAGE = 2,
    TOOL_ABSENT = 3,         /* of status, reload: nobody serves */
    TOOL_MISCONFIGURED = 78, /* EX_CONFIG of sysexits(3): to serve is no use
                                until somebody has changed something */
};

/* What stood on the command line. */
struct tool_options {
    struct arena *arena; /* lives as long as the process */
    const char *config_path;
    const char *pool;            /* --pool */
    bool is_offline;             /* --offline */
    bool wants_keys;             /* --keys */
    bool wants_cached;           /* --cached */
    bool is_dry_run;             /* --dry-run */
    const char *baseline;        /* --baseline; NULL: none */
    const char *const *operands; /* ended by NULL */
};

typedef int tool_run(const struct tool_options *options);

tool_run tool_check, tool_config, tool_explain, tool_grants, tool_migrate,
    tool_reload, tool_routes, tool_serve, tool_status, tool_user, tool_worker;

/* Prints the paths of routes with `cache`, as nginx's map has them. */
int tool_print_cached(const struct config *config, struct arena *arena);

/* Loads the configuration and sets up the log. Mistakes are printed, and the
 * result is NULL. */
const struct config *tool_load(const struct tool_options *options);

/* As tool_load; what is found is added to `diagnostics`, and not printed. */
const struct config *tool_load_quietly(const struct tool_options *options,
                                       struct diagnostics *diagnostics);

/* Sets up the log; -1 and a mistake if its file cannot be opened. */
int tool_open_log(const struct config *config,
                  struct diagnostics *diagnostics);

/* Opens the scoreboard of the master that serves the configuration. Anything
 * but TOOL_OK after printing why that is not possible. */
int tool_find_master(const struct tool_options *options,
                     struct scoreboard *scoreboard);

/* Connects, or prints why that is not possible and returns NULL. Owned, free
 * with db_free. */
struct db *tool_connect(const struct database *database);

/* As tool_connect, with db_set_patient. */
struct db *tool_connect_patiently(const struct database *database);

#endif
