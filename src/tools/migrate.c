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

static bool
wants_transaction(const struct migration *migration)
{
    size_t length = strcspn(migration->sql, "\r\n");

    return length != strlen(NO_TRANSACTION) ||
           strncmp(migration->sql, NO_TRANSACTION, length) != 0;
}

static int
run_in_transaction(struct arena *arena, struct db *db,
                   const struct migration *migration)
{
    if (db_run_script(db, "BEGIN") != DB_OK ||
        db_run_script(db, migration->sql) != DB_OK) {
        migration_fail(migration, db_message(db));
        db_run_script(db, "ROLLBACK");
        return -1;
    }
    if (!db_in_transaction(db))
        return migration_fail(
            migration,
            "ended the transaction that it ran in, and is "
            "not recorded; its first line can be `" NO_TRANSACTION "`");
    if (migration_record(arena, db, migration) == -1) {
        db_run_script(db, "ROLLBACK");
        return -1;
    }
    if (db_run_script(db, "COMMIT") != DB_OK)
        return migration_fail(migration, db_message(db));
    return 0;
}

static int
run_alone(struct arena *arena, struct db *db,
          const struct migration *migration)
{
    if (db_run_script(db, migration->sql) != DB_OK) {
        migration_fail(migration, db_message(db));
        return migration_fail(
            migration, "ran outside of a transaction: look at what it left "
                       "behind; it is not recorded");
    }
    return migration_record(arena, db, migration);
}

/* What a file sets for its session is not there for the next. */
static int
reset_session(struct arena *arena, struct db *db,
              const struct database *database)
{
    const char *reset = arena_printf(arena,
                                     "RESET ALL; SET statement_timeout = 0; "
                                     "SET lock_timeout = %lld",
                                     (long long)database->lock_timeout_ms);

    if (db_run_script(db, reset) != DB_OK)
        return migration_fail(NULL, db_message(db));
    return 0;
}

static int
apply(struct arena *arena, struct db *db, const struct database *database,
      const struct migration *migration)
{
    int result;

    if (reset_session(arena, db, database) == -1)
        return -1;
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
        db_run_script(db, LOCK_SQL) != DB_OK)
        return migration_fail(NULL, db_message(db));
    return 0;
}

static int
migrate(const struct config *config, const struct tool_options *options,
        struct db *db, struct migrations_found *found)
{
    bool wants_status = options->operands[0] != NULL;

    if (!wants_status && !options->is_dry_run &&
        (take_lock(db) == -1 || migration_make_table(db) == -1))
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

static int
adopt(const struct config *config, const struct tool_options *options,
      struct db *db, struct migrations_found *found,
      const struct baseline *baseline)
{
    if ((!options->is_dry_run && take_lock(db) == -1) ||
        migration_read_state(config->arena, db, found) == -1 ||
        reset_session(config->arena, db, config->migrations.database) == -1)
        return -1;
    return baseline_run(config, db, found, baseline, options->is_dry_run);
}

int
tool_migrate(const struct tool_options *options)
{
    const struct config *config;
    struct migrations_found found;
    struct baseline baseline;
    struct db *db;
    int result = -1;

    if (options->operands[0] &&
        (strcmp(options->operands[0], "status") != 0 || options->baseline)) {
        fprintf(stderr, "usage: byline migrate [-c FILE] "
                        "[[--baseline N] [--dry-run] | status]\n");
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
    if (options->baseline &&
        baseline_read(config, options->baseline, &found, &baseline) == -1)
        return TOOL_USAGE;
    db = tool_connect_patiently(config->migrations.database);
    if (db)
        result = options->baseline
                     ? adopt(config, options, db, &found, &baseline)
                     : migrate(config, options, db, &found);
    db_free(db);
    return result == 0 ? TOOL_OK : TOOL_FAILED;
}
