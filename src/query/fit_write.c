/* Whether routes can know who asks, and can write what they say. */
#include <string.h>

#include "query/fit.h"
#include "query/link.h"
#include "query/sql.h"
#include "query/write.h"

/* --- accounts -------------------------------------------------------- */

static int
fit_account_column(const struct catalog *catalog, const char *key,
                   const char *name, struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &catalog->config->accounts;

    if (name[0] == '\0')
        return 0;
    return fit_existing(catalog, accounts->resource, name,
                        ini_place(accounts->section, key), diagnostics)
               ? 0
               : -1;
}

/* Whether a token's key finds an account, and its role. */
static int
fit_viewer(const struct catalog *catalog, struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &catalog->config->accounts;

    if (catalog_table(catalog, accounts->resource)->oid == 0)
        return -1; /* said of the resource */
    if (catalog_key_of(catalog, accounts->resource).column_count != 1)
        return diagnostics_error(
            diagnostics, ini_place(accounts->section, "resource"),
            "%s needs a key of one column, for tokens to name",
            accounts->resource->name);
    if (fit_account_column(catalog, "role", accounts->role, diagnostics) == -1)
        return -1;
    return fit_account_column(catalog, "since", accounts->since, diagnostics);
}

/* Names that differ by case only would be one account to those who log in. */
static void
warn_of_twins(const struct catalog *catalog, struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &catalog->config->accounts;
    uint32_t oid = catalog_table(catalog, accounts->resource)->oid;
    struct buffer sql = {0};

    for (size_t i = 0; i < catalog->constraint_count; i++) {
        const struct catalog_constraint *known = &catalog->constraints[i];

        if (known->oid == oid && known->kind == 'u' &&
            known->column_count == 1 &&
            strcmp(known->columns[0], accounts->login) == 0)
            return;
    }
    buffer_append_text(&sql, "CREATE UNIQUE INDEX ON ");
    sql_append_table(&sql, accounts->resource);
    buffer_append_text(&sql, " (lower(");
    sql_append_identifier(&sql, accounts->login);
    diagnostics_warning(diagnostics, ini_place(accounts->section, "login"),
                        "nothing keeps two accounts from having one name: "
                        "%s));",
                        buffer_text(&sql));
    buffer_free(&sql);
}

/* Who logs in, or changes his password, is known by what only this pool can
 * read. */
static int
fit_secrets(const struct catalog *catalog, const struct route *route,
            struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &catalog->config->accounts;

    if (fit_account_column(catalog, "password", accounts->password,
                           diagnostics) == -1)
        return -1;
    if (route->handler != HANDLER_LOG_IN)
        return 0;
    warn_of_twins(catalog, diagnostics);
    return fit_account_column(catalog, "login", accounts->login, diagnostics);
}

int
fit_access(const struct catalog *catalog, const struct route *route,
           struct diagnostics *diagnostics)
{
    unsigned traits = handler_rule(route->handler)->traits;

    if (!catalog->config->accounts.resource)
        return 0;
    if (route->handler == HANDLER_LOG_OUT)
        return 0;
    if ((route->auth != ROUTE_AUTH_NONE ||
         (traits & (HANDLER_LOGS_IN | HANDLER_WRITES))) &&
        fit_viewer(catalog, diagnostics) == -1)
        return -1;
    return traits & HANDLER_LOGS_IN ? fit_secrets(catalog, route, diagnostics)
                                    : 0;
}

/* --- writing --------------------------------------------------------- */

/* What a route writes to, and where that is said. */
struct target {
    const struct catalog *catalog;
    const struct resource *resource;
    struct place place;
    struct diagnostics *diagnostics;
};

/* What the routes of [accounts] guard must not be had by another resource. */
static bool
is_guarded(const struct target *target, const char *name)
{
    const struct accounts *accounts = &target->catalog->config->accounts;

    return fit_is_accounts(target->catalog, target->resource) &&
           target->resource != accounts->resource &&
           (strcmp(name, accounts->password) == 0 ||
            strcmp(name, accounts->role) == 0 ||
            strcmp(name, accounts->since) == 0);
}

static int
fit_written(const struct target *target, const char *name)
{
    const struct catalog_column *column =
        fit_existing(target->catalog, target->resource, name, target->place,
                     target->diagnostics);

    if (!column)
        return -1;
    if (is_guarded(target, name))
        return diagnostics_error(
            target->diagnostics, target->place,
            "%s.%s is written through [resource %s] "
            "alone, which is that of [accounts]",
            target->resource->table, name,
            target->catalog->config->accounts.resource->name);
    if (column->is_computed)
        return diagnostics_error(target->diagnostics, target->place,
                                 "%s.%s is computed by the database, and no "
                                 "body can set it",
                                 target->resource->table, name);
    if (column->type.form == TYPE_HIDDEN)
        return diagnostics_error(target->diagnostics, target->place,
                                 "%s.%s is of type %s, which no body can set",
                                 target->resource->table, name,
                                 column->type_name);
    return 0;
}

/* A row that is owned: created, changed and removed with the other. */
/* Two rows with one owned row would change each other's. */
static void
warn_of_sharing(const struct target *target, const struct relation *relation)
{
    const struct catalog_table *table =
        catalog_table(target->catalog, relation->from);
    struct buffer sql = {0};

    for (size_t i = 0; i < table->key_count; i++)
        if (table->keys[i].column_count == 1 &&
            strcmp(table->keys[i].columns[0], relation->via.items[0]) == 0)
            return;
    buffer_append_text(&sql, "ALTER TABLE ");
    sql_append_table(&sql, relation->from);
    buffer_append_text(&sql, " ADD UNIQUE (");
    sql_append_identifier(&sql, relation->via.items[0]);
    diagnostics_warning(
        target->diagnostics, ini_place(relation->section, "owned"),
        "nothing keeps two rows from owning one: %s);", buffer_text(&sql));
    buffer_free(&sql);
}

static int
fit_owned(const struct target *target, const struct relation *relation)
{
    const struct writables *writables = &relation->to->writables;
    struct target owned = *target;
    int result = fit_written(target, relation->via.items[0]);

    warn_of_sharing(target, relation);
    owned.resource = relation->to;
    owned.place = ini_place(relation->to->section, "writable");
    for (size_t i = 0; i < writables->count; i++)
        if (writables->items[i].column &&
            fit_written(&owned, writables->items[i].column) == -1)
            result = -1;
    return result;
}

/* A key is an element of an array, and so of a single column, which is what
 * the table in between holds. */
static int
fit_key(const struct target *target, const struct relation *relation)
{
    const struct catalog *catalog = target->catalog;
    struct catalog_key key = catalog_key_of(catalog, relation->to);
    struct link beyond = link_beyond(catalog, relation);
    const struct catalog_column *column;

    if (key.column_count != 1 || beyond.count != 1 ||
        strcmp(beyond.far[0], key.columns[0]) != 0)
        return diagnostics_error(
            target->diagnostics, target->place,
            "a body names rows by a key of one column, which %s must have "
            "and %s must hold",
            relation->to->name, relation->through->table);
    column =
        catalog_column(catalog_table(catalog, relation->to), key.columns[0]);
    if (!column)
        return -1; /* said of the resource */
    if (column->type.form == TYPE_HIDDEN ||
        column->type.input == TYPE_INPUT_JSON ||
        column->type.input == TYPE_INPUT_FROM_JSON)
        return diagnostics_error(target->diagnostics, target->place,
                                 "%s.%s is of type %s, which no body can set",
                                 relation->to->table, column->name,
                                 column->type_name);
    return 0;
}

/* Whether both keys are all that a row in between needs. */
static int
fit_between(const struct target *target, const struct relation *relation)
{
    const struct catalog_table *table =
        catalog_table(target->catalog, relation->through);
    const struct names *names = &relation->through_columns;
    int result = 0;

    for (size_t i = 0; i < names->count; i++)
        if (fit_written(target, names->items[i]) == -1)
            result = -1;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct catalog_column *column = &table->columns[i];
        bool is_given = column->default_sql || column->is_computed;

        for (size_t k = 0; k < names->count; k++)
            is_given = is_given || strcmp(names->items[k], column->name) == 0;
        if (column->refuses_null && !is_given)
            result = diagnostics_error(
                target->diagnostics, target->place,
                "%s.%s needs a value, of which a set of keys has none",
                relation->through->table, column->name);
    }
    return result;
}

/* Nothing but the lock of the row keeps a pair from being there twice. */
static void
warn_of_pairs(const struct target *target, const struct relation *relation)
{
    const struct names *names = &relation->through_columns;
    struct buffer sql = {0};

    if (catalog_table(target->catalog, relation->through)->is_view ||
        write_set_key(target->catalog, relation))
        return;
    buffer_append_text(&sql, "ALTER TABLE ");
    sql_append_table(&sql, relation->through);
    buffer_append_text(&sql, " ADD UNIQUE (");
    for (size_t i = 0; i < names->count; i++) {
        buffer_append_text(&sql, i > 0 ? ", " : "");
        sql_append_identifier(&sql, names->items[i]);
    }
    diagnostics_warning(target->diagnostics, target->place,
                        "nothing keeps a pair from being there twice: %s);",
                        buffer_text(&sql));
    buffer_free(&sql);
}

static int
fit_set(const struct target *target, const struct relation *relation)
{
    struct target between = *target;

    between.resource = relation->through;
    between.place = ini_place(relation->section, "set");
    if (catalog_table(target->catalog, relation->to)->oid == 0 ||
        catalog_table(target->catalog, relation->through)->oid == 0)
        return -1; /* said of the resource */
    if (fit_key(&between, relation) == -1 ||
        fit_between(&between, relation) == -1)
        return -1;
    warn_of_pairs(&between, relation);
    return 0;
}

/* Whether a row is given anything but sets. */
static bool
has_own_part(const struct target *target, const struct route *route)
{
    for (size_t i = 0; i < route->writables.count; i++)
        if (!route->writables.items[i].set)
            return true;
    if (route->handler != HANDLER_CREATE)
        return write_touched(target->catalog, route) != NULL;
    return route->parameter_count > 0 || route->viewer[0] != '\0' ||
           write_fills_owner(target->catalog, route);
}

/* A row of which only sets are written is locked by writing it. */
static int
fit_own_part(const struct target *target, const struct route *route)
{
    if (has_own_part(target, route))
        return 0;
    return diagnostics_error(target->diagnostics, target->place,
                             "only sets would be written, and no column of "
                             "%s with them",
                             target->resource->table);
}

/* What is filled without a body: path, viewer and owner. */
static int
fit_filled(const struct target *target, const struct route *route)
{
    int result = 0;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter &&
            fit_written(target, route->segments[i].text) == -1)
            result = -1;
    if (route->viewer[0] != '\0' && fit_written(target, route->viewer) == -1)
        result = -1;
    if (write_fills_owner(target->catalog, route) &&
        fit_written(target, route->resource->owner) == -1)
        result = -1;
    return result;
}

/* The path of what was written, of which another pool may have the route. */
static int
fit_location(const struct target *target, const struct route *answer)
{
    int result = 0;

    for (size_t i = 0; answer && i < answer->segment_count; i++)
        if (answer->segments[i].is_parameter &&
            !fit_column(
                target->catalog, target->resource, answer->segments[i].text,
                ini_place(answer->section, "match"), target->diagnostics))
            result = -1;
    return result;
}

static int
fit_writable(const struct target *target, const struct writable *writable)
{
    if (writable->owned)
        return fit_owned(target, writable->owned);
    if (writable->set)
        return fit_set(target, writable->set);
    return fit_written(target, writable->column);
}

/* Nobody could name a version of what has none. */
static int
fit_if_match(const struct target *target, const struct route *route)
{
    if (route->if_match == ROUTE_IF_MATCH_OPTIONAL ||
        !catalog_table(target->catalog, target->resource)->is_view)
        return 0;
    return diagnostics_error(
        target->diagnostics, ini_place(route->section, "if_match"),
        "%s is a view, and its rows have no version that a request could name",
        target->resource->table);
}

int
fit_write(const struct catalog *catalog, const struct route *route,
          struct diagnostics *diagnostics)
{
    const struct target target = {
        .catalog = catalog,
        .resource = route->resource,
        .place = ini_place(route->section, "resource"),
        .diagnostics = diagnostics,
    };
    struct target listed = target;
    int result = fit_location(&target, route->answer);

    if (fit_if_match(&target, route) == -1)
        result = -1;
    if (!(handler_rule(route->handler)->traits & HANDLER_SETS))
        return result;
    listed.place = ini_find(route->section, "writable")
                       ? ini_place(route->section, "writable")
                       : ini_place(route->resource->section, "writable");
    for (size_t i = 0; i < route->writables.count; i++)
        if (fit_writable(&listed, &route->writables.items[i]) == -1)
            result = -1;
    if (fit_own_part(&listed, route) == -1)
        result = -1;
    if (route->handler == HANDLER_CREATE && fit_filled(&target, route) == -1)
        result = -1;
    return result;
}
