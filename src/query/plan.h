/*
 * The plan of a read: one SELECT that joins what it embeds, and the shape of
 * its rows. What a request without parameters asks is composed once per
 * connection, the rest on demand, from the configuration and the catalog;
 * nothing that a client sends becomes SQL but limit and offset, which are
 * integers by then.
 *
 * Where it matters who asks, which rows the path goes through, or how many
 * rows there are, the rows stand in a frame of columns that tell; then there
 * is always a first row.
 */
#ifndef BYLINE_QUERY_PLAN_H
#define BYLINE_QUERY_PLAN_H

#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/catalog.h"
#include "query/ask.h"
#include "query/order.h"
#include "query/shape.h"
#include "query/statement.h"
#include "query/viewer.h"

/* A :name of the path, which the statement has as $1, $2 …, in order. */
struct plan_parameter {
    const char *name;      /* the column's, as in the path */
    const char *json_name; /* what a client knows the column as */
    struct type type;
    const struct relation *parent; /* the row that it names, or NULL */
};

/* The places of a frame's columns. */
#define PLAN_NO_COLUMN SIZE_MAX

struct plan_frame {
    size_t viewer;   /* NULL: nobody, or nobody any more */
    size_t allowed;  /* true: has the role that the route asks for */
    size_t parent;   /* NULL: a row that the path goes through is not there */
    size_t password; /* of VIEWER_LOGIN: the stored hash */
    size_t issued;   /* of VIEWER_LOGIN: when a token is issued, in seconds */
    size_t total;    /* how many rows there are */
    size_t key;      /* NULL: there is no row */
};

struct plan {
    const char *name; /* of the statement, once it is prepared */
    const char *sql;
    struct plan_parameter *parameters;
    size_t parameter_count;
    uint32_t *types; /* of the path's parameters, then the viewer's, then */
    size_t type_count;
    const char **asked; /* those with these values of the request */
    size_t asked_count;
    enum viewer_source source;
    bool has_frame;
    bool only_reads; /* own SQL, which says so to the database */
    struct plan_frame frame;
    struct order order; /* of a list: what cursors are made of */
    struct shape shape;
    size_t version;   /* of a row: the place of its version, a number as text;
                         PLAN_NO_COLUMN: it has none */
    size_t *location; /* of what was written: the places of the columns that
                         its path names, in their order */
};

/*
 * Composes the plan of a route that fits the database, as fit_route says. Of
 * a route that writes, with VIEWER_SETTING, it is the statement that shows
 * what was written: the row whose key the settings hold.
 *
 * A list asks for a row more than its limit, which tells whether another page
 * follows.
 */
struct plan *plan_compose(struct arena *arena, const struct catalog *catalog,
                          const struct route *route, const struct ask *ask,
                          enum viewer_source source);

/* The parameters of the path of a route, with what the catalog knows. */
struct plan_parameter *plan_parameters(struct arena *arena,
                                       const struct catalog *catalog,
                                       const struct route *route);

/* The name that JSON has, or would have, for a column. */
const char *plan_json_name(struct arena *arena, const struct config *config,
                           const struct resource *resource, const char *name);

/* `(SELECT true AS "here" FROM … )`: the rows that the path goes through,
 * which must all be there. False, and nothing, if there are none. */
bool plan_append_parents(struct buffer *sql, struct statement *statement,
                         const struct plan_parameter *parameters,
                         size_t count);

#endif
