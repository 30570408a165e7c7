/*
 * The plan of a route: one SELECT that joins what it embeds, and the shape
 * of its rows. Composed once per connection from the configuration and the
 * catalog; nothing that a client sends becomes SQL but limit and offset,
 * which are integers by then.
 */
#ifndef BYLINE_QUERY_PLAN_H
#define BYLINE_QUERY_PLAN_H

#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/catalog.h"
#include "query/shape.h"

/* A :name of the path, which the statement has as $1, $2 …, in order. */
struct plan_parameter {
    const char *name;      /* the column's, as in the path */
    const char *json_name; /* what a client knows the column as */
    struct type type;
    const struct relation *parent; /* the row that it names, or NULL */
};

struct plan {
    const char *name; /* of the statement, once it is prepared */
    const char *head; /* the statement, or what stands before LIMIT */
    const char *tail; /* what stands behind OFFSET; NULL: no page */
    struct plan_parameter *parameters;
    uint32_t *types; /* of the parameters */
    size_t parameter_count;
    struct shape shape;
    size_t key_column; /* below a parent: NULL where there is no row */
    bool has_parent;   /* no row at all: the row above is not there */
};

/* One page of a list. */
struct page {
    int64_t limit;
    int64_t offset;
};

/* Composes the plan of a route that reads and that fits the database, as
 * fit_route says. */
struct plan *plan_compose(struct arena *arena, const struct catalog *catalog,
                          const struct route *route);

/* The whole statement, in `arena`. A page asks for a row more than its
 * limit, which tells whether another page follows. NULL: no page. */
const char *plan_sql(struct arena *arena, const struct plan *plan,
                     const struct page *page);

#endif
