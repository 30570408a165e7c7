/*
 * migrate: applies what is pending, each file in a transaction of its own
 * together with the record of it. An advisory lock makes two at once take
 * turns.
 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "tools/migration.h"
#include "tools/tool.h"

#define NO_TRANSACTION "-- byline: no transaction"

/* Any number does, as long as it stays the same: "byline" in ASCII. */
#define LOCK_SQL "SELECT pg_advisory_lock(108170552567397)"

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS byline_migrations ("
    "    number integer PRIMARY KEY,"
    "    name text NOT NULL,"
    "    checksum text NOT NULL,"
    "    applied_at timestamptz NOT NULL DEFAULT now())";

static const char record_sql[] =
    "INSERT INTO byline_migrations (number, name, checksum)"
    " VALUES ($1::integer, $2, $3)";

static int
fail(const struct migration *migration, const char *message)
{
    fprintf(stderr, "%s: %s\n", migration ? migration->name : "byline",
            message);
    return -1;
}

static bool
wants_transaction(const struct migration *migration)
{
    size_t length = strcspn(migration->sql, "\r\n");

    return length != strlen(NO_TRANSACTION) ||
           strncmp(migration->sql, NO_TRANSACTION, length) != 0;
}

static int
record(struct arena *arena, struct db *db, const struct migration *migration)
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
        return fail(migration, db_message(db));
    return 0;
}

static int
run_in_transaction(struct arena *arena, struct db *db,
                   const struct migration *migration)
{
    if (db_run_script(db, "BEGIN") != DB_OK ||
        db_run_script(db, migration->sql) != DB_OK) {
        fail(migration, db_message(db));
        db_run_script(db, "ROLLBACK");
        return -1;
    }
    if (!db_in_transaction(db))
        return fail(migration,
                    "ended the transaction that it ran in, and is "
                    "not recorded; its first line can be `" NO_TRANSACTION
                    "`");
    if (record(arena, db, migration) == -1) {
        db_run_script(db, "ROLLBACK");
        return -1;
    }
    if (db_run_script(db, "COMMIT") != DB_OK)
        return fail(migration, db_message(db));
    return 0;
}

static int
run_alone(struct arena *arena, struct db *db,
          const struct migration *migration)
{
    if (db_run_script(db, migration->sql) != DB_OK) {
        fail(migration, db_message(db));
        return fail(migration,
                    "ran outside of a transaction: look at what it left "
                    "behind; it is not recorded");
    }
    return record(arena, db, migration);
}

/* What a file sets for its session is not there for the next. */
static int
apply(struct arena *arena, struct db *db, const struct database *database,
      const struct migration *migration)
{
    const char *reset = arena_printf(arena,
                                     "RESET ALL; SET statement_timeout = 0; "
                                     "SET lock_timeout = %lld",
                                     (long long)database->lock_timeout_ms);
    int result;

    if (db_run_script(db, reset) != DB_OK)
        return fail(migration, db_message(db));
    result = wants_transaction(migration)
                 ? run_in_transaction(arena, db, migration)
                 : run_alone(arena, db, migration);
    if (result == 0)
        printf("applied %s\n", migration->name);
    return result;
}

static int
apply_pending(const struct config *config, struct db *db,
              const struct migrations_found *found)
{
    size_t applied = 0;

    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].state != MIGRATION_PENDING)
            continue;
        if (apply(config->arena, db, config->migrations.database,
                  &found->items[i]) == -1)
            return -1;
        applied++;
    }
    if (applied == 0)
        printf("nothing to do; applied migrations: %zu\n", found->count);
    return 0;
}

static void
print_pending(const struct migrations_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].state == MIGRATION_PENDING)
            printf("would apply %s\n", found->items[i].name);
}

static int
print_status(const struct migrations_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct migration *migration = &found->items[i];

        printf("%-40s %-8s %s\n", migration->name,
               migration_state_name(migration->state),
               migration->applied_at ? migration->applied_at : "");
    }
    return 0;
}

/* Waits for its turn as long as it takes. */
static int
take_lock(struct db *db)
{
    if (db_run_script(db, "SET lock_timeout = 0") != DB_OK ||
        db_run_script(db, LOCK_SQL) != DB_OK ||
        db_run_script(db, table_sql) != DB_OK)
        return fail(NULL, db_message(db));
    return 0;
}

static int
migrate(const struct config *config, const struct tool_options *options,
        struct db *db, struct migrations_found *found)
{
    bool wants_status = options->operands[0] != NULL;

    if (!wants_status && !options->is_dry_run && take_lock(db) == -1)
        return -1;
    if (migration_read_state(config->arena, db, found) == -1)
        return -1;
    if (wants_status)
        return print_status(found);
    if (migration_refuse(found) == -1)
        return -1;
    if (!options->is_dry_run)
        return apply_pending(config, db, found);
    print_pending(found);
    return 0;
}

int
tool_migrate(const struct tool_options *options)
{
    const struct config *config;
    struct migrations_found found;
    struct db *db;
    int result = -1;

    if (options->operands[0] && strcmp(options->operands[0], "status") != 0) {
        fprintf(stderr, "usage: byline migrate [-c FILE] "
                        "[--dry-run | status]\n");
        return TOOL_USAGE;
    }
    config = tool_load(options);
    if (!config)
        return TOOL_FAILED;
    if (!config->migrations.database) {
        fprintf(stderr,
                "byline: [migrations] database: there is no "
                "[database %s]\n",
                config->migrations.database_name);
        return TOOL_FAILED;
    }
    if (migration_read_files(config->arena, config->migrations.directory,
                             &found) == -1)
        return TOOL_FAILED;
    db = tool_connect_patiently(config->migrations.database);
    if (db)
        result = migrate(config, options, db, &found);
    db_free(db);
    return result == 0 ? TOOL_OK : TOOL_FAILED;
}
