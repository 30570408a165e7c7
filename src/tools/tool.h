/* What the subcommands have in common. */
#ifndef BYLINE_TOOLS_TOOL_H
#define BYLINE_TOOLS_TOOL_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/db.h"
#include "query/program.h"

/* Exit statuses. */
enum {
    TOOL_OK = 0,
    TOOL_FAILED = 1,
    TOOL_USAGE = 2,
};

/* What stood on the command line. */
struct tool_options {
    struct arena *arena; /* lives as long as the process */
    const char *config_path;
    const char *pool;            /* --pool */
    bool is_offline;             /* --offline */
    bool wants_keys;             /* --keys */
    bool is_dry_run;             /* --dry-run */
    const char *baseline;        /* --baseline; NULL: none */
    const char *const *operands; /* ended by NULL */
};

typedef int tool_run(const struct tool_options *options);

tool_run tool_check, tool_config, tool_explain, tool_grants, tool_migrate,
    tool_routes, tool_serve, tool_user, tool_worker;

/* Loads the configuration and sets up the log. Mistakes are printed, and the
 * result is NULL. */
const struct config *tool_load(const struct tool_options *options);

/* As tool_load; what is found is added to `diagnostics`, and not printed. */
const struct config *tool_load_quietly(const struct tool_options *options,
                                       struct diagnostics *diagnostics);

/* Connects, or prints why that is not possible and returns NULL. Owned, free
 * with db_free. */
struct db *tool_connect(const struct database *database);

/* As tool_connect, with db_set_patient. */
struct db *tool_connect_patiently(const struct database *database);

#endif
