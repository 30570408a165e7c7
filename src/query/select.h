/*
 * What a statement selects: the columns of a tree of resources, the joins
 * that they need, and the shape of the row in JSON.
 */
#ifndef BYLINE_QUERY_SELECT_H
#define BYLINE_QUERY_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "config/config.h"
#include "query/from.h"
#include "query/shape.h"

/* A column of the result that is just a column of a table. */
struct select_plain {
    size_t table; /* number of the alias */
    const char *column;
    size_t place;
    const char *name; /* in the result */
};

struct select {
    struct from from;
    struct shape *shape;
    struct buffer columns; /* of the select list */
    size_t column_count;   /* of the result so far */
    struct select_plain *plains;
    size_t plain_count;
};

/* Adds an expression that is not shown, under a name of ours; the result is
 * its place. */
size_t select_hidden(struct select *select, const char *expression,
                     const char *name);

/* Adds a column of a table, unless it is there already. */
struct select_plain select_column(struct select *select, size_t table,
                                  const char *column, const char *name);

void select_free(struct select *select);

#endif
