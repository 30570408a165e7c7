/* The migrations of a directory, and what the database knows of them. */
#ifndef BYLINE_TOOLS_MIGRATION_H
#define BYLINE_TOOLS_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
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

/* Holds them against the table byline_migrations, if there is one: sets
 * checksum and state, and adds those whose file is missing. -1 after
 * printing what the database said. */
int migration_read_state(struct arena *arena, struct db *db,
                         struct migrations_found *found);

/* Prints every migration that stands in the way of others; -1 if any. */
int migration_refuse(const struct migrations_found *found);

/* Static text, such as "pending". */
const char *migration_state_name(enum migration_state state);

#endif
