/* What all parts of one statement have in common. */
#ifndef BYLINE_QUERY_STATEMENT_H
#define BYLINE_QUERY_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "db/catalog.h"

struct statement {
    struct arena *arena;
    const struct catalog *catalog;
    bool has_viewer;    /* somebody asks: v, see viewer.h */
    const char *viewer; /* SQL: the key of who asks, */
    const char *role;   /* and the role */
    size_t table_count; /* aliases so far: t0, t1 … */
};

/* A statement with who asks in FROM, as v, or for nobody. */
struct statement statement_start(struct arena *arena,
                                 const struct catalog *catalog,
                                 bool has_viewer);

/* The same with v as a common table expression, as writes have it. */
struct statement statement_start_write(struct arena *arena,
                                       const struct catalog *catalog,
                                       bool has_viewer);

#endif
