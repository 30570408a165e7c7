/* What the database knows of the migrations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/migration.h"

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS byline_migrations ("
    "    number integer PRIMARY KEY,"
    "    name text NOT NULL,"
    "    checksum text NOT NULL,"
    "    applied_at timestamptz NOT NULL DEFAULT now())";

static const char record_sql[] =
    "INSERT INTO byline_migrations (number, name, checksum)"
    " VALUES ($1::integer, $2, $3)";

static const char applied_sql[] =
    "SELECT name, checksum, to_json(applied_at) #>> '{}'"
    "  FROM byline_migrations ORDER BY number";

enum {
    APPLIED_NAME,
    APPLIED_CHECKSUM,
    APPLIED_AT,
};

int
migration_fail(const struct migration *migration, const char *message)
{
    fprintf(stderr, "%s: %s\n", migration ? migration->name : "byline",
            message);
    return -1;
}

static int
complain(const struct db *db)
{
    return migration_fail(NULL, db_message(db));
}

int
migration_make_table(struct db *db)
{
    return db_run_script(db, table_sql) == DB_OK ? 0 : complain(db);
}

int
migration_record(struct arena *arena, struct db *db,
                 const struct migration *migration)
{
    const struct db_call call = {
        .sql = record_sql,
        .values = (const char *const[]){migration->number, migration->name,
                                        migration->checksum},
        .count = 3,
    };
    struct pg_result *rows;

    /* A dump sets search_path to nothing; the table is where it was. */
    if (db_run_script(db, "RESET search_path") != DB_OK ||
        db_run(db, arena, &call, &rows) != DB_OK)
        return migration_fail(migration, db_message(db));
    return 0;
}

/* The database computes checksums, so that nobody else has to. */
static int
set_checksum(struct arena *arena, struct db *db, struct migration *migration)
{
    const struct db_call call = {
        .sql = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')",
        .values = &migration->sql,
        .count = 1,
    };
    struct pg_result *rows;

    if (db_run(db, arena, &call, &rows) != DB_OK)
        return complain(db);
    migration->checksum = db_value(rows, 0, 0);
    return 0;
}

static struct migration *
find(struct migrations_found *found, const char *name)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->items[i].name, name) == 0)
            return &found->items[i];
    return NULL;
}

static void
mark_applied(struct arena *arena, struct migrations_found *found,
             const struct pg_result *rows, size_t row)
{
    const char *name = db_value(rows, row, APPLIED_NAME);
    struct migration *migration = find(found, name);

    if (!migration) {
        found->items = arena_push(arena, found->items, found->count,
                                  sizeof *found->items);
        migration = &found->items[found->count++];
        *migration = (struct migration){
            .number = arena_strndup(arena, name, 4), .name = name};
    }
    migration->applied_at = db_value(rows, row, APPLIED_AT);
    if (!migration->sql)
        migration->state = MIGRATION_MISSING;
    else if (strcmp(db_value(rows, row, APPLIED_CHECKSUM),
                    migration->checksum) != 0)
        migration->state = MIGRATION_CHANGED;
    else
        migration->state = MIGRATION_APPLIED;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->name,
                  ((const struct migration *)b)->name);
}

/* What is pending in front of something applied comes too late. */
static void
mark_late(struct migrations_found *found)
{
    bool is_behind = false;

    for (size_t i = found->count; i-- > 0;) {
        struct migration *migration = &found->items[i];

        if (migration->applied_at)
            is_behind = true;
        else if (is_behind)
            migration->state = MIGRATION_LATE;
    }
}

int
migration_read_state(struct arena *arena, struct db *db,
                     struct migrations_found *found)
{
    const struct db_call exists = {
        .sql = "SELECT 1 WHERE to_regclass('byline_migrations') IS NOT NULL"};
    const struct db_call applied = {.sql = applied_sql};
    struct pg_result *rows;

    for (size_t i = 0; i < found->count; i++)
        if (set_checksum(arena, db, &found->items[i]) == -1)
            return -1;
    if (db_run(db, arena, &exists, &rows) != DB_OK)
        return complain(db);
    if (db_row_count(rows) == 0)
        return 0;
    if (db_run(db, arena, &applied, &rows) != DB_OK)
        return complain(db);
    for (size_t row = 0; row < db_row_count(rows); row++)
        mark_applied(arena, found, rows, row);
    if (found->count > 0)
        qsort(found->items, found->count, sizeof *found->items, by_name);
    mark_late(found);
    return 0;
}

int
migration_refuse(const struct migrations_found *found)
{
    static const char *const reasons[] = {
        [MIGRATION_CHANGED] = "was changed after it was applied; write a new "
                              "migration instead",
        [MIGRATION_MISSING] = "was applied, but the file is not there",
        [MIGRATION_LATE] = "comes too late: a higher number is applied "
                           "already; give it a new number",
    };
    int result = 0;

    for (size_t i = 0; i < found->count; i++) {
        const struct migration *migration = &found->items[i];

        if (migration->state == MIGRATION_PENDING ||
            migration->state == MIGRATION_APPLIED)
            continue;
        fprintf(stderr, "%s: %s\n", migration->name,
                reasons[migration->state]);
        result = -1;
    }
    return result;
}

const char *
migration_state_name(enum migration_state state)
{
    static const char *const names[] = {
        [MIGRATION_PENDING] = "pending", [MIGRATION_APPLIED] = "applied",
        [MIGRATION_CHANGED] = "changed", [MIGRATION_MISSING] = "missing",
        [MIGRATION_LATE] = "late",
    };

    return names[state];
}
