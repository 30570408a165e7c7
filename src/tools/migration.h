/* The migrations of a directory, what the database knows of them, and how a
 * database of others is taken over. */
#ifndef BYLINE_TOOLS_MIGRATION_H
#define BYLINE_TOOLS_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/db.h"

enum migration_state {
    MIGRATION_PENDING,
    MIGRATION_APPLIED,
    MIGRATION_CHANGED, /* applied, but the file is another one now */
    MIGRATION_MISSING, /* applied, but there is no file any more */
    MIGRATION_LATE,    /* pending, but a higher number is applied */
};

struct migration {
    const char *number; /* four digits */
    const char *name;   /* of the file: NNNN-name.sql */
    const char *sql;
    const char *checksum; /* of the file: SHA-256, in hexadecimal */
    enum migration_state state;
    const char *applied_at; /* NULL: it is not */
};

struct migrations_found {
    struct migration *items; /* by number */
    size_t count;
};

/* Reads the NNNN-name.sql files of a directory, by number. What is wrong is
 * printed, and the result -1. */
int migration_read_files(struct arena *arena, const char *directory,
                         struct migrations_found *found);

/* The whole file as text, or NULL after saying why not. */
const char *migration_read_text(struct arena *arena, const char *path);

/* Holds them against the table byline_migrations, if there is one: sets
 * checksum and state, and adds those whose file is missing. -1 after
 * printing what the database said. */
int migration_read_state(struct arena *arena, struct db *db,
                         struct migrations_found *found);

/* Prints every migration that stands in the way of others; -1 if any. */
int migration_refuse(const struct migrations_found *found);

/* Static text, such as "pending". */
const char *migration_state_name(enum migration_state state);

/* Makes the table byline_migrations, unless it is there, and records one as
 * applied. -1 after printing what the database said. */
int migration_make_table(struct db *db);
int migration_record(struct arena *arena, struct db *db,
                     const struct migration *migration);

/* Prints what is wrong with a migration, or, if that is NULL, with all of
 * them; returns -1. */
int migration_fail(const struct migration *migration, const char *message);

/* What goes with a migration whose tables are there already. */
struct baseline_step {
    const char *check; /* SQL that selects obstacles */
    const char *adopt; /* SQL that brings the tables to the migration's */
};

struct baseline {
    struct baseline_step *steps; /* of the first migrations, in their order */
    size_t count;
};

/* Reads what goes with the migrations up to `number`. -1 after printing what
 * is not there: then the command line was wrong. */
int baseline_read(const struct config *config, const char *number,
                  const struct migrations_found *found,
                  struct baseline *baseline);

/* Adopts and records them all, or none: prints every obstacle, and then
 * returns -1. Without a table byline_migrations none is made by a dry run. */
int baseline_run(const struct config *config, struct db *db,
                 const struct migrations_found *found,
                 const struct baseline *baseline, bool is_dry_run);

#endif
