/* check: all files, and then the configuration against the database. */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "auth/token.h"
#include "tools/tool.h"

/* Parts of names of columns that seldom are for everybody. */
static const char *const personal_words[] = {
    "mail",  "phone",           "password", "passwd", "secret",
    "token", "street",          "birth",    "iban",   "salary",
    "hash",  "social_security", "passport", "credit",
};

/* Nobody has to log in, so a column that is not private is public. */
static void
warn_of_personal_columns(const struct config *config,
                         struct diagnostics *diagnostics)
{
    const size_t count = sizeof personal_words / sizeof personal_words[0];

    for (size_t i = 0; i < config->resource_count; i++) {
        const struct resource *resource = &config->resources[i];

        for (size_t k = 0; k < resource->column_count; k++)
            for (size_t w = 0; w < count; w++)
                if (!resource->columns[k].is_private &&
                    strcasestr(resource->columns[k].name, personal_words[w]))
                    diagnostics_warning(
                        diagnostics, ini_place(resource->section, "columns"),
                        "%s looks personal and can be read by anybody; "
                        "should it be private?",
                        resource->columns[k].name);
    }
}

/* Without it browsers that do not say where a request came from are not
 * believed. */
static void
warn_of_missing_url(const struct config *config,
                    struct diagnostics *diagnostics)
{
    struct place place = {.file = config->files[0].path, .section = "byline"};

    if (config->accounts.section && config->site.public_url[0] == '\0')
        diagnostics_warning(diagnostics, place,
                            "public_url is missing: older browsers that are "
                            "logged in will not be able to write");
}

/* nginx needs to write to a socket to connect to it. */
static void
check_sockets(const struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        const struct pool *pool = &config->pools[i];
        const char *slash = strrchr(pool->listen, '/');
        size_t length = slash ? (size_t)(slash - pool->listen) : 0;
        const char *directory =
            arena_strndup(config->arena, pool->listen, length);
        struct stat status;

        if (pool->listen_group[0] != '\0' && !getgrnam(pool->listen_group))
            diagnostics_error(diagnostics,
                              ini_place(pool->section, "listen_group"),
                              "there is no group \"%s\"", pool->listen_group);
        if (!(pool->listen_mode & 0022))
            diagnostics_warning(diagnostics,
                                ini_place(pool->section, "listen_mode"),
                                "neither group nor others may connect; can "
                                "nginx?");
        if (length > 0 && stat(directory, &status) == -1)
            diagnostics_warning(diagnostics,
                                ini_place(pool->section, "listen"),
                                "the directory %s is not there", directory);
    }
}

/* Of a list of hosts, whether one is no directory of sockets. */
static bool
names_host(const char *list)
{
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (*at != ',' && *at != '/' && *at != '@')
            return true;
    return false;
}

/* The unit that ships shuts its service off from every network. */
static void
warn_of_tcp(const struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        const struct database *database = config->pools[i].database;

        if (names_host(db_option(config->arena, database, "host")) ||
            names_host(db_option(config->arena, database, "hostaddr")))
            diagnostics_warning(
                diagnostics, ini_place(database->section, "conninfo"),
                "leads over TCP: byline.service of systemd needs tcp.conf "
                "for that; see SYSTEMD in byline(8)");
    }
}

/* Holds what a pool serves against its database, to the last statement. */
static void
check_pool(const struct config *config, const struct pool *pool,
           struct diagnostics *diagnostics)
{
    struct arena *arena = arena_new();
    struct db *db = db_new(pool->database);
    enum db_outcome outcome = db_connect(db);

    if (outcome == DB_OK)
        program_build(arena, db, config, pool, diagnostics, &outcome);
    if (outcome != DB_OK)
        diagnostics_error(diagnostics,
                          ini_place(pool->database->section, "conninfo"),
                          "the database cannot be used: %s", db_message(db));
    db_free(db);
    arena_free(arena);
}

static void
check_site(const struct config *config, const struct tool_options *options,
           struct diagnostics *diagnostics)
{
    struct arena *arena = arena_new();

    token_keys_load(arena, &config->token, diagnostics);
    arena_free(arena);
    warn_of_personal_columns(config, diagnostics);
    warn_of_missing_url(config, diagnostics);
    check_sockets(config, diagnostics);
    warn_of_tcp(config, diagnostics);
    for (size_t i = 0; !options->is_offline && i < config->pool_count; i++)
        check_pool(config, &config->pools[i], diagnostics);
}

int
tool_check(const struct tool_options *options)
{
    struct diagnostics diagnostics = {.arena = options->arena};
    const struct config *config = tool_load_quietly(options, &diagnostics);

    if (config)
        check_site(config, options, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    if (!config || diagnostics.error_count > 0) {
        fprintf(stderr, "%zu mistake%s\n", diagnostics.error_count,
                diagnostics.error_count == 1 ? "" : "s");
        return TOOL_FAILED;
    }
    printf("%s: all is well; routes: %zu, resources: %zu, relations: %zu\n",
           options->config_path, config->route_count, config->resource_count,
           config->relation_count);
    return TOOL_OK;
}
