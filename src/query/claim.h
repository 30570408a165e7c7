/*
 * Idempotent creation. A request that creates a row may carry a key; the
 * table of [idempotency] keeps, in the transaction that writes the row, that
 * this key has been claimed, by whom, for which request, and the row's key.
 * The same request with the same key then shows that row, and writes none.
 *
 * With a key, a write is these statements, in one transaction and round trip:
 *
 *     lock   waits for whoever is using the key
 *     write  the route's own, unless the key is claimed already
 *     keep   claims the key for the row that was written; or tells the answer
 *            behind it of the row that the key was claimed for
 *
 * Each sees what others had committed when `lock` was through. What is not
 * written claims nothing.
 */
#ifndef BYLINE_QUERY_CLAIM_H
#define BYLINE_QUERY_CLAIM_H

#include "query/writer.h"

struct claim {
    const char *lock_name; /* of the prepared statement; its parameter is */
    const char *lock_sql;  /* the key */
    const char *write_name;
    const char *write_sql;
    uint32_t *write_types;
    const char *keep_name; /* parameters: key and hash of the request */
    const char *keep_sql;
    size_t key; /* parameters of the write, behind all others */
    size_t hash;
};

/* The parameters that a claim has behind those of its write. */
enum {
    CLAIM_KEY,
    CLAIM_HASH,
    CLAIM_PARAMETERS,
};
extern const uint32_t claim_types[CLAIM_PARAMETERS];

/* The columns of the table. */
enum claim_column {
    CLAIM_COLUMN_ROUTE,
    CLAIM_COLUMN_KEY,
    CLAIM_COLUMN_VIEWER, /* key of an account, as text; "": nobody */
    CLAIM_COLUMN_HASH,
    CLAIM_COLUMN_ROW, /* its key, each part as text */
    CLAIM_COLUMN_SHOWN,
    CLAIM_COLUMN_EXPIRES,
    CLAIM_COLUMNS,
};
#define CLAIM_KEY_COLUMNS CLAIM_COLUMN_HASH /* the first are its key */

struct claim_column_rule {
    const char *name;
    const char *type; /* as PostgreSQL writes it */
};
extern const struct claim_column_rule claim_columns[CLAIM_COLUMNS];

/* The claim of an idempotent route's write; its write_sql is up to
 * write_compose_sql. */
struct claim *claim_compose(struct arena *arena, const struct catalog *catalog,
                            const struct route *route,
                            const struct write *write);

/* Parts of the write: what is known of the key, as a common table expression,
 * in a join, as the outcomes that it leads to; and the setting by which `keep`
 * knows who asks. All of it nothing, if the request has no key. */
void claim_append_known(struct writer *writer);
void claim_append_join(struct writer *writer);
void claim_append_outcomes(struct writer *writer);
void claim_append_setting(struct writer *writer);

#endif
