/* What the database role of a pool must be granted: what its routes need, and
 * no more. */
#ifndef BYLINE_QUERY_RIGHTS_H
#define BYLINE_QUERY_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "db/catalog.h"

/* A set of names, in the order of their coming. */
struct rights_names {
    const char **items;
    size_t count;
};

struct rights_table {
    struct rights_names select; /* columns, as the next two */
    struct rights_names insert;
    struct rights_names update;
    struct rights_names sequences; /* as regclass prints them */
    bool deletes;
};

/* The tables of all resources, in the order of the configuration, for the
 * routes of `pool` that fit the database. All lives in `arena`. */
struct rights_table *rights_of_pool(struct arena *arena,
                                    const struct catalog *catalog,
                                    const struct pool *pool);

#endif
