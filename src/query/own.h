/*
 * Own SQL: a statement of the site's, from a file, with its parameters bound
 * and never interpolated.
 *
 * A GET is one statement in which that of the file is a sub-select, so that it
 * cannot write by itself; and before any of its rows is made, the transaction
 * is told to only read, so that no function writes, either. Other methods run
 * it as it is, in one transaction with a statement in front that checks who
 * asks, and that fails where the other must not run.
 */
#ifndef BYLINE_QUERY_OWN_H
#define BYLINE_QUERY_OWN_H

#include "base/arena.h"
#include "base/problem.h"
#include "config/config.h"
#include "config/diagnostics.h"
#include "db/catalog.h"
#include "query/plan.h"
#include "query/write.h"

struct own_parameter {
    const struct sql_parameter *declared;
    struct write_field field; /* what a value must be */
    struct field rules;       /* of the field */
    const char *fallback;     /* what is bound where there is no value */
};

struct own_statement {
    struct own_parameter *parameters; /* $1, $2 … of the plans */
    size_t parameter_count;
    size_t *path;           /* which of them stand in the path, in its order */
    bool has_rows;          /* there is something to show */
    struct plan *plan;      /* for nobody; NULL: the route needs somebody */
    struct plan *viewed;    /* for who is known by a token; NULL: nobody is */
    const char *check_name; /* of the prepared statement */
    const char *check_sql;  /* NULL: nobody is known, or it is a read */
    uint32_t check_types[2]; /* the viewer's */
    size_t check_type_count;
    struct write refused; /* the constraints that have a COMMENT */
};

/* What the check in front of a write says when it fails: the names that stand
 * in its message. */
#define OWN_UNKNOWN "byline.viewer_is_unknown"
#define OWN_FORBIDDEN "byline.viewer_is_not_allowed"

/*
 * Composes the statement of a route, asking the database about its parameters
 * and columns. All lives in `arena`. NULL: it does not fit, and that is added
 * to `diagnostics`; or *outcome is not DB_OK, and the connection failed.
 */
struct own_statement *own_compose(struct arena *arena, struct db *db,
                                  const struct catalog *catalog,
                                  const struct route *route,
                                  struct diagnostics *diagnostics,
                                  enum db_outcome *outcome);

/* Whether the role may run a plan that is prepared, which PostgreSQL tells
 * when it would: DB_DENIED otherwise, or what became of the connection. */
enum db_outcome own_try(struct db *db, const struct plan *plan);

/* own_value.c: holds the text of a path or query against a parameter,
 * and sets *bound to what is bound. -1, and the field added to `problem`, if
 * it is no value of its type. */
int own_check_text(struct arena *arena, const struct own_parameter *parameter,
                   const char *text, const char **bound,
                   struct problem *problem);

#endif
