/* What the database knows about the tables of the resources. */
#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"

/* $1 is a JSON array of [schema or null, table], one a resource. */
#define WITH_TABLES                                          \
    "WITH tables AS ("                                       \
    "  SELECT wanted.place - 1 AS place, c.oid"              \
    "  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY" \
    "       AS wanted (pair, place)"                         \
    "  JOIN pg_class AS c ON c.relname = wanted.pair ->> 1"  \
    "  JOIN pg_namespace AS n ON n.oid = c.relnamespace"     \
    "  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"         \
    "    AND CASE WHEN wanted.pair ->> 0 IS NULL"            \
    "             THEN pg_table_is_visible(c.oid)"           \
    "             ELSE n.nspname = wanted.pair ->> 0 END)"

static const char columns_sql[] =
    WITH_TABLES "SELECT tables.place, tables.oid, a.attname,"
                "       format_type(a.atttypid, a.atttypmod), a.atttypid,"
                "       base.oid, base.typtype, base.typcategory,"
                "       base.typnamespace = 'pg_catalog'::regnamespace,"
                "       a.attnotnull, c.relrowsecurity,"
                "       has_column_privilege(tables.oid, a.attnum, 'SELECT')"
                "  FROM tables"
                "  JOIN pg_class AS c ON c.oid = tables.oid"
                "  JOIN pg_attribute AS a ON a.attrelid = tables.oid"
                " CROSS JOIN LATERAL ("
                "       WITH RECURSIVE beneath (oid) AS ("
                "           SELECT a.atttypid"
                "           UNION ALL"
                "           SELECT t.typbasetype FROM beneath"
                "           JOIN pg_type AS t ON t.oid = beneath.oid"
                "           WHERE t.typtype = 'd')"
                "       SELECT t.* FROM beneath"
                "       JOIN pg_type AS t ON t.oid = beneath.oid"
                "       WHERE t.typtype <> 'd') AS base"
                " WHERE a.attnum > 0 AND NOT a.attisdropped"
                " ORDER BY tables.place, a.attnum";

enum {
    COLUMN_PLACE,
    COLUMN_TABLE_OID,
    COLUMN_NAME,
    COLUMN_TYPE_NAME,
    COLUMN_TYPE,
    COLUMN_BASE,
    COLUMN_KIND,
    COLUMN_CATEGORY,
    COLUMN_BUILT_IN,
    COLUMN_NOT_NULL,
    COLUMN_ROW_SECURITY,
    COLUMN_READABLE,
};

static const char keys_sql[] = WITH_TABLES
    "SELECT tables.place, i.relname, x.indisprimary, a.attname,"
    "       part.place = 1"
    "  FROM tables"
    "  JOIN pg_index AS x ON x.indrelid = tables.oid"
    "  JOIN pg_class AS i ON i.oid = x.indexrelid"
    " CROSS JOIN unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY"
    "       AS part (attnum, place)"
    "  JOIN pg_attribute AS a ON a.attrelid = tables.oid"
    "       AND a.attnum = part.attnum"
    " WHERE x.indisunique AND x.indisvalid AND x.indpred IS NULL"
    "   AND x.indexprs IS NULL"
    " ORDER BY tables.place, x.indisprimary DESC, i.relname, part.place";

enum {
    KEY_PLACE,
    KEY_NAME,
    KEY_IS_PRIMARY,
    KEY_COLUMN,
    KEY_IS_FIRST,
};

static const char foreign_keys_sql[] =
    WITH_TABLES "SELECT tables.place, c.conname, a.attname, b.attname,"
                "       cardinality(c.conkey), c.confrelid, c.convalidated"
                "  FROM tables"
                "  JOIN pg_constraint AS c ON c.conrelid = tables.oid"
                "       AND c.contype = 'f'"
                "  JOIN pg_attribute AS a ON a.attrelid = c.conrelid"
                "       AND a.attnum = c.conkey[1]"
                "  JOIN pg_attribute AS b ON b.attrelid = c.confrelid"
                "       AND b.attnum = c.confkey[1]"
                " ORDER BY tables.place, c.conname";

enum {
    FOREIGN_PLACE,
    FOREIGN_NAME,
    FOREIGN_COLUMN,
    FOREIGN_TO_COLUMN,
    FOREIGN_COLUMN_COUNT,
    FOREIGN_TO_OID,
    FOREIGN_VALIDATED,
};

/* A reader of one statement's rows. */
struct reader {
    struct arena *arena;
    struct catalog *catalog;
    struct pg_result *rows;
    size_t row;
};

static const char *
text_at(const struct reader *reader, size_t column)
{
    const char *value = db_value(reader->rows, reader->row, column);

    return arena_strdup(reader->arena, value ? value : "");
}

static bool
bool_at(const struct reader *reader, size_t column)
{
    const char *value = db_value(reader->rows, reader->row, column);

    return value && value[0] == 't';
}

static uint32_t
number_at(const struct reader *reader, size_t column)
{
    const char *value = db_value(reader->rows, reader->row, column);

    return value ? (uint32_t)strtoul(value, NULL, 10) : 0;
}

static char
char_at(const struct reader *reader, size_t column)
{
    const char *value = db_value(reader->rows, reader->row, column);

    return value ? value[0] : '\0';
}

static struct catalog_table *
table_at(const struct reader *reader)
{
    return &reader->catalog->tables[number_at(reader, 0)];
}

static void
read_column(const struct reader *reader)
{
    struct catalog_table *table = table_at(reader);
    struct catalog_column *column;

    table->oid = number_at(reader, COLUMN_TABLE_OID);
    table->has_row_security = bool_at(reader, COLUMN_ROW_SECURITY);
    table->columns = arena_push(reader->arena, table->columns,
                                table->column_count, sizeof *table->columns);
    column = &table->columns[table->column_count++];
    *column = (struct catalog_column){
        .name = text_at(reader, COLUMN_NAME),
        .type_name = text_at(reader, COLUMN_TYPE_NAME),
        .type = type_classify(
            number_at(reader, COLUMN_TYPE), number_at(reader, COLUMN_BASE),
            char_at(reader, COLUMN_KIND), char_at(reader, COLUMN_CATEGORY),
            bool_at(reader, COLUMN_BUILT_IN)),
        .is_not_null = bool_at(reader, COLUMN_NOT_NULL),
        .is_readable = bool_at(reader, COLUMN_READABLE),
    };
}

static void
read_key(const struct reader *reader)
{
    struct catalog_table *table = table_at(reader);
    struct catalog_key *key;

    if (bool_at(reader, KEY_IS_FIRST)) {
        table->keys = arena_push(reader->arena, table->keys, table->key_count,
                                 sizeof *table->keys);
        table->keys[table->key_count++] = (struct catalog_key){
            .name = text_at(reader, KEY_NAME),
            .is_primary = bool_at(reader, KEY_IS_PRIMARY),
        };
    }
    key = &table->keys[table->key_count - 1];
    key->columns = arena_push(reader->arena, key->columns, key->column_count,
                              sizeof *key->columns);
    key->columns[key->column_count++] = text_at(reader, KEY_COLUMN);
}

static void
read_foreign_key(const struct reader *reader)
{
    struct catalog_table *table = table_at(reader);

    table->foreign_keys =
        arena_push(reader->arena, table->foreign_keys,
                   table->foreign_key_count, sizeof *table->foreign_keys);
    table->foreign_keys[table->foreign_key_count++] =
        (struct catalog_foreign_key){
            .name = text_at(reader, FOREIGN_NAME),
            .column = text_at(reader, FOREIGN_COLUMN),
            .to_column = text_at(reader, FOREIGN_TO_COLUMN),
            .column_count = number_at(reader, FOREIGN_COLUMN_COUNT),
            .to_oid = number_at(reader, FOREIGN_TO_OID),
            .is_validated = bool_at(reader, FOREIGN_VALIDATED),
        };
}

static const struct {
    const char *sql;
    void (*read_row)(const struct reader *reader);
} steps[] = {
    {columns_sql, read_column},
    {keys_sql, read_key},
    {foreign_keys_sql, read_foreign_key},
};

/* The parameter of all three statements. */
static void
append_tables(struct buffer *json, const struct config *config)
{
    buffer_append_char(json, '[');
    for (size_t i = 0; i < config->resource_count; i++) {
        buffer_append_text(json, i > 0 ? ",[" : "[");
        json_append_text(json, config->resources[i].schema);
        buffer_append_char(json, ',');
        json_append_text(json, config->resources[i].table);
        buffer_append_char(json, ']');
    }
    buffer_append_char(json, ']');
}

static enum db_outcome
run_step(struct reader *reader, struct db *db, size_t step, const char *tables)
{
    const struct db_call call = {
        .sql = steps[step].sql,
        .values = (const char *const[]){tables},
        .count = 1,
    };
    struct arena *rows_arena = arena_new();
    enum db_outcome outcome = db_run(db, rows_arena, &call, &reader->rows);

    if (outcome == DB_OK)
        for (reader->row = 0; reader->row < db_row_count(reader->rows);
             reader->row++)
            steps[step].read_row(reader);
    arena_free(rows_arena);
    return outcome;
}

const struct catalog *
catalog_load(struct arena *arena, struct db *db, const struct config *config,
             enum db_outcome *outcome)
{
    struct catalog *catalog = arena_alloc(arena, sizeof *catalog);
    struct reader reader = {.arena = arena, .catalog = catalog};
    struct buffer tables = {0};

    catalog->config = config;
    catalog->tables = arena_alloc(arena, (config->resource_count + 1) *
                                             sizeof *catalog->tables);
    append_tables(&tables, config);
    *outcome = DB_OK;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (*outcome == DB_OK)
            *outcome = run_step(&reader, db, i, buffer_text(&tables));
    buffer_free(&tables);
    return *outcome == DB_OK ? catalog : NULL;
}

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

const struct catalog_foreign_key *
catalog_foreign_key(const struct catalog_table *table, const char *column,
                    uint32_t to_oid)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (table->foreign_keys[i].column_count == 1 &&
            table->foreign_keys[i].to_oid == to_oid &&
            strcmp(table->foreign_keys[i].column, column) == 0)
            return &table->foreign_keys[i];
    return NULL;
}
