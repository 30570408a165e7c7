/*
 * What the database role of a pool must be granted: what the statements of
 * its routes need, and no more. This is the only list of that: `grants` prints
 * it, and `check` holds it against what the role has.
 */
#ifndef BYLINE_QUERY_RIGHTS_H
#define BYLINE_QUERY_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/diagnostics.h"
#include "db/catalog.h"

/* A column or a sequence, and where the files first ask for it. */
struct rights_name {
    const char *name;
    struct place place;
};

/* A set of names, in the order of their coming. */
struct rights_names {
    struct rights_name *items;
    size_t count;
};

struct rights_table {
    struct rights_names select; /* columns, as the next two */
    struct rights_names insert;
    struct rights_names update;
    struct rights_names sequences; /* as regclass prints them */
    struct rights_name lock;       /* UPDATE of any column, best of this one;
                                      its name is NULL: of none */
    bool deletes;
    struct place deletes_place;
};

/* The tables of all resources, in the order of the configuration. */
struct rights {
    struct arena *arena;
    const struct catalog *catalog;
    struct rights_table *tables;
};

/* None yet; all lives in `arena`. */
struct rights rights_new(struct arena *arena, const struct catalog *catalog);

/* All that can be shown of a resource, its key, and who owns a row. */
void rights_add_resource(struct rights *rights,
                         const struct resource *resource);

/* Both ends of a relation. */
void rights_add_relation(struct rights *rights,
                         const struct relation *relation);

/* What the statements of a route need besides the resources and relations
 * that it has to do with. The route fits the database. */
void rights_add_route(struct rights *rights, const struct route *route);

/* All of it, for the routes of `pool`, which fit the database. */
struct rights rights_of_pool(struct arena *arena,
                             const struct catalog *catalog,
                             const struct pool *pool);

#endif
