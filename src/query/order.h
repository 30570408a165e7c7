/*
 * The order of rows, and where a page of them begins. NULL is greater than
 * every value, as PostgreSQL has it unless told otherwise, so that turning
 * every direction turns the whole order.
 */
#ifndef BYLINE_QUERY_ORDER_H
#define BYLINE_QUERY_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query/ask.h"
#include "query/from.h"

struct order_key {
    const char *sql;    /* the expression */
    size_t table;       /* of the column that it is, */
    const char *column; /* or NULL */
    const char *name;   /* in the result, once it is selected there */
    size_t place;
    uint32_t type; /* OID */
    bool is_descending;
    bool is_nullable;
};

struct order {
    struct order_key *keys;
    size_t count;
};

/* The order that sort keys make, completed by the resource's key so that it
 * is total. `rank` is an expression that goes first, the greatest in front;
 * NULL: none. Joins what it needs. */
struct order order_of(struct from *from, const struct resource *resource,
                      const struct sort_key *sort, size_t sort_count,
                      const char *rank);

/* How many keys that has. */
size_t order_count(const struct catalog *catalog,
                   const struct resource *resource, const struct ask *ask);

/* ` ORDER BY …`, by the expressions or by their names in `page`. */
void order_append(struct buffer *sql, const struct order *order,
                  bool is_backward);
void order_append_names(struct buffer *sql, const struct order *order,
                        bool is_backward);

/* ` ORDER BY …` of the rows of an array; nothing if they have no key. */
void order_append_of_relation(struct buffer *sql, struct from *from,
                              const struct relation *relation);

/* In how many parts the rows behind a cursor are fetched: a second one where
 * the first key may be NULL, since no index has one range for both. */
size_t order_parts(const struct order *order, const struct ask_cursor *cursor);

/* The condition of one of these parts; the cursor's values are $first and
 * those that follow. */
void order_append_part(struct buffer *sql, const struct order *order,
                       const struct ask_cursor *cursor, size_t first,
                       size_t part);

#endif
