/* What the database role of a pool must be granted. */
#include "query/rights.h"

#include <string.h>

#include "base/sql_scan.h"
#include "query/claim.h"
#include "query/fit.h"
#include "query/link.h"
#include "query/reach.h"
#include "query/write.h"

struct rights
rights_new(struct arena *arena, const struct catalog *catalog)
{
    return (struct rights){
        .arena = arena,
        .catalog = catalog,
        .tables = arena_alloc(arena, (catalog->config->resource_count + 1) *
                                         sizeof(struct rights_table)),
    };
}

static struct rights_table *
table_of(const struct rights *rights, const struct resource *resource)
{
    return &rights->tables[resource - rights->catalog->config->resources];
}

static void
add(struct rights *rights, struct rights_names *names, const char *name,
    struct place place)
{
    if (!name || name[0] == '\0')
        return;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i].name, name) == 0)
            return;
    names->items = arena_push(rights->arena, names->items, names->count,
                              sizeof *names->items);
    names->items[names->count++] = (struct rights_name){name, place};
}

/* --- resources and relations ----------------------------------------- */

/* The columns that a predicate names, and perhaps some that it does not. */
static void
add_predicate(struct rights *rights, const struct resource *resource,
              const char *predicate, struct place place)
{
    const struct catalog_table *table =
        catalog_table(rights->catalog, resource);
    struct sql_scan scan;
    struct sql_token token;

    sql_scan_start(&scan, predicate, strlen(predicate));
    while (sql_scan_next(&scan, &token))
        for (size_t i = 0; i < table->column_count; i++)
            if (token.kind == SQL_TOKEN_IDENTIFIER &&
                sql_token_is(&token, table->columns[i].name))
                add(rights, &table_of(rights, resource)->select,
                    table->columns[i].name, place);
}

void
rights_add_resource(struct rights *rights, const struct resource *resource)
{
    struct rights_names *select = &table_of(rights, resource)->select;
    struct catalog_key key = catalog_key_of(rights->catalog, resource);
    struct place place =
        ini_place(resource->section, resource->key_count > 0 ? "key" : NULL);

    for (size_t i = 0; i < resource->column_count; i++)
        add(rights, select, resource->columns[i].name,
            ini_place(resource->section, "columns"));
    for (size_t i = 0; i < key.column_count; i++)
        add(rights, select, key.columns[i], place);
    add(rights, select, resource->owner,
        ini_place(resource->section, "owner"));
    add_predicate(rights, resource, resource->where,
                  ini_place(resource->section, "where"));
}

static void
add_link(struct rights *rights, const struct relation *relation,
         const struct resource *near, struct link link,
         const struct resource *far)
{
    struct place place =
        ini_place(relation->section, relation->through ? "through" : "via");

    for (size_t i = 0; i < link.count; i++) {
        add(rights, &table_of(rights, near)->select, link.near[i], place);
        add(rights, &table_of(rights, far)->select, link.far[i], place);
    }
}

void
rights_add_relation(struct rights *rights, const struct relation *relation)
{
    struct link link = link_of(rights->catalog, relation);

    add_predicate(rights, relation->to, relation->where,
                  ini_place(relation->section, "where"));
    if (!relation->through) {
        add_link(rights, relation, relation->from, link, relation->to);
        return;
    }
    add_link(rights, relation, relation->from, link, relation->through);
    add_link(rights, relation, relation->through,
             link_beyond(rights->catalog, relation), relation->to);
}

/* What is no other pool's business, whether a route uses it or not: `check`
 * holds all of it against the database. */
static void
add_declared(struct rights *rights, const struct pool *pool)
{
    const struct config *config = rights->catalog->config;
    struct reach others = reach_of_others(rights->arena, config, pool);

    for (size_t i = 0; i < config->resource_count; i++)
        if (!others.resources[i])
            rights_add_resource(rights, &config->resources[i]);
    for (size_t i = 0; i < config->relation_count; i++)
        if (!others.relations[i])
            rights_add_relation(rights, &config->relations[i]);
}

/* --- accounts -------------------------------------------------------- */

/* Who asks, by a token, or by what a write left for its answer. */
static void
add_viewer(struct rights *rights, const struct route *route)
{
    const struct accounts *accounts = &rights->catalog->config->accounts;
    struct catalog_key key =
        catalog_key_of(rights->catalog, accounts->resource);
    struct rights_names *select =
        &table_of(rights, accounts->resource)->select;
    unsigned traits = handler_rule(route->handler)->traits;

    if (route->auth == ROUTE_AUTH_NONE &&
        !(traits & (HANDLER_SETS | HANDLER_LOGS_IN)))
        return;
    add(rights, select, key.columns[0],
        ini_place(accounts->section, "resource"));
    add(rights, select, accounts->role, ini_place(accounts->section, "role"));
    if (route->auth != ROUTE_AUTH_NONE || (traits & HANDLER_LOGS_IN))
        add(rights, select, accounts->since,
            ini_place(accounts->section, "since"));
}

static void
add_accounts(struct rights *rights, const struct route *route)
{
    const struct accounts *accounts = &rights->catalog->config->accounts;
    struct rights_table *table;
    struct place password;

    if (!accounts->resource || route->handler == HANDLER_LOG_OUT)
        return;
    table = table_of(rights, accounts->resource);
    password = ini_place(accounts->section, "password");
    add_viewer(rights, route);
    if (!(handler_rule(route->handler)->traits & HANDLER_LOGS_IN))
        return;
    add(rights, &table->select, accounts->password, password);
    if (route->handler == HANDLER_LOG_IN) {
        add(rights, &table->select, accounts->login,
            ini_place(accounts->section, "login"));
        return;
    }
    add(rights, &table->update, accounts->password, password);
    add(rights, &table->update, accounts->since,
        ini_place(accounts->section, "since"));
}

/* --- writing --------------------------------------------------------- */

/* What a route writes of one table, and where that is said. */
struct writing {
    struct rights *rights;
    const struct route *route;
    const struct resource *resource;
    struct rights_table *table;
    struct place place;
};

static struct writing
writing_of(struct rights *rights, const struct route *route)
{
    const struct ini_section *own = route->section;

    return (struct writing){
        .rights = rights,
        .route = route,
        .resource = route->resource,
        .table = table_of(rights, route->resource),
        .place = ini_find(own, "writable")
                     ? ini_place(own, "writable")
                     : ini_place(route->resource->section, "writable"),
    };
}

/* The default of a serial column takes a number, and the role with it. */
static void
add_sequence(const struct writing *writing,
             const struct catalog_column *column)
{
    if (column)
        add(writing->rights, &writing->table->sequences, column->sequence,
            writing->place);
}

static void
add_sequences(const struct writing *writing)
{
    const struct catalog_table *table =
        catalog_table(writing->rights->catalog, writing->resource);

    for (size_t i = 0; i < table->column_count; i++)
        add_sequence(writing, &table->columns[i]);
}

static bool
is_guarded(const struct writable *writable)
{
    return writable->role[0] != '\0';
}

/* What is not there in the body is read to be kept, or gets its default. */
static void
add_changed(const struct writing *writing, const struct writable *writable)
{
    const struct catalog_table *table =
        catalog_table(writing->rights->catalog, writing->resource);
    add(writing->rights, &writing->table->update, writable->column,
        writing->place);
    if (writing->route->handler == HANDLER_UPDATE || is_guarded(writable))
        add(writing->rights, &writing->table->select, writable->column,
            writing->place);
    else
        add_sequence(writing, catalog_column(table, writable->column));
}

static void
add_set(const struct writing *writing, const struct writable *writable)
{
    if (writing->route->handler == HANDLER_CREATE)
        add(writing->rights, &writing->table->insert, writable->column,
            writing->place);
    else
        add_changed(writing, writable);
}

/* The owned row itself: it is created where there was none. */
static void
add_owned_row(const struct writing *writing)
{
    const struct writables *writables = &writing->resource->writables;

    for (size_t i = 0; i < writables->count; i++) {
        if (!writables->items[i].column)
            continue;
        add(writing->rights, &writing->table->insert,
            writables->items[i].column, writing->place);
        add_set(writing, &writables->items[i]);
    }
    add_sequences(writing);
}

static void
add_deletes(struct rights_table *table, struct place place)
{
    if (!table->deletes)
        table->deletes_place = place;
    table->deletes = true;
}

static void
add_owned(const struct writing *writing, const struct relation *relation)
{
    const struct writing owned = {
        .rights = writing->rights,
        .route = writing->route,
        .resource = relation->to,
        .table = table_of(writing->rights, relation->to),
        .place = ini_place(relation->to->section, "writable"),
    };
    const struct writable via = {.column = relation->via.items[0], .role = ""};

    rights_add_relation(writing->rights, relation);
    add_set(writing, &via);
    add_owned_row(&owned);
    if (writing->route->handler != HANDLER_CREATE)
        add_deletes(owned.table, owned.place);
}

/* Rows of the table in between come, and those of a row that was there go. */
static void
add_keys(const struct writing *writing, const struct relation *relation)
{
    const struct writing between = {
        .rights = writing->rights,
        .route = writing->route,
        .resource = relation->through,
        .table = table_of(writing->rights, relation->through),
        .place = ini_place(relation->section, "set"),
    };

    rights_add_relation(writing->rights, relation);
    for (size_t i = 0; i < relation->through_columns.count; i++)
        add(between.rights, &between.table->insert,
            relation->through_columns.items[i], between.place);
    add_sequences(&between);
    if (writing->route->handler != HANDLER_CREATE)
        add_deletes(between.table, between.place);
}

/* What a new row is given besides what its body sets. */
static void
add_filled(const struct writing *writing)
{
    const struct route *route = writing->route;
    struct rights *rights = writing->rights;
    struct rights_names *insert = &writing->table->insert;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            add(rights, insert, route->segments[i].text,
                ini_place(route->section, "match"));
    add(rights, insert, route->viewer, ini_place(route->section, "viewer"));
    if (write_fills_owner(rights->catalog, route))
        add(rights, insert, route->resource->owner,
            ini_place(route->resource->section, "owner"));
    add_sequences(writing);
}

/* A row that owns others is locked before it goes, and FOR UPDATE needs
 * UPDATE. */
static void
add_removed(struct rights *rights, const struct route *route)
{
    const struct config *config = rights->catalog->config;
    struct place place = ini_place(route->section, "resource");
    struct rights_table *table = table_of(rights, route->resource);

    add_deletes(table, place);
    for (size_t i = 0; i < config->relation_count; i++) {
        const struct relation *relation = &config->relations[i];

        if (!relation->is_owned || relation->from != route->resource)
            continue;
        rights_add_relation(rights, relation);
        add_deletes(table_of(rights, relation->to), place);
        if (!table->lock.name)
            table->lock = (struct rights_name){relation->via.items[0], place};
    }
}

static void
add_write(struct rights *rights, const struct route *route)
{
    const struct writing writing = writing_of(rights, route);
    const char *touched = write_touched(rights->catalog, route);

    for (size_t i = 0; i < route->writables.count; i++) {
        const struct writable *writable = &route->writables.items[i];

        if (writable->owned)
            add_owned(&writing, writable->owned);
        else if (writable->set)
            add_keys(&writing, writable->set);
        else
            add_set(&writing, writable);
    }
    add(rights, &writing.table->update, touched, writing.place);
    add(rights, &writing.table->select, touched, writing.place);
    if (route->handler == HANDLER_CREATE)
        add_filled(&writing);
}

/* A claim is found, kept, and replaced or removed when it has expired. */
static void
add_claims(struct rights *rights, const struct route *route)
{
    struct rights_table *table =
        table_of(rights, rights->catalog->config->idempotency.resource);
    struct place place = ini_place(route->section, "idempotent");

    for (size_t i = 0; i < CLAIM_COLUMNS; i++) {
        add(rights, &table->select, claim_columns[i].name, place);
        add(rights, &table->insert, claim_columns[i].name, place);
        if (i >= CLAIM_KEY_COLUMNS)
            add(rights, &table->update, claim_columns[i].name, place);
    }
    add_deletes(table, place);
}

/* The path of what was written is made of what is there then. */
static void
add_location(struct rights *rights, const struct route *route)
{
    const struct route *answer = route->answer;
    struct rights_names *select = &table_of(rights, route->resource)->select;
    struct place place = ini_place(
        route->section,
        ini_find(route->section, "location") ? "location" : "resource");

    for (size_t i = 0; answer && i < answer->segment_count; i++)
        if (answer->segments[i].is_parameter)
            add(rights, select, answer->segments[i].text, place);
}

/* --- all of it ------------------------------------------------------- */

/* The columns by which rows are found, and their order. */
static void
add_found(struct rights *rights, const struct route *route)
{
    struct rights_names *select = &table_of(rights, route->resource)->select;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            add(rights, select, route->segments[i].text,
                ini_place(route->section, "match"));
    for (size_t i = 0; i < route->sort_count; i++)
        add(rights, &table_of(rights, route->sort[i].path.resource)->select,
            route->sort[i].path.column->name,
            ini_place(route->section, "sort"));
    add(rights, select, route->viewer, ini_place(route->section, "viewer"));
    add(rights, select, route->search, ini_place(route->section, "search"));
    add_predicate(rights, route->resource, route->where,
                  ini_place(route->section, "where"));
}

/* What the tag of a row begins with. */
static void
add_version(struct rights *rights, const struct route *route)
{
    unsigned traits = handler_rule(route->handler)->traits;
    const struct catalog_table *table =
        catalog_table(rights->catalog, route->resource);

    if ((traits & (HANDLER_BY_KEY | HANDLER_WRITES)) && !table->is_view)
        add(rights, &table_of(rights, route->resource)->select,
            CATALOG_VERSION, ini_place(route->section, "resource"));
}

void
rights_add_route(struct rights *rights, const struct route *route)
{
    unsigned traits = handler_rule(route->handler)->traits;

    add_accounts(rights, route);
    if (!route->resource)
        return;
    add_version(rights, route);
    if (route->handler != HANDLER_CREATE)
        add_found(rights, route);
    if (traits & HANDLER_SETS) {
        add_write(rights, route);
        add_location(rights, route);
        if (route->is_idempotent)
            add_claims(rights, route);
    } else if (traits & HANDLER_WRITES) {
        add_removed(rights, route);
    }
}

struct rights
rights_of_pool(struct arena *arena, const struct catalog *catalog,
               const struct pool *pool)
{
    const struct config *config = catalog->config;
    struct rights rights = rights_new(arena, catalog);

    add_declared(&rights, pool);
    for (size_t i = 0; i < config->route_count; i++)
        if (config->routes[i].pool == pool)
            rights_add_route(&rights, &config->routes[i]);
    for (size_t i = 0; i < config->resource_count; i++) {
        struct rights_table *table = &rights.tables[i];

        if (table->update.count == 0)
            add(&rights, &table->update, table->lock.name, table->lock.place);
    }
    return rights;
}
