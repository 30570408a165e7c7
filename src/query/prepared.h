/*
 * Statements that are composed on demand. One that comes again is prepared,
 * up to a bound; beyond it, as the first time, it is sent as it is.
 */
#ifndef BYLINE_QUERY_PREPARED_H
#define BYLINE_QUERY_PREPARED_H

#include "base/arena.h"
#include "db/db.h"

/* So many are prepared at most, on each connection. */
#define PREPARED_MAX 128

struct prepared;

/* None; owned, free with prepared_free. */
struct prepared *prepared_new(void);
void prepared_free(struct prepared *prepared);

/* Forgets all: `db` is NULL if its connection is gone. */
void prepared_clear(struct prepared *prepared, struct db *db);

/* Sets *name to that of a prepared statement, or to NULL. Anything but DB_OK
 * is the outcome of preparing it. */
enum db_outcome prepared_find(struct prepared *prepared, struct db *db,
                              const char *sql, const uint32_t *types,
                              size_t type_count, const char **name);

#endif
