/*
 * Statements that are composed on demand. One that comes again is prepared,
 * up to a bound; beyond it, as the first time, it is sent as it is.
 */
#ifndef BYLINE_QUERY_STATEMENTS_H
#define BYLINE_QUERY_STATEMENTS_H

#include "base/arena.h"
#include "db/db.h"

/* So many are prepared at most, on each connection. */
#define STATEMENTS_MAX 128

struct statements;

/* None; owned, free with statements_free. */
struct statements *statements_new(void);
void statements_free(struct statements *statements);

/* Forgets all: `db` is NULL if its connection is gone. */
void statements_clear(struct statements *statements, struct db *db);

/* Sets *name to that of a prepared statement, or to NULL. Anything but DB_OK
 * is the outcome of preparing it. */
enum db_outcome statements_find(struct statements *statements, struct db *db,
                                const char *sql, const uint32_t *types,
                                size_t type_count, const char **name);

#endif
