/* grants: what a database role must be granted to serve the resources. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "query/fit.h"
#include "query/sql.h"
#include "tools/tool.h"

/* A set of names, in the order of their coming. */
struct names {
    struct arena *arena;
    const char **items;
    size_t count;
};

static void
add_name(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    names->items = arena_push(names->arena, names->items, names->count,
                              sizeof *names->items);
    names->items[names->count++] = name;
}

/* What routes name: parameters of paths, and sort orders. */
static void
add_from_routes(struct names *names, const struct config *config,
                const struct resource *resource)
{
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        if (route->resource != resource)
            continue;
        for (size_t k = 0; k < route->segment_count; k++)
            if (route->segments[k].is_parameter)
                add_name(names, route->segments[k].text);
        for (size_t k = 0; k < route->sort_count; k++)
            add_name(names, route->sort[k].column);
    }
}

/* Keys, which the catalog knows, and what joins need. */
static void
add_from_catalog(struct names *names, const struct catalog *catalog,
                 const struct resource *resource)
{
    const struct config *config = catalog->config;
    struct catalog_key key = catalog_key_of(catalog, resource);

    for (size_t i = 0; i < key.column_count; i++)
        add_name(names, key.columns[i]);
    for (size_t i = 0; i < config->relation_count; i++) {
        const struct relation *relation = &config->relations[i];
        const char *target = fit_target_column(catalog, relation);

        if (relation->from == resource)
            add_name(names, relation->via);
        if (relation->to == resource && target)
            add_name(names, target);
    }
}

static void
print_grant(const struct catalog *catalog, const struct resource *resource,
            const char *role)
{
    struct names names = {.arena = catalog->config->arena};
    struct buffer sql = {0};

    for (size_t i = 0; i < resource->column_count; i++)
        add_name(&names, resource->columns[i].name);
    add_from_catalog(&names, catalog, resource);
    add_from_routes(&names, catalog->config, resource);
    buffer_append_text(&sql, "GRANT SELECT (");
    for (size_t i = 0; i < names.count; i++) {
        buffer_append_text(&sql, i > 0 ? ", " : "");
        sql_append_identifier(&sql, names.items[i]);
    }
    buffer_append_text(&sql, ") ON ");
    sql_append_table(&sql, resource);
    buffer_append_text(&sql, " TO ");
    sql_append_identifier(&sql, role);
    printf("%s;\n", buffer_text(&sql));
    buffer_free(&sql);
}

/* The schemas that tables are named with must be usable too. */
static void
print_schemas(const struct config *config, const char *role)
{
    struct names schemas = {.arena = config->arena};
    struct buffer sql = {0};

    for (size_t i = 0; i < config->resource_count; i++)
        if (config->resources[i].schema)
            add_name(&schemas, config->resources[i].schema);
    for (size_t i = 0; i < schemas.count; i++) {
        buffer_append_text(&sql, "GRANT USAGE ON SCHEMA ");
        sql_append_identifier(&sql, schemas.items[i]);
        buffer_append_text(&sql, " TO ");
        sql_append_identifier(&sql, role);
        buffer_append_text(&sql, ";\n");
    }
    printf("%s", buffer_text(&sql));
    buffer_free(&sql);
}

/* Half of the grants would leave a role with half of what it needs. */
static int
refuse_misfits(const struct catalog *catalog)
{
    struct arena *arena = catalog->config->arena;
    struct diagnostics diagnostics = {.arena = arena};

    program_compose(arena, catalog, NULL, &diagnostics);
    if (diagnostics.error_count == 0)
        return 0;
    diagnostics_print(&diagnostics, stderr);
    return -1;
}

int
tool_grants(const struct tool_options *options)
{
    const struct config *config = tool_load(options);
    const struct catalog *catalog;
    enum db_outcome outcome;
    struct db *db;

    if (!config)
        return TOOL_FAILED;
    db = tool_connect(config->migrations.database ? config->migrations.database
                                                  : config->pools[0].database);
    if (!db)
        return TOOL_FAILED;
    catalog = catalog_load(config->arena, db, config, &outcome);
    if (!catalog) {
        fprintf(stderr, "byline: %s\n", db_message(db));
        db_free(db);
        return TOOL_FAILED;
    }
    if (refuse_misfits(catalog) == -1) {
        db_free(db);
        return TOOL_FAILED;
    }
    print_schemas(config, options->operands[0]);
    for (size_t i = 0; i < config->resource_count; i++)
        print_grant(catalog, &config->resources[i], options->operands[0]);
    db_free(db);
    return TOOL_OK;
}
