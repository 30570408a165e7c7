/* From the path of byline.ini to a checked struct config. */
#include <string.h>

#include "base/suggest.h"
#include "config/key_value.h"
#include "config/keys.h"
#include "config/parts.h"

static const char *
directory_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return "";
    return slash == path ? "/"
                         : arena_strndup(arena, path, (size_t)(slash - path));
}

/* The struct for one more section of that kind. */
static void *
add_struct(struct config *config, const struct section_rule *rule,
           const struct ini_section *section)
{
    const struct declaration declaration = {section, section->name};
    char *base = (char *)config;
    size_t count;
    void *items;

    if (rule->count_offset == 0)
        return base + rule->offset;
    memcpy(&count, base + rule->count_offset, sizeof count);
    memcpy(&items, base + rule->offset, sizeof items);
    items = arena_push(config->arena, items, count, rule->size);
    memcpy(base + rule->offset, &items, sizeof items);
    items = (char *)items + count++ * rule->size;
    memcpy(base + rule->count_offset, &count, sizeof count);
    memcpy(items, &declaration, sizeof declaration);
    return items;
}

static const struct section_rule *
find_rule(const struct config *config, enum config_file file,
          const struct ini_section *section, struct diagnostics *diagnostics)
{
    const struct section_rule *rule = section_rule_find(section->kind);
    struct suggestion suggestion = suggest_start(section->kind);
    struct place place = ini_place(section, NULL);

    if (rule && rule->file == file)
        return rule;
    if (rule) {
        diagnostics_error(diagnostics, place, "belongs in %s",
                          rule->file == CONFIG_FILE_BYLINE
                              ? config->files[CONFIG_FILE_BYLINE].path
                          : rule->file == CONFIG_FILE_ROUTES
                              ? config->site.routes
                              : config->site.resources);
        return NULL;
    }
    for (size_t i = 0; i < section_rule_count; i++)
        suggest_offer(&suggestion, section_rules[i].kind);
    diagnostics_error(diagnostics, place, "there is no such section%s",
                      suggest_clause(config->arena, &suggestion));
    return NULL;
}

static void
read_section(struct config *config, enum config_file file,
             const struct ini_section *section,
             struct diagnostics *diagnostics)
{
    const struct section_rule *rule =
        find_rule(config, file, section, diagnostics);
    const char *directory =
        directory_of(config->arena, config->files[file].path);

    if (!rule)
        return;
    if (rule->count_offset > 0 && section->name[0] == '\0') {
        diagnostics_error(diagnostics, ini_place(section, NULL),
                          "needs a name: [%s NAME]", rule->kind);
        return;
    }
    if (rule->count_offset == 0 && section->name[0] != '\0') {
        diagnostics_error(diagnostics, ini_place(section, NULL),
                          "takes no name: [%s]", rule->kind);
        return;
    }
    keys_read(config->arena, rule, section, directory,
              add_struct(config, rule, section), diagnostics);
}

/* Gives the sections that stand once their defaults. */
static void
read_defaults(struct config *config, struct diagnostics *diagnostics)
{
    const char *directory =
        directory_of(config->arena, config->files[CONFIG_FILE_BYLINE].path);

    for (size_t i = 0; i < section_rule_count; i++)
        if (section_rules[i].count_offset == 0)
            keys_read(config->arena, &section_rules[i], NULL, directory,
                      section_rule_struct(&section_rules[i], config, 0),
                      diagnostics);
}

static void
read_file(struct config *config, enum config_file file, const char *path,
          struct diagnostics *diagnostics)
{
    struct ini *ini = &config->files[file];

    ini_read(config->arena, path, diagnostics, ini);
    for (size_t i = 0; i < ini->section_count; i++)
        read_section(config, file, &ini->sections[i], diagnostics);
}

static const struct database *
link_database(const struct config *config, struct place place,
              const char *name, struct diagnostics *diagnostics)
{
    const struct database *database = config_find_database(config, name);
    struct suggestion suggestion = suggest_start(name);

    for (size_t i = 0; i < config->database_count; i++)
        suggest_offer(&suggestion, config->databases[i].name);
    if (!database)
        diagnostics_error(diagnostics, place, "there is no [database %s]%s",
                          name, suggest_clause(config->arena, &suggestion));
    return database;
}

/* Times must nest: lock < statement < request. A request may meet a dead
 * connection, and make a new one first. */
static void
check_timeouts(const struct pool *pool, struct diagnostics *diagnostics)
{
    const struct database *database = pool->database;

    if (database->lock_timeout_ms >= database->statement_timeout_ms)
        diagnostics_error(diagnostics,
                          ini_place(database->section, "lock_timeout"),
                          "must be shorter than statement_timeout");
    if (database->connect_timeout_ms + database->statement_timeout_ms +
            DATABASE_SLACK_MS >=
        pool->request_timeout_ms)
        diagnostics_error(diagnostics,
                          ini_place(pool->section, "request_timeout"),
                          "must be longer than connect_timeout and "
                          "statement_timeout of [database %s] together, by "
                          "more than %dms",
                          database->name, DATABASE_SLACK_MS);
}

/* A listen that is not written has the pool's name in it. */
static const char *
default_listen(struct arena *arena, const struct pool *pool)
{
    const char *name = strstr(pool->listen, "NAME");

    if (ini_find(pool->section, "listen") || !name)
        return pool->listen;
    return arena_printf(arena, "%.*s%s%s", (int)(name - pool->listen),
                        pool->listen, pool->name, name + 4);
}

/* The longest path that fits into a sockaddr_un (unix(7)). */
#define SOCKET_PATH_MAX 107

static void
link_pools(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        struct pool *pool = &config->pools[i];

        pool->listen = default_listen(config->arena, pool);
        if (strlen(pool->listen) > SOCKET_PATH_MAX)
            diagnostics_error(diagnostics, ini_place(pool->section, "listen"),
                              "%s has more than %d bytes", pool->listen,
                              SOCKET_PATH_MAX);
        for (size_t k = 0; k < i; k++)
            if (strcmp(config->pools[k].listen, pool->listen) == 0)
                diagnostics_error(
                    diagnostics, ini_place(pool->section, "listen"),
                    "[pool %s] listens there already", config->pools[k].name);
        pool->database =
            link_database(config, ini_place(pool->section, "database"),
                          pool->database_name, diagnostics);
        if (pool->database)
            check_timeouts(pool, diagnostics);
    }
    if (config->pool_count == 0)
        diagnostics_error(
            diagnostics,
            (struct place){.file = config->files[CONFIG_FILE_BYLINE].path},
            "there is no [pool NAME]");
}

const struct ini_section *
config_find_section(const struct config *config, enum config_file file,
                    const char *kind)
{
    const struct ini *ini = &config->files[file];

    for (size_t i = 0; i < ini->section_count; i++)
        if (strcmp(ini->sections[i].kind, kind) == 0)
            return &ini->sections[i];
    return NULL;
}

static void
link_site(struct config *config, struct diagnostics *diagnostics)
{
    const struct ini *ini = &config->files[CONFIG_FILE_BYLINE];
    const struct ini_section *api =
        config_find_section(config, CONFIG_FILE_BYLINE, "api");
    const struct ini_section *migrations =
        config_find_section(config, CONFIG_FILE_BYLINE, "migrations");
    const char *ignored = config->api.ignored_parameters_text;
    struct list list = {0};

    if (api)
        list = config_list(config, api, "ignored_parameters", ignored,
                           diagnostics);
    else
        list_parse(config->arena, ignored, &list);
    config->api.ignored_parameters =
        arena_alloc(config->arena, (list.count + 1) * sizeof(char *));
    for (size_t i = 0; i < list.count; i++)
        config->api.ignored_parameters[i] = list.items[i].text;
    config->api.ignored_parameter_count = list.count;
    if (migrations)
        config->migrations.database =
            link_database(config, ini_place(migrations, "database"),
                          config->migrations.database_name, diagnostics);
    else
        config->migrations.database =
            config_find_database(config, config->migrations.database_name);
    if (strcmp(config->log.target, "stderr") != 0 &&
        strcmp(config->log.target, "syslog") != 0 &&
        config->log.target[0] != '/')
        config->log.target =
            key_value_path(config->arena, config->log.target,
                           directory_of(config->arena, ini->path));
}

static struct config *
read_site(struct arena *arena, const char *path,
          struct diagnostics *diagnostics)
{
    struct config *config = arena_alloc(arena, sizeof *config);

    config->arena = arena;
    config->files[CONFIG_FILE_BYLINE].path = arena_strdup(arena, path);
    read_defaults(config, diagnostics);
    read_file(config, CONFIG_FILE_BYLINE, path, diagnostics);
    return config;
}

const char *const *
config_listens(struct arena *arena, const char *path)
{
    struct diagnostics ignored = {.arena = arena};
    const struct config *config = read_site(arena, path, &ignored);
    const char **listens =
        arena_alloc(arena, (config->pool_count + 1) * sizeof *listens);

    for (size_t i = 0; i < config->pool_count; i++)
        listens[i] = default_listen(arena, &config->pools[i]);
    return listens;
}

/* Of a file that could not be read, what the others miss is no news. */
static bool
lacks_file(const struct config *config)
{
    for (size_t i = 0; i < sizeof config->files / sizeof config->files[0]; i++)
        if (config->files[i].section_count == 0)
            return true;
    return false;
}

const struct config *
config_load(struct arena *arena, const char *path,
            struct diagnostics *diagnostics)
{
    size_t errors_before = diagnostics->error_count;
    struct config *config = read_site(arena, path, diagnostics);

    if (config->files[CONFIG_FILE_BYLINE].section_count == 0 &&
        diagnostics->error_count > errors_before)
        return NULL;
    read_file(config, CONFIG_FILE_RESOURCES, config->site.resources,
              diagnostics);
    read_file(config, CONFIG_FILE_ROUTES, config->site.routes, diagnostics);
    if (diagnostics->error_count > errors_before && lacks_file(config))
        return NULL;
    link_pools(config, diagnostics);
    link_site(config, diagnostics);
    config_link_origins(config, diagnostics);
    config_link_token(config, diagnostics);
    config_add_between(config);
    config_add_idempotency(config);
    config_link_resources(config, diagnostics);
    config_link_relations(config, diagnostics);
    config_link_fields(config, diagnostics);
    config_link_writables(config, diagnostics);
    config_link_accounts(config, diagnostics);
    config_link_routes(config, diagnostics);
    config_check_predicates(config, diagnostics);
    return diagnostics->error_count == errors_before ? config : NULL;
}
