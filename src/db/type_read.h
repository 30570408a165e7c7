/* What the database knows about types by their names. */
#ifndef BYLINE_DB_TYPE_READ_H
#define BYLINE_DB_TYPE_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "db/db.h"
#include "db/type.h"

struct known_type {
    const char *name;   /* as PostgreSQL writes it; NULL: there is none */
    const char *labels; /* of an enum, each ended by CATALOG_SEPARATOR */
    struct type type;
};

/* Looks `count` types up, each by its name or, in digits, its OID, and sets
 * types[i]. All of it lives in `arena`. */
enum db_outcome type_read(struct arena *arena, struct db *db,
                          const char *const *names, size_t count,
                          struct known_type *types);

#endif
