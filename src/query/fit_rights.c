/* Whether the database role has the rights that query/rights.c lists. */
#include <string.h>

#include "query/fit.h"
#include "query/rights.h"

/* A table of a resource, and what is needed of it. */
struct needs {
    const struct resource *resource;
    const struct catalog_table *table;
    const struct rights_table *rights;
    struct diagnostics *diagnostics;
};

static int
lack_column(const struct needs *needs, const char *verb,
            const struct rights_name *name)
{
    return diagnostics_error(needs->diagnostics, name->place,
                             "the database role may not %s %s.%s "
                             "(`byline grants` prints what it needs)",
                             verb, needs->resource->table, name->name);
}

static bool
is_readable(const struct catalog_column *column)
{
    return column->is_readable;
}

static bool
is_insertable(const struct catalog_column *column)
{
    return column->is_insertable;
}

static bool
is_updatable(const struct catalog_column *column)
{
    return column->is_updatable;
}

/* Of a row's version, which is no column like the others. */
static bool
lacks_version(const struct needs *needs, const struct rights_name *name)
{
    return strcmp(name->name, CATALOG_VERSION) == 0 &&
           !needs->table->is_view && !needs->table->is_version_readable;
}

/* A column that is not there was told of before. */
static int
fit_columns(const struct needs *needs, const struct rights_names *names,
            const char *verb,
            bool (*is_granted)(const struct catalog_column *column))
{
    int result = 0;

    for (size_t i = 0; i < names->count; i++) {
        const struct catalog_column *column =
            catalog_column(needs->table, names->items[i].name);

        if (column ? !is_granted(column)
                   : lacks_version(needs, &names->items[i]))
            result = lack_column(needs, verb, &names->items[i]);
    }
    return result;
}

static int
fit_lock(const struct needs *needs)
{
    const struct rights_name *lock = &needs->rights->lock;

    if (!lock->name)
        return 0;
    for (size_t i = 0; i < needs->table->column_count; i++)
        if (needs->table->columns[i].is_updatable)
            return 0;
    return lack_column(needs, "write", lock);
}

static int
fit_deletes(const struct needs *needs)
{
    if (!needs->rights->deletes || needs->table->is_deletable)
        return 0;
    return diagnostics_error(needs->diagnostics, needs->rights->deletes_place,
                             "the database role may not delete from %s "
                             "(`byline grants` prints what it needs)",
                             needs->resource->table);
}

static bool
is_usable(const struct catalog_table *table, const char *sequence)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].sequence &&
            strcmp(table->columns[i].sequence, sequence) == 0)
            return table->columns[i].is_sequence_usable;
    return true;
}

static int
fit_sequences(const struct needs *needs)
{
    const struct rights_names *sequences = &needs->rights->sequences;
    int result = 0;

    for (size_t i = 0; i < sequences->count; i++)
        if (!is_usable(needs->table, sequences->items[i].name))
            result = diagnostics_error(
                needs->diagnostics, sequences->items[i].place,
                "the database role may not use the sequence %s "
                "(`byline grants` prints what it needs)",
                sequences->items[i].name);
    return result;
}

static int
fit_table(const struct needs *needs)
{
    const struct rights_table *rights = needs->rights;
    int result = 0;

    if (fit_columns(needs, &rights->select, "read", is_readable) == -1)
        result = -1;
    if (fit_columns(needs, &rights->insert, "write", is_insertable) == -1)
        result = -1;
    if (fit_columns(needs, &rights->update, "write", is_updatable) == -1)
        result = -1;
    if (fit_lock(needs) == -1)
        result = -1;
    if (fit_sequences(needs) == -1)
        result = -1;
    return fit_deletes(needs) == -1 ? -1 : result;
}

/* Frees what was collected. */
static int
fit_rights(const struct rights *rights, struct diagnostics *diagnostics)
{
    const struct config *config = rights->catalog->config;
    int result = 0;

    for (size_t i = 0; i < config->resource_count; i++) {
        const struct needs needs = {
            .resource = &config->resources[i],
            .table = &rights->catalog->tables[i],
            .rights = &rights->tables[i],
            .diagnostics = diagnostics,
        };

        if (fit_table(&needs) == -1)
            result = -1;
    }
    arena_free(rights->arena);
    return result;
}

int
fit_resource_rights(const struct catalog *catalog,
                    const struct resource *resource,
                    struct diagnostics *diagnostics)
{
    struct rights rights = rights_new(arena_new(), catalog);

    rights_add_resource(&rights, resource);
    return fit_rights(&rights, diagnostics);
}

int
fit_relation_rights(const struct catalog *catalog,
                    const struct relation *relation,
                    struct diagnostics *diagnostics)
{
    struct rights rights = rights_new(arena_new(), catalog);

    rights_add_relation(&rights, relation);
    return fit_rights(&rights, diagnostics);
}

int
fit_route_rights(const struct catalog *catalog, const struct route *route,
                 struct diagnostics *diagnostics)
{
    struct rights rights = rights_new(arena_new(), catalog);

    rights_add_route(&rights, route);
    return fit_rights(&rights, diagnostics);
}
