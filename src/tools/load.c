/* Loading the configuration for a subcommand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/keys.h"
#include "db/settings.h"
#include "tools/tool.h"

const struct config *
tool_load_quietly(const struct tool_options *options,
                  struct diagnostics *diagnostics)
{
    const struct config *config =
        config_load(options->arena, options->config_path, diagnostics);

    if (config)
        db_settings_check(config, diagnostics);
    return diagnostics->error_count == 0 ? config : NULL;
}

int
tool_open_log(const struct config *config, struct diagnostics *diagnostics)
{
    const struct place place = {
        .file = config->files[CONFIG_FILE_BYLINE].path,
        .section = "log",
        .key = "target",
    };

    if (log_open(config->log.target, config->log.format, config->log.level) ==
        0)
        return 0;
    return diagnostics_error(diagnostics, place, "%s cannot be opened: %s",
                             config->log.target, strerror(errno));
}

const struct config *
tool_load(const struct tool_options *options)
{
    struct diagnostics diagnostics = {.arena = options->arena};
    const struct config *config = tool_load_quietly(options, &diagnostics);

    if (config && tool_open_log(config, &diagnostics) == -1)
        config = NULL;
    diagnostics_print(&diagnostics, stderr);
    return config;
}

static struct db *
connect_or_complain(struct db *db, const struct database *database)
{
    if (db_connect(db) == DB_OK)
        return db;
    fprintf(stderr, "byline: [database %s] cannot be reached: %s\n",
            database->name, db_message(db));
    db_free(db);
    return NULL;
}

struct db *
tool_connect(const struct database *database)
{
    return connect_or_complain(db_new(database), database);
}

struct db *
tool_connect_patiently(const struct database *database)
{
    struct db *db = db_new(database);

    db_set_patient(db);
    return connect_or_complain(db, database);
}
