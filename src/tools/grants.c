/* grants: what the database role of each pool must be granted to serve its
 * routes. The role is the user that the pool connects as. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "query/rights.h"
#include "query/sql.h"
#include "tools/tool.h"

/* The grants of one pool in the making. */
struct printer {
    const struct config *config;
    const char *role;
    struct buffer sql;
};

static void
end_grant(struct printer *printer)
{
    buffer_append_text(&printer->sql, " TO ");
    sql_append_identifier(&printer->sql, printer->role);
    buffer_append_text(&printer->sql, ";\n");
}

/* GRANT SELECT ("a", "b") ON "t" TO "role"; */
static void
append_columns(struct printer *printer, const char *what,
               const struct rights_names *columns,
               const struct resource *resource)
{
    if (columns->count == 0)
        return;
    buffer_printf(&printer->sql, "GRANT %s (", what);
    for (size_t i = 0; i < columns->count; i++) {
        buffer_append_text(&printer->sql, i > 0 ? ", " : "");
        sql_append_identifier(&printer->sql, columns->items[i].name);
    }
    buffer_append_text(&printer->sql, ") ON ");
    sql_append_table(&printer->sql, resource);
    end_grant(printer);
}

static void
append_table(struct printer *printer, const struct rights_table *rights,
             const struct resource *resource)
{
    append_columns(printer, "SELECT", &rights->select, resource);
    append_columns(printer, "INSERT", &rights->insert, resource);
    append_columns(printer, "UPDATE", &rights->update, resource);
    if (rights->deletes) {
        buffer_append_text(&printer->sql, "GRANT DELETE ON ");
        sql_append_table(&printer->sql, resource);
        end_grant(printer);
    }
    for (size_t i = 0; i < rights->sequences.count; i++) {
        buffer_printf(&printer->sql, "GRANT USAGE ON SEQUENCE %s",
                      rights->sequences.items[i].name);
        end_grant(printer);
    }
}

/* The schemas that tables are named with must be usable too. */
static void
append_schemas(struct printer *printer, const struct rights_table *tables)
{
    const struct config *config = printer->config;

    for (size_t i = 0; i < config->resource_count; i++) {
        const char *schema = config->resources[i].schema;
        bool is_new = schema && tables[i].select.count > 0;

        for (size_t k = 0; is_new && k < i; k++)
            is_new = !config->resources[k].schema ||
                     tables[k].select.count == 0 ||
                     strcmp(config->resources[k].schema, schema) != 0;
        if (!is_new)
            continue;
        buffer_append_text(&printer->sql, "GRANT USAGE ON SCHEMA ");
        sql_append_identifier(&printer->sql, schema);
        end_grant(printer);
    }
}

/* What somebody's own statements need only he can tell. */
static void
append_own_sql(struct printer *printer, const struct pool *pool)
{
    const struct config *config = printer->config;

    for (size_t i = 0; i < config->route_count; i++)
        if (config->routes[i].pool == pool &&
            config->routes[i].handler == HANDLER_SQL)
            buffer_printf(&printer->sql,
                          "-- and, for [route %s], what %s uses\n",
                          config->routes[i].name, config->routes[i].file);
}

static void
print_pool(const struct catalog *catalog, const struct pool *pool)
{
    struct arena *arena = catalog->config->arena;
    const struct config *config = catalog->config;
    const struct rights rights = rights_of_pool(arena, catalog, pool);
    struct printer printer = {
        .config = config, .role = db_option(arena, pool->database, "user")};

    append_schemas(&printer, rights.tables);
    for (size_t i = 0; i < config->resource_count; i++)
        append_table(&printer, &rights.tables[i], &config->resources[i]);
    append_own_sql(&printer, pool);
    printf("-- [pool %s]\n%s", pool->name, buffer_text(&printer.sql));
    buffer_free(&printer.sql);
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

static int
print_grants(const struct config *config, struct db *db, const char *pool)
{
    enum db_outcome outcome;
    const struct catalog *catalog =
        catalog_load(config->arena, db, config, &outcome);

    if (!catalog) {
        fprintf(stderr, "byline: %s\n", db_message(db));
        return -1;
    }
    if (refuse_misfits(catalog) == -1)
        return -1;
    for (size_t i = 0; i < config->pool_count; i++)
        if (!pool || strcmp(config->pools[i].name, pool) == 0)
            print_pool(catalog, &config->pools[i]);
    return 0;
}

int
tool_grants(const struct tool_options *options)
{
    const struct config *config = tool_load(options);
    struct db *db;
    int result;

    if (!config)
        return TOOL_FAILED;
    if (options->pool && !config_find_pool(config, options->pool)) {
        fprintf(stderr, "byline: there is no [pool %s]\n", options->pool);
        return TOOL_FAILED;
    }
    db = tool_connect(config->migrations.database ? config->migrations.database
                                                  : config->pools[0].database);
    if (!db)
        return TOOL_FAILED;
    result = print_grants(config, db, options->pool);
    db_free(db);
    return result == 0 ? TOOL_OK : TOOL_FAILED;
}
