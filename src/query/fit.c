/* Whether resources and relations fit the database. */
#include "query/fit.h"

#include <string.h>

#include "base/suggest.h"

bool
fit_is_accounts(const struct catalog *catalog, const struct resource *resource)
{
    const struct resource *accounts = catalog->config->accounts.resource;

    return accounts && catalog_table(catalog, accounts)->oid ==
                           catalog_table(catalog, resource)->oid;
}

bool
fit_is_password(const struct catalog *catalog, const struct resource *resource,
                const char *name)
{
    return fit_is_accounts(catalog, resource) &&
           strcmp(name, catalog->config->accounts.password) == 0;
}

const struct catalog_column *
fit_column(const struct catalog *catalog, const struct resource *resource,
           const char *name, struct place place,
           struct diagnostics *diagnostics)
{
    if (fit_is_password(catalog, resource, name)) {
        diagnostics_error(diagnostics, place,
                          "%s.%s is the password of [accounts], which only "
                          "a log-in reads",
                          resource->table, name);
        return NULL;
    }
    return fit_existing(catalog, resource, name, place, diagnostics);
}

const struct catalog_column *
fit_existing(const struct catalog *catalog, const struct resource *resource,
             const char *name, struct place place,
             struct diagnostics *diagnostics)
{
    const struct catalog_table *table = catalog_table(catalog, resource);
    const struct catalog_column *column = catalog_column(table, name);
    struct suggestion suggestion = suggest_start(name);

    if (column)
        return column;
    for (size_t i = 0; i < table->column_count; i++)
        suggest_offer(&suggestion, table->columns[i].name);
    diagnostics_error(diagnostics, place, "%s has no column \"%s\"%s",
                      resource->table, name,
                      suggest_clause(diagnostics->arena, &suggestion));
    return NULL;
}

/* Whether a declared key identifies a row, as far as the database knows: a
 * view has no keys. */
static bool
is_key_unique(const struct catalog_table *table,
              const struct resource *resource)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (catalog_key_is_within(&table->keys[i], resource->key,
                                  resource->key_count))
            return true;
    return table->is_view || resource->key_count == 0;
}

static int
fit_key(const struct catalog *catalog, const struct resource *resource,
        struct diagnostics *diagnostics)
{
    struct place place = ini_place(resource->section, "key");
    struct catalog_key key = catalog_key_of(catalog, resource);
    int result = 0;

    for (size_t i = 0; i < key.column_count; i++) {
        const struct column *column =
            config_find_column(resource, key.columns[i]);

        if (column && column->is_private)
            result = diagnostics_error(
                diagnostics, ini_place(resource->section, "private"),
                "%s is in the key, which paths and orders show", column->name);
    }
    for (size_t i = 0; i < resource->key_count; i++)
        if (!fit_column(catalog, resource, resource->key[i], place,
                        diagnostics))
            result = -1;
    if (result == 0 &&
        !is_key_unique(catalog_table(catalog, resource), resource))
        return diagnostics_error(diagnostics, place,
                                 "no unique key of %s is among these columns",
                                 resource->table);
    return result;
}

int
fit_resource(const struct catalog *catalog, const struct resource *resource,
             struct diagnostics *diagnostics)
{
    struct place place = ini_place(resource->section, "columns");
    int result = 0;

    if (catalog_table(catalog, resource)->oid == 0)
        return diagnostics_error(
            diagnostics, ini_place(resource->section, NULL),
            "the database has no table \"%s\"%s%s", resource->table,
            resource->schema ? " in schema " : "",
            resource->schema ? resource->schema : "");
    for (size_t i = 0; i < resource->column_count; i++) {
        const struct catalog_column *column = fit_column(
            catalog, resource, resource->columns[i].name, place, diagnostics);

        if (!column)
            result = -1;
        else if (column->type.form == TYPE_HIDDEN)
            result = diagnostics_error(
                diagnostics, place, "%s is of type %s, which cannot be shown",
                column->name, column->type_name);
    }
    if (resource->owner[0] != '\0' &&
        !fit_column(catalog, resource, resource->owner,
                    ini_place(resource->section, "owner"), diagnostics))
        result = -1;
    return fit_key(catalog, resource, diagnostics) == -1 ? -1 : result;
}

/* The parameters of the path of one row must identify it. */
static int
fit_unique(const struct catalog *catalog, const struct route *route,
           struct diagnostics *diagnostics)
{
    const struct catalog_table *table =
        catalog_table(catalog, route->resource);
    struct catalog_key own = catalog_key_of(catalog, route->resource);
    const char **names = arena_alloc(
        diagnostics->arena, (route->parameter_count + 2) * sizeof *names);
    size_t count = 0;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            names[count++] = route->segments[i].text;
    if (route->viewer[0] != '\0')
        names[count++] = route->viewer;
    if (catalog_key_is_within(&own, names, count))
        return 0;
    for (size_t i = 0; i < table->key_count; i++)
        if (catalog_key_is_within(&table->keys[i], names, count))
            return 0;
    return diagnostics_error(diagnostics, ini_place(route->section, "match"),
                             "the parameters are no unique key of %s",
                             route->resource->name);
}

/* The columns that the path of a route, and its viewer, name. */
static int
fit_route_columns(const struct catalog *catalog, const struct route *route,
                  struct diagnostics *diagnostics)
{
    int result = 0;

    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter &&
            !fit_column(catalog, route->resource, route->segments[i].text,
                        ini_place(route->section, "match"), diagnostics))
            result = -1;
    if (route->viewer[0] != '\0' &&
        !fit_column(catalog, route->resource, route->viewer,
                    ini_place(route->section, "viewer"), diagnostics))
        result = -1;
    return result;
}

int
fit_route(const struct catalog *catalog, const struct route *route,
          struct diagnostics *diagnostics)
{
    const struct resource *resource = route->resource;

    if (catalog_table(catalog, resource)->oid == 0)
        return -1; /* said of the resource */
    if (fit_route_columns(catalog, route, diagnostics) == -1 ||
        fit_asked(catalog, route, diagnostics) == -1)
        return -1;
    if (catalog_key_of(catalog, resource).column_count == 0)
        return diagnostics_error(
            diagnostics, ini_place(route->section, "resource"),
            "%s has no primary key and declares no key", resource->name);
    if (handler_rule(route->handler)->traits & HANDLER_BY_KEY)
        return fit_unique(catalog, route, diagnostics);
    return 0;
}
