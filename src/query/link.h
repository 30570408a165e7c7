/* On which columns the two ends of a relation meet. */
#ifndef BYLINE_QUERY_LINK_H
#define BYLINE_QUERY_LINK_H

#include <stddef.h>

#include "config/config.h"
#include "db/catalog.h"

/* Pairs of columns that are equal. */
struct link {
    const char *const *near;
    const char *const *far;
    size_t count; /* 0: the database has nothing to tell what they are */
};

/* From `from` to `to` or, of a RELATION_THROUGH, to the table in between. */
struct link link_of(const struct catalog *catalog,
                    const struct relation *relation);

/* Of a RELATION_THROUGH: from the table in between to `to`. */
struct link link_beyond(const struct catalog *catalog,
                        const struct relation *relation);

/* The same the other way round. */
struct link link_turn(struct link link);

#endif
