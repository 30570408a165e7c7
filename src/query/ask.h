/* What a request asks of a route that reads, beyond its path. */
#ifndef BYLINE_QUERY_ASK_H
#define BYLINE_QUERY_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "config/config.h"
#include "config/operator.h"
#include "db/catalog.h"

struct ask_filter {
    const struct filterable *filterable;
    enum filter_operator operation;
    const char *text;  /* as it came */
    const char *value; /* bound; of OPERATOR_NULL: NULL */
    bool is_null;      /* of OPERATOR_NULL: what is asked for */
};

/* Where a page begins: behind (or before) the row with these values of all
 * keys of the order, the resource's own included. */
struct ask_cursor {
    const char *const *values; /* NULL is NULL */
    size_t count;
    bool is_backward; /* the page ends in front of the row */
};

struct ask {
    const struct selection *selection;
    struct ask_filter *filters;
    size_t filter_count;
    const struct sort_key *sort;
    size_t sort_count;
    const char *search;              /* what q= searches; NULL: nothing */
    bool is_ranked;                  /* the best match first */
    bool wants_count;                /* of all rows, on whatever page */
    const struct ask_cursor *cursor; /* NULL: none */
    int64_t limit;                   /* rows of a page; 0: of an item */
    int64_t offset;
};

/* What a request without parameters asks. */
struct ask ask_default(const struct route *route);

/* All that a route's requests can ask of a list at once; values are NULL.
 * Lives in `arena`. */
struct ask ask_everything(struct arena *arena, const struct route *route);

/* Whether a cursor has a value for each key of the order: -1 and a problem
 * otherwise. */
int ask_check_cursor(const struct catalog *catalog, const struct route *route,
                     const struct ask *ask, struct problem *problem);

/* Says so of a cursor that is none of what is asked. Always -1. */
int ask_refuse_cursor(const struct ask_cursor *cursor,
                      struct problem *problem);

#endif
