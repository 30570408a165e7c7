/* What the database knows about types by their names. */
#include "db/type_read.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/json.h"

/* $1 is a JSON array of names and OIDs. The type beneath a domain has none
 * beneath it. */
static const char types_sql[] =
    "WITH RECURSIVE wanted AS ("
    "  SELECT place - 1 AS place,"
    "         CASE WHEN name ~ '^[0-9]+$' THEN name::oid"
    "              ELSE to_regtype(name)::oid END AS oid"
    "    FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY"
    "         AS item (name, place)"
    "), beneath AS ("
    "  SELECT place, oid FROM wanted"
    "  UNION ALL"
    "  SELECT beneath.place, t.typbasetype FROM beneath"
    "    JOIN pg_catalog.pg_type AS t ON t.oid = beneath.oid"
    "   WHERE t.typtype = 'd')"
    "SELECT wanted.place, format_type(wanted.oid, NULL), wanted.oid,"
    "       base.oid, base.typtype, base.typcategory,"
    "       base.typnamespace = 'pg_catalog'::regnamespace,"
    "       (SELECT string_agg(e.enumlabel || E'\\x1f', ''"
    "                          ORDER BY e.enumsortorder)"
    "          FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = base.oid)"
    "  FROM wanted JOIN beneath ON beneath.place = wanted.place"
    "  JOIN pg_catalog.pg_type AS base ON base.oid = beneath.oid"
    " WHERE base.typtype <> 'd'";

enum {
    TYPE_PLACE,
    TYPE_NAME,
    TYPE_OID,
    TYPE_BASE,
    TYPE_KIND,
    TYPE_CATEGORY,
    TYPE_BUILT_IN,
    TYPE_LABELS,
};

static uint32_t
number_at(const struct pg_result *rows, size_t row, size_t column)
{
    return (uint32_t)strtoul(db_value(rows, row, column), NULL, 10);
}

static void
read_row(struct arena *arena, const struct pg_result *rows, size_t row,
         struct known_type *types)
{
    const char *labels = db_value(rows, row, TYPE_LABELS);

    types[number_at(rows, row, TYPE_PLACE)] = (struct known_type){
        .name = arena_strdup(arena, db_value(rows, row, TYPE_NAME)),
        .labels = arena_strdup(arena, labels ? labels : ""),
        .type = type_classify(number_at(rows, row, TYPE_OID),
                              number_at(rows, row, TYPE_BASE),
                              *db_value(rows, row, TYPE_KIND),
                              *db_value(rows, row, TYPE_CATEGORY),
                              *db_value(rows, row, TYPE_BUILT_IN) == 't'),
    };
}

enum db_outcome
type_read(struct arena *arena, struct db *db, const char *const *names,
          size_t count, struct known_type *types)
{
    struct arena *scratch = arena_new();
    struct buffer json = {0};
    struct pg_result *rows;
    struct db_call call = {.sql = types_sql, .count = 1};
    enum db_outcome outcome;

    for (size_t i = 0; i < count; i++) {
        types[i] = (struct known_type){0};
        buffer_append_char(&json, i == 0 ? '[' : ',');
        json_append_text(&json, names[i]);
    }
    buffer_append_text(&json, count == 0 ? "[]" : "]");
    call.values = (const char *const[]){buffer_text(&json)};
    outcome = db_run(db, scratch, &call, &rows);
    for (size_t i = 0; outcome == DB_OK && i < db_row_count(rows); i++)
        read_row(arena, rows, i, types);
    buffer_free(&json);
    arena_free(scratch);
    return outcome;
}
