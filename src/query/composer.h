/* Inside of query/plan.c, frame.c and conditions.c: the statement of a read
 * in the making. */
#ifndef BYLINE_QUERY_COMPOSER_H
#define BYLINE_QUERY_COMPOSER_H

#include "query/order.h"
#include "query/plan.h"
#include "query/select.h"

struct composer {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    const struct ask *ask;
    struct plan *plan;
    struct statement statement;
    struct catalog_key key;
    struct buffer frame; /* its columns */
    struct select select;
    struct order order;
    struct buffer conditions; /* without WHERE, and without a cursor's */
    size_t *filters;          /* the numbers of their parameters */
    size_t search;            /* and of that of q=; 0: none */
    size_t cursor;            /* and of the first one of a cursor */
};

/* conditions.c: which rows, in a FROM list that begins with the root.
 * `conditions` gets what has no condition of a cursor in it. */
void composer_append_conditions(struct composer *composer, struct from *from,
                                struct buffer *conditions);

/* The rank of a row of t<number> in a search. In the arena. */
const char *composer_rank(const struct composer *composer, size_t table);

/* frame.c: the frame's columns, and `SELECT … LEFT JOIN LATERAL (`. */
void composer_add_frame(struct composer *composer);
void composer_append_frame(struct composer *composer, struct buffer *sql);

/* Whether v is there: after a write on a site without accounts nobody is
 * known. */
bool composer_has_viewer(const struct composer *composer);

#endif
