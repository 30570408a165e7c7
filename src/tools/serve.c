/* serve and worker: the master with its pools, or one worker alone. */
#include "serve/master.h"

#include <stdio.h>
#include <unistd.h>

#include "http/fcgi.h"
#include "serve/signals.h"
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

/* NULL after printing what is wrong. */
static struct generation *
load(const struct tool_options *options)
{
    struct diagnostics diagnostics = {.arena = options->arena};
    struct generation *generation =
        generation_load(options->config_path, &diagnostics);

    if (generation && tool_open_log(generation->config, &diagnostics) == -1) {
        generation_free(generation);
        generation = NULL;
    }
    diagnostics_print(&diagnostics, stderr);
    return generation;
}

static bool
fits(const struct generation *generation, const struct pool *pool)
{
    return generation->config->site.on_schema_mismatch !=
               SCHEMA_MISMATCH_REFUSE ||
           refuse_mismatch(generation->config, pool) == 0;
}

int
tool_serve(const struct tool_options *options)
{
    struct generation *generation;

    signals_init(); /* HUP before we serve is no reason to end */
    generation = load(options);
    if (!generation)
        return TOOL_MISCONFIGURED;
    for (size_t i = 0; i < generation->config->pool_count; i++)
        if (!fits(generation, &generation->config->pools[i])) {
            generation_free(generation);
            return TOOL_MISCONFIGURED;
        }
    return master_run(options->config_path, generation);
}

static int
run_worker(const struct generation *generation, const char *pool)
{
    const struct post post = {
        .config = generation->config,
        .pool = config_find_pool(generation->config, pool),
        .keys = generation->keys,
        .listener = STDIN_FILENO,
        .gate = -1,
    };

    if (!post.pool) {
        fprintf(stderr, "byline: there is no [pool %s]\n", pool);
        return TOOL_FAILED;
    }
    if (!fcgi_is_listener(STDIN_FILENO)) {
        fprintf(stderr, "byline: descriptor 0 is no listening socket; start "
                        "workers with spawn-fcgi, or use `byline serve`\n");
        return TOOL_FAILED;
    }
    if (!fits(generation, post.pool))
        return TOOL_MISCONFIGURED;
    return worker_run(&post);
}

int
tool_worker(const struct tool_options *options)
{
    struct generation *generation = load(options);
    int status;

    if (!generation)
        return TOOL_MISCONFIGURED;
    status = run_worker(generation, options->pool ? options->pool : "main");
    generation_free(generation);
    return status;
}
