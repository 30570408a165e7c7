/*
 * migrate --baseline: takes over tables that were there before, as if the
 * first migrations had made them. What stands in the way and what has to be
 * done is data: beside each such migration, baseline/NNNN-name.check.sql
 * selects a text for each obstacle, and .adopt.sql brings the tables to what
 * the migration would have made.
 */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "tools/migration.h"

/* The text of a migration's companion; NULL after saying why not. */
static const char *
read_companion(const struct config *config, const struct migration *migration,
               const char *suffix)
{
    size_t stem = strlen(migration->name) - strlen(".sql");
    const char *path = arena_printf(config->arena, "%s/baseline/%.*s%s",
                                    config->migrations.directory, (int)stem,
                                    migration->name, suffix);

    return migration_read_text(config->arena, path);
}

int
baseline_read(const struct config *config, const char *number,
              const struct migrations_found *found, struct baseline *baseline)
{
    int64_t last, at = 0;
    int result = 0;

    *baseline = (struct baseline){0};
    if (number_parse(number, &last) != NUMBER_OK || last < 1) {
        fprintf(stderr,
                "byline: --baseline: \"%s\" is not the number of a "
                "migration\n",
                number);
        return -1;
    }
    for (size_t i = 0; i < found->count && at < last; i++) {
        const struct migration *migration = &found->items[i];
        const struct baseline_step step = {
            .check = read_companion(config, migration, ".check.sql"),
            .adopt = read_companion(config, migration, ".adopt.sql"),
        };

        if (!step.check || !step.adopt)
            result = -1;
        baseline->steps = arena_push(config->arena, baseline->steps,
                                     baseline->count, sizeof step);
        baseline->steps[baseline->count++] = step;
        number_parse(migration->number, &at);
    }
    if (at == last)
        return result;
    fprintf(stderr, "byline: --baseline: there is no migration %s\n", number);
    return -1;
}

/* A database with a record has its migrations from us, not from others. */
static int
refuse_record(const struct migrations_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].applied_at) {
            fprintf(stderr,
                    "byline: --baseline: the database has migrations "
                    "already: byline_migrations names %s\n",
                    found->items[i].name);
            return -1;
        }
    return 0;
}

/* Prints all obstacles of one check, and returns their number. */
static size_t
check(const struct config *config, struct db *db,
      const struct migration *migration, const char *sql)
{
    const struct db_call call = {.sql = sql};
    struct pg_result *rows;
    size_t count;

    if (db_run(db, config->arena, &call, &rows) != DB_OK) {
        migration_fail(migration, db_message(db));
        return 1;
    }
    count = db_row_count(rows);
    for (size_t row = 0; row < count; row++)
        migration_fail(migration, db_value(rows, row, 0));
    return count;
}

static int
check_all(const struct config *config, struct db *db,
          const struct migrations_found *found,
          const struct baseline *baseline)
{
    size_t obstacles = 0;

    for (size_t i = 0; i < baseline->count; i++)
        obstacles +=
            check(config, db, &found->items[i], baseline->steps[i].check);
    if (obstacles == 0)
        return 0;
    return migration_fail(NULL, "nothing was changed");
}

static int
adopt(const struct config *config, struct db *db,
      const struct migration *migration, const char *sql)
{
    if (db_run_script(db, sql) != DB_OK)
        return migration_fail(migration, db_message(db));
    if (!db_in_transaction(db))
        return migration_fail(migration,
                              "its .adopt.sql ended the transaction that it "
                              "ran in: look at what it left behind");
    return migration_record(config->arena, db, migration);
}

static int
adopt_all(const struct config *config, struct db *db,
          const struct migrations_found *found,
          const struct baseline *baseline)
{
    if (db_run_script(db, "BEGIN") != DB_OK || migration_make_table(db) == -1)
        return -1;
    for (size_t i = 0; i < baseline->count; i++)
        if (adopt(config, db, &found->items[i], baseline->steps[i].adopt) ==
            -1)
            return -1;
    if (db_run_script(db, "COMMIT") != DB_OK)
        return migration_fail(NULL, db_message(db));
    return 0;
}

int
baseline_run(const struct config *config, struct db *db,
             const struct migrations_found *found,
             const struct baseline *baseline, bool is_dry_run)
{
    if (refuse_record(found) == -1 ||
        check_all(config, db, found, baseline) == -1)
        return -1;
    if (!is_dry_run && adopt_all(config, db, found, baseline) == -1) {
        db_run_script(db, "ROLLBACK");
        return -1;
    }
    for (size_t i = 0; i < baseline->count; i++)
        printf("%s %s\n", is_dry_run ? "would adopt" : "adopted",
               found->items[i].name);
    return 0;
}
