/* What the database role of a pool must be granted. */
#include "query/rights.h"

#include <string.h>

#include "query/fit.h"
#include "query/reach.h"
#include "query/write.h"

struct collector {
    struct arena *arena;
    const struct catalog *catalog;
    struct rights_table *tables;
    struct reach others;
};

static struct rights_table *
table_of(const struct collector *collector, const struct resource *resource)
{
    return &collector
                ->tables[resource - collector->catalog->config->resources];
}

static void
add(const struct collector *collector, struct rights_names *names,
    const char *name)
{
    if (!name || name[0] == '\0')
        return;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    names->items = arena_push(collector->arena, names->items, names->count,
                              sizeof *names->items);
    names->items[names->count++] = name;
}

/* --- reading --------------------------------------------------------- */

/* All that can be shown, the key, and who owns a row. */
static void
add_resource(const struct collector *collector,
             const struct resource *resource)
{
    struct rights_names *select = &table_of(collector, resource)->select;
    struct catalog_key key = catalog_key_of(collector->catalog, resource);

    for (size_t i = 0; i < resource->column_count; i++)
        add(collector, select, resource->columns[i].name);
    for (size_t i = 0; i < key.column_count; i++)
        add(collector, select, key.columns[i]);
    add(collector, select, resource->owner);
}

static void
add_relation(const struct collector *collector,
             const struct relation *relation)
{
    add(collector, &table_of(collector, relation->from)->select,
        relation->via);
    add(collector, &table_of(collector, relation->to)->select,
        fit_target_column(collector->catalog, relation));
}

/* What is no other pool's business, whether a route uses it or not: `check`
 * holds all of it against the database. */
static void
add_declared(const struct collector *collector)
{
    const struct config *config = collector->catalog->config;

    for (size_t i = 0; i < config->resource_count; i++)
        if (!collector->others.resources[i])
            add_resource(collector, &config->resources[i]);
    for (size_t i = 0; i < config->relation_count; i++)
        if (!collector->others.relations[i] &&
            !collector->others
                 .resources[config->relations[i].from - config->resources])
            add_relation(collector, &config->relations[i]);
}

static void
add_accounts(const struct collector *collector, const struct route *route)
{
    const struct accounts *accounts = &collector->catalog->config->accounts;
    unsigned traits = handler_rule(route->handler)->traits;
    struct rights_table *table;

    if (!accounts->resource)
        return;
    table = table_of(collector, accounts->resource);
    if (route->auth != ROUTE_AUTH_NONE ||
        (traits & (HANDLER_WRITES | HANDLER_LOGS_IN))) {
        add(collector, &table->select, accounts->role);
        add(collector, &table->select, accounts->since);
    }
    if (route->handler == HANDLER_LOG_IN)
        add(collector, &table->select, accounts->login);
    if (route->handler == HANDLER_LOG_IN ||
        route->handler == HANDLER_SET_PASSWORD)
        add(collector, &table->select, accounts->password);
    if (route->handler == HANDLER_SET_PASSWORD) {
        add(collector, &table->update, accounts->password);
        add(collector, &table->update, accounts->since);
    }
}

/* --- writing --------------------------------------------------------- */

/* What stands between the quotes of a literal. */
static const char *
unquote(struct arena *arena, const char *start, const char *end)
{
    char *text = arena_alloc(arena, (size_t)(end - start) + 1);
    size_t used = 0;

    while (start < end) {
        text[used++] = *start;
        start += start[0] == '\'' && start[1] == '\'' ? 2 : 1;
    }
    return text;
}

/* A default of a serial column is a call of nextval, which the role makes. */
static void
add_sequences(const struct collector *collector,
              const struct resource *resource)
{
    static const char start[] = "nextval('";
    const struct catalog_table *table =
        catalog_table(collector->catalog, resource);

    for (size_t i = 0; i < table->column_count; i++) {
        const char *sql = table->columns[i].default_sql;
        const char *end = sql ? strstr(sql, "'::regclass)") : NULL;

        if (end && strncmp(sql, start, sizeof start - 1) == 0)
            add(collector, &table_of(collector, resource)->sequences,
                unquote(collector->arena, sql + sizeof start - 1, end));
    }
}

/* What a statement keeps it reads. */
static void
add_written(const struct collector *collector, const struct route *route,
            const struct resource *resource, const char *column)
{
    struct rights_table *table = table_of(collector, resource);

    if (route->handler == HANDLER_CREATE) {
        add(collector, &table->insert, column);
        return;
    }
    add(collector, &table->update, column);
    add(collector, &table->select, column);
}

static void
add_owned(const struct collector *collector, const struct route *route,
          const struct relation *relation)
{
    const struct writables *writables = &relation->to->writables;
    struct rights_table *table = table_of(collector, relation->to);
    bool removes = route->handler == HANDLER_REMOVE;

    add_relation(collector, relation);
    add_written(collector, route, relation->from, relation->via);
    for (size_t i = 0; !removes && i < writables->count; i++) {
        add(collector, &table->insert, writables->items[i].column);
        if (route->handler != HANDLER_CREATE)
            add_written(collector, route, relation->to,
                        writables->items[i].column);
    }
    if (!removes)
        add_sequences(collector, relation->to);
    if (route->handler != HANDLER_CREATE)
        table->deletes = true;
}

/* What a new row is given besides what its body sets. */
static void
add_filled(const struct collector *collector, const struct route *route)
{
    struct rights_names *insert =
        &table_of(collector, route->resource)->insert;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            add(collector, insert, route->segments[i].text);
    add(collector, insert, route->viewer);
    if (write_fills_owner(collector->catalog, route))
        add(collector, insert, route->resource->owner);
    add_sequences(collector, route->resource);
}

static void
add_removed(const struct collector *collector, const struct route *route)
{
    const struct config *config = collector->catalog->config;

    table_of(collector, route->resource)->deletes = true;
    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].is_owned &&
            config->relations[i].from == route->resource)
            add_owned(collector, route, &config->relations[i]);
}

static void
add_write(const struct collector *collector, const struct route *route)
{
    if (route->handler == HANDLER_REMOVE) {
        add_removed(collector, route);
        return;
    }
    for (size_t i = 0; i < route->writables.count; i++) {
        const struct writable *writable = &route->writables.items[i];

        if (writable->owned)
            add_owned(collector, route, writable->owned);
        else
            add_written(collector, route, route->resource, writable->column);
    }
    if (route->handler == HANDLER_CREATE)
        add_filled(collector, route);
}

/* --- all of it ------------------------------------------------------- */

static void
add_route(const struct collector *collector, const struct route *route)
{
    struct rights_names *select;

    add_accounts(collector, route);
    if (!route->resource)
        return;
    select = &table_of(collector, route->resource)->select;
    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            add(collector, select, route->segments[i].text);
    for (size_t i = 0; i < route->sort_count; i++)
        add(collector, select, route->sort[i].column);
    add(collector, select, route->viewer);
    if (handler_rule(route->handler)->traits & HANDLER_WRITES)
        add_write(collector, route);
}

struct rights_table *
rights_of_pool(struct arena *arena, const struct catalog *catalog,
               const struct pool *pool)
{
    const struct config *config = catalog->config;
    struct collector collector = {
        .arena = arena,
        .catalog = catalog,
        .tables = arena_alloc(arena, (config->resource_count + 1) *
                                         sizeof *collector.tables),
        .others = reach_of_others(arena, config, pool),
    };

    add_declared(&collector);
    for (size_t i = 0; i < config->route_count; i++)
        if (config->routes[i].pool == pool)
            add_route(&collector, &config->routes[i]);
    return collector.tables;
}
