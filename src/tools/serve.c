/* serve and worker: the master with its pools, or one worker alone. */
#include "serve/master.h"

#include <stdio.h>
#include <unistd.h>

#include "auth/token.h"
#include "http/fcgi.h"
#include "serve/worker.h"
#include "tools/tool.h"

/*
 * With on_schema_mismatch = refuse: whether what a pool serves fits its
 * database. One that cannot be asked is no mismatch: workers wait for it.
 */
static int
refuse_mismatch(const struct config *config, const struct pool *pool)
{
    struct arena *arena = arena_new();
    struct diagnostics diagnostics = {.arena = arena};
    struct db *db = db_new(pool->database);
    enum db_outcome outcome = db_connect(db);
    int result = 0;

    if (outcome == DB_OK)
        program_build(arena, db, config, pool, &diagnostics, &outcome);
    if (diagnostics.error_count > 0) {
        diagnostics_print(&diagnostics, stderr);
        result = -1;
    }
    db_free(db);
    arena_free(arena);
    return result;
}

/* Without its secrets nobody could be known. */
static const struct token_keys *
load_keys(const struct config *config)
{
    struct diagnostics diagnostics = {.arena = config->arena};
    const struct token_keys *keys =
        token_keys_load(config->arena, &config->token, &diagnostics);

    diagnostics_print(&diagnostics, stderr);
    return keys;
}

int
tool_serve(const struct tool_options *options)
{
    const struct config *config = tool_load(options);
    const struct token_keys *keys = config ? load_keys(config) : NULL;

    if (!keys)
        return TOOL_FAILED;
    if (config->site.on_schema_mismatch == SCHEMA_MISMATCH_REFUSE)
        for (size_t i = 0; i < config->pool_count; i++)
            if (refuse_mismatch(config, &config->pools[i]) == -1)
                return TOOL_FAILED;
    return master_run(config, keys);
}

int
tool_worker(const struct tool_options *options)
{
    const char *name = options->pool ? options->pool : "main";
    const struct config *config = tool_load(options);
    const struct token_keys *keys = config ? load_keys(config) : NULL;
    const struct pool *pool;

    if (!keys)
        return TOOL_FAILED;
    pool = config_find_pool(config, name);
    if (!pool) {
        fprintf(stderr, "byline: there is no [pool %s]\n", name);
        return TOOL_FAILED;
    }
    if (!fcgi_is_listener(STDIN_FILENO)) {
        fprintf(stderr, "byline: descriptor 0 is no listening socket; start "
                        "workers with spawn-fcgi, or use `byline serve`\n");
        return TOOL_FAILED;
    }
    if (config->site.on_schema_mismatch == SCHEMA_MISMATCH_REFUSE &&
        refuse_mismatch(config, pool) == -1)
        return TOOL_FAILED;
    return worker_run(config, pool, keys, STDIN_FILENO, NULL);
}
