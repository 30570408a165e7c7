/* Reading what the database knows about the tables of the resources. */
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

/* A column's type, and the types beneath it if that is a domain. */
#define BENEATH                                           \
    "       WITH RECURSIVE beneath (oid) AS ("            \
    "           SELECT a.atttypid"                        \
    "           UNION ALL"                                \
    "           SELECT t.typbasetype FROM beneath"        \
    "           JOIN pg_type AS t ON t.oid = beneath.oid" \
    "           WHERE t.typtype = 'd')"

static const char columns_sql[] = WITH_TABLES
    "SELECT tables.place, tables.oid, a.attname,"
    "       format_type(a.atttypid, a.atttypmod), a.atttypid,"
    "       base.oid, base.typtype, base.typcategory,"
    "       base.typnamespace = 'pg_catalog'::regnamespace,"
    "       a.attnotnull, c.relrowsecurity,"
    "       has_column_privilege(tables.oid, a.attnum, 'SELECT'),"
    "       has_column_privilege(tables.oid, a.attnum, 'INSERT'),"
    "       has_column_privilege(tables.oid, a.attnum, 'UPDATE'),"
    "       has_table_privilege(tables.oid, 'DELETE'),"
    "       CASE WHEN a.atttypmod <> -1 THEN a.atttypmod"
    "            ELSE domain.type_modifier END,"
    "       a.attnotnull OR domain.is_not_null,"
    "       a.attgenerated <> '' OR a.attidentity <> '',"
    "       CASE WHEN a.attgenerated = '' THEN"
    "            (SELECT pg_get_expr(d.adbin, d.adrelid)"
    "               FROM pg_attrdef AS d"
    "              WHERE d.adrelid = a.attrelid"
    "                AND d.adnum = a.attnum) END,"
    "       (SELECT string_agg(e.enumlabel || E'\\x1f', ''"
    "                          ORDER BY e.enumsortorder)"
    "          FROM pg_enum AS e WHERE e.enumtypid = base.oid),"
    "       sequence.oid::regclass,"
    "       has_sequence_privilege(sequence.oid, 'USAGE, UPDATE'),"
    "       format_type(base.oid, -1), c.relkind IN ('v', 'm', 'f'),"
    "       EXISTS (SELECT FROM pg_index AS x"
    "                WHERE x.indrelid = a.attrelid AND x.indisvalid"
    "                  AND x.indpred IS NULL AND x.indkey[0] = a.attnum),"
    "       coalesce((SELECT l.collisdeterministic FROM pg_collation AS l"
    "                  WHERE l.oid = a.attcollation), true),"
    "       CASE WHEN c.relkind IN ('r', 'p')"
    "            THEN has_column_privilege(tables.oid,"
    "                     '" CATALOG_VERSION "', 'SELECT') END"
    "  FROM tables"
    "  JOIN pg_class AS c ON c.oid = tables.oid"
    "  JOIN pg_attribute AS a ON a.attrelid = tables.oid"
    " CROSS JOIN LATERAL (" BENEATH "       SELECT t.* FROM beneath"
    "       JOIN pg_type AS t ON t.oid = beneath.oid"
    "       WHERE t.typtype <> 'd') AS base"
    " CROSS JOIN LATERAL (" BENEATH
    "       SELECT coalesce(max(t.typtypmod), -1)"
    "                  AS type_modifier,"
    "              coalesce(bool_or(t.typnotnull), false)"
    "                  AS is_not_null"
    "       FROM beneath"
    "       JOIN pg_type AS t ON t.oid = beneath.oid"
    "       WHERE t.typtype = 'd') AS domain"
    "  LEFT JOIN LATERAL ("
    "       SELECT min(s.oid) AS oid FROM pg_attrdef AS d"
    "       JOIN pg_depend AS p ON p.classid = 'pg_attrdef'::regclass"
    "            AND p.objid = d.oid"
    "       JOIN pg_class AS s ON s.oid = p.refobjid AND s.relkind = 'S'"
    "       WHERE p.refclassid = 'pg_class'::regclass"
    "         AND d.adrelid = a.attrelid AND d.adnum = a.attnum)"
    "       AS sequence ON true"
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
    COLUMN_INSERTABLE,
    COLUMN_UPDATABLE,
    COLUMN_DELETABLE,
    COLUMN_TYPE_MODIFIER,
    COLUMN_REFUSES_NULL,
    COLUMN_COMPUTED,
    COLUMN_DEFAULT,
    COLUMN_LABELS,
    COLUMN_SEQUENCE,
    COLUMN_SEQUENCE_USABLE,
    COLUMN_BASE_NAME,
    COLUMN_IS_VIEW,
    COLUMN_LEADS_INDEX,
    COLUMN_DETERMINISTIC,
    COLUMN_VERSION_READABLE,
};

static const char keys_sql[] = WITH_TABLES
    "SELECT tables.place, i.relname, x.indisprimary, a.attname,"
    "       part.place = 1, x.indimmediate"
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
    KEY_IS_IMMEDIATE,
};

static const char foreign_keys_sql[] =
    WITH_TABLES "SELECT tables.place, c.conname, a.attname, b.attname,"
                "       part.place = 1, c.confrelid, c.convalidated"
                "  FROM tables"
                "  JOIN pg_constraint AS c ON c.conrelid = tables.oid"
                "       AND c.contype = 'f'"
                " CROSS JOIN unnest(c.conkey, c.confkey) WITH ORDINALITY"
                "       AS part (near, far, place)"
                "  JOIN pg_attribute AS a ON a.attrelid = c.conrelid"
                "       AND a.attnum = part.near"
                "  JOIN pg_attribute AS b ON b.attrelid = c.confrelid"
                "       AND b.attnum = part.far"
                " ORDER BY tables.place, c.conname, c.oid, part.place";

enum {
    FOREIGN_PLACE,
    FOREIGN_NAME,
    FOREIGN_COLUMN,
    FOREIGN_TO_COLUMN,
    FOREIGN_IS_FIRST,
    FOREIGN_TO_OID,
    FOREIGN_VALIDATED,
};

/* Constraints, and unique indexes that are none, of the tables and of their
 * partitions, by whose names the server tells what refused a row; an index
 * over expressions depends on its columns. Foreign keys from other tables
 * count as well, since they guard what is deleted here. What a partition has
 * from its table has a parent; of CHECK, that is the one of the same name. */
static const char constraints_sql[] = WITH_TABLES
    ", members AS ("
    "  SELECT oid, oid AS root FROM tables"
    "  UNION"
    "  SELECT part.relid, tables.oid FROM tables"
    "    JOIN pg_class AS c ON c.oid = tables.oid AND c.relkind = 'p'"
    "   CROSS JOIN LATERAL pg_partition_tree(c.oid) AS part"
    "), known AS ("
    "  SELECT k.oid, k.conname, k.contype, k.conrelid, k.confrelid,"
    "         CASE WHEN k.contype <> 'c' THEN k.conparentid"
    "              WHEN k.coninhcount > 0 THEN"
    "              (SELECT min(p.oid) FROM pg_inherits AS h"
    "                 JOIN pg_constraint AS p ON p.conrelid = h.inhparent"
    "                WHERE h.inhrelid = k.conrelid AND p.contype = 'c'"
    "                  AND p.conname = k.conname) END AS parent,"
    "         obj_description(k.oid, 'pg_constraint') AS comment,"
    "         ARRAY(SELECT a.attname FROM unnest(k.conkey) AS c (attnum)"
    "               JOIN pg_attribute AS a ON a.attrelid = k.conrelid"
    "                    AND a.attnum = c.attnum) AS columns"
    "    FROM pg_constraint AS k"
    "   WHERE k.conrelid IN (SELECT oid FROM members)"
    "      OR k.confrelid IN (SELECT oid FROM members)"
    "  UNION ALL"
    "  SELECT i.oid, i.relname, 'u', x.indrelid, 0,"
    "         (SELECT h.inhparent FROM pg_inherits AS h"
    "           WHERE h.inhrelid = i.oid),"
    "         obj_description(i.oid, 'pg_class'),"
    "         ARRAY(SELECT DISTINCT a.attname FROM pg_depend AS d"
    "               JOIN pg_attribute AS a ON a.attrelid = d.refobjid"
    "                    AND a.attnum = d.refobjsubid"
    "               WHERE d.classid = 'pg_class'::regclass"
    "                 AND d.objid = i.oid"
    "                 AND d.refclassid = 'pg_class'::regclass"
    "                 AND d.refobjid = x.indrelid AND d.refobjsubid > 0)"
    "    FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid"
    "   WHERE x.indisunique AND x.indrelid IN (SELECT oid FROM members)"
    "     AND NOT EXISTS (SELECT FROM pg_constraint"
    "                      WHERE conindid = i.oid AND conrelid = x.indrelid))"
    "SELECT n.nspname, c.relname, known.conname, known.contype,"
    "       known.comment,"
    "       (SELECT string_agg(name || E'\\x1f', '')"
    "          FROM unnest(known.columns) AS part (name)),"
    "       coalesce(holder.root, known.conrelid), known.oid, known.parent"
    "  FROM known JOIN pg_class AS c ON c.oid = known.conrelid"
    "  JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    "  LEFT JOIN members AS holder ON holder.oid = known.conrelid"
    " ORDER BY known.oid";

enum {
    CONSTRAINT_SCHEMA,
    CONSTRAINT_TABLE,
    CONSTRAINT_NAME,
    CONSTRAINT_KIND,
    CONSTRAINT_COMMENT,
    CONSTRAINT_COLUMNS,
    CONSTRAINT_TABLE_OID,
    CONSTRAINT_OWN_OID,
    CONSTRAINT_PARENT,
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

/* NULL stays NULL. */
static const char *
optional_at(const struct reader *reader, size_t column)
{
    return db_value(reader->rows, reader->row, column)
               ? text_at(reader, column)
               : NULL;
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
    table->is_view = bool_at(reader, COLUMN_IS_VIEW);
    table->is_deletable = bool_at(reader, COLUMN_DELETABLE);
    table->is_version_readable = bool_at(reader, COLUMN_VERSION_READABLE);
    table->columns = arena_push(reader->arena, table->columns,
                                table->column_count, sizeof *table->columns);
    column = &table->columns[table->column_count++];
    *column = (struct catalog_column){
        .name = text_at(reader, COLUMN_NAME),
        .type_name = text_at(reader, COLUMN_TYPE_NAME),
        .base_name = text_at(reader, COLUMN_BASE_NAME),
        .type = type_classify(
            number_at(reader, COLUMN_TYPE), number_at(reader, COLUMN_BASE),
            char_at(reader, COLUMN_KIND), char_at(reader, COLUMN_CATEGORY),
            bool_at(reader, COLUMN_BUILT_IN)),
        .is_not_null = bool_at(reader, COLUMN_NOT_NULL),
        .is_readable = bool_at(reader, COLUMN_READABLE),
        .is_insertable = bool_at(reader, COLUMN_INSERTABLE),
        .is_updatable = bool_at(reader, COLUMN_UPDATABLE),
        .type_modifier =
            (int32_t)strtol(text_at(reader, COLUMN_TYPE_MODIFIER), NULL, 10),
        .refuses_null = bool_at(reader, COLUMN_REFUSES_NULL),
        .is_computed = bool_at(reader, COLUMN_COMPUTED),
        .default_sql = optional_at(reader, COLUMN_DEFAULT),
        .labels = text_at(reader, COLUMN_LABELS),
        .sequence = optional_at(reader, COLUMN_SEQUENCE),
        .is_deterministic = bool_at(reader, COLUMN_DETERMINISTIC),
        .leads_index = bool_at(reader, COLUMN_LEADS_INDEX),
        .is_sequence_usable = bool_at(reader, COLUMN_SEQUENCE_USABLE),
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
            .is_immediate = bool_at(reader, KEY_IS_IMMEDIATE),
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
    struct catalog_foreign_key *key;

    if (bool_at(reader, FOREIGN_IS_FIRST)) {
        table->foreign_keys =
            arena_push(reader->arena, table->foreign_keys,
                       table->foreign_key_count, sizeof *table->foreign_keys);
        table->foreign_keys[table->foreign_key_count++] =
            (struct catalog_foreign_key){
                .name = text_at(reader, FOREIGN_NAME),
                .to_oid = number_at(reader, FOREIGN_TO_OID),
                .is_validated = bool_at(reader, FOREIGN_VALIDATED),
            };
    }
    key = &table->foreign_keys[table->foreign_key_count - 1];
    key->columns = arena_push(reader->arena, key->columns, key->column_count,
                              sizeof *key->columns);
    key->to_columns = arena_push(reader->arena, key->to_columns,
                                 key->column_count, sizeof *key->to_columns);
    key->columns[key->column_count] = text_at(reader, FOREIGN_COLUMN);
    key->to_columns[key->column_count++] = text_at(reader, FOREIGN_TO_COLUMN);
}

static void
read_constraint(const struct reader *reader)
{
    struct catalog *catalog = reader->catalog;
    struct catalog_constraint *added;
    const char *columns = text_at(reader, CONSTRAINT_COLUMNS);
    const char *end;

    catalog->constraints =
        arena_push(reader->arena, catalog->constraints,
                   catalog->constraint_count, sizeof *added);
    added = &catalog->constraints[catalog->constraint_count++];
    *added = (struct catalog_constraint){
        .schema = text_at(reader, CONSTRAINT_SCHEMA),
        .table = text_at(reader, CONSTRAINT_TABLE),
        .name = text_at(reader, CONSTRAINT_NAME),
        .kind = char_at(reader, CONSTRAINT_KIND),
        .comment = optional_at(reader, CONSTRAINT_COMMENT),
        .oid = number_at(reader, CONSTRAINT_TABLE_OID),
        .own_oid = number_at(reader, CONSTRAINT_OWN_OID),
        .parent = number_at(reader, CONSTRAINT_PARENT),
    };
    for (; (end = strchr(columns, CATALOG_SEPARATOR)); columns = end + 1) {
        added->columns = arena_push(reader->arena, added->columns,
                                    added->column_count, sizeof(char *));
        added->columns[added->column_count++] =
            arena_strndup(reader->arena, columns, (size_t)(end - columns));
    }
}

static const struct catalog_constraint *
parent_of(const struct catalog *catalog,
          const struct catalog_constraint *constraint)
{
    for (size_t i = 0; i < catalog->constraint_count; i++)
        if (catalog->constraints[i].own_oid == constraint->parent)
            return &catalog->constraints[i];
    return NULL;
}

/* What a partition says nothing of has the COMMENT of where it is from. */
static const char *
comment_of(const struct catalog *catalog,
           const struct catalog_constraint *constraint)
{
    while (constraint && !constraint->comment)
        constraint =
            constraint->parent ? parent_of(catalog, constraint) : NULL;
    return constraint ? constraint->comment : NULL;
}

static void
inherit_comments(struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->constraint_count; i++)
        catalog->constraints[i].comment =
            comment_of(catalog, &catalog->constraints[i]);
}

static const struct {
    const char *sql;
    void (*read_row)(const struct reader *reader);
} steps[] = {
    {columns_sql, read_column},
    {keys_sql, read_key},
    {foreign_keys_sql, read_foreign_key},
    {constraints_sql, read_constraint},
};

/* The parameter of all of these statements. */
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
    inherit_comments(catalog);
    return *outcome == DB_OK ? catalog : NULL;
}
