/* Finding what the database knows about the tables of the resources. */
#include "db/catalog.h"

#include <string.h>

const struct catalog_table *
catalog_table(const struct catalog *catalog, const struct resource *resource)
{
    return &catalog->tables[resource - catalog->config->resources];
}

const struct catalog_column *
catalog_column(const struct catalog_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

struct catalog_key
catalog_key_of(const struct catalog *catalog, const struct resource *resource)
{
    const struct catalog_table *table = catalog_table(catalog, resource);

    if (resource->key_count > 0)
        return (struct catalog_key){.columns = resource->key,
                                    .column_count = resource->key_count};
    if (table->key_count > 0 && table->keys[0].is_primary)
        return table->keys[0];
    return (struct catalog_key){0};
}

static bool
is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool
catalog_key_is_within(const struct catalog_key *key,
                      const char *const *columns, size_t count)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!is_among(key->columns[i], columns, count))
            return false;
    return key->column_count > 0;
}

static bool
are_equal(const char *const *left, const char *const *right, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(left[i], right[i]) != 0)
            return false;
    return true;
}

const struct catalog_foreign_key *
catalog_foreign_key(const struct catalog_table *table,
                    const char *const *columns, size_t count, uint32_t to_oid)
{
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct catalog_foreign_key *key = &table->foreign_keys[i];

        if (key->column_count == count && key->to_oid == to_oid &&
            are_equal(key->columns, columns, count))
            return key;
    }
    return NULL;
}

bool
catalog_has_foreign_key_mixed(const struct catalog_table *table,
                              const char *const *columns, size_t count,
                              uint32_t to_oid)
{
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct catalog_foreign_key *key = &table->foreign_keys[i];
        size_t found = 0;

        while (found < count &&
               is_among(columns[found], key->columns, key->column_count))
            found++;
        if (found == count && key->column_count == count &&
            key->to_oid == to_oid && !are_equal(key->columns, columns, count))
            return true;
    }
    return false;
}
