/*
 * What a statement selects: the columns of a tree of resources, the joins
 * that they need, and the shape of the row in JSON.
 */
#ifndef BYLINE_QUERY_SELECT_H
#define BYLINE_QUERY_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "config/config.h"
#include "db/catalog.h"
#include "query/shape.h"

/* The statement in the making. Tables have the aliases t0, t1 …; t0 is that
 * of the root. */
struct select {
    struct arena *arena;
    const struct catalog *catalog;
    struct shape *shape;
    bool has_viewer;       /* private columns are for v, see viewer.h */
    struct buffer columns; /* of the select list */
    struct buffer joins;
    size_t column_count; /* of the result so far */
    size_t table_count;
};

/* Adds the object of a selection, whose root is t0. */
void select_object(struct select *select, const struct selection *selection);

/* Adds a column of t0 that is not shown, under a name of ours; the result is
 * its place. */
size_t select_hidden(struct select *select, const char *column,
                     const char *name);

void select_free(struct select *select);

#endif
