/* The two statements by which somebody who is logged in gets another
 * password: what the old one is, and the new one in its place. */
#ifndef BYLINE_QUERY_ACCOUNT_H
#define BYLINE_QUERY_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "db/catalog.h"
#include "query/write.h"

struct account_statement {
    const char *name; /* of the prepared statement */
    const char *sql;
    uint32_t types[4];
    size_t type_count;
};

struct account {
    struct write_field field; /* the new password */
    /* The key, and when the token was issued -> the stored hash; no row: the
     * account is not there, or the token is too old. */
    struct account_statement password;
    /* The same, the new hash and the old one -> when a token is issued, so
     * that all older ones are dead; no row: as above, or the password has
     * changed meanwhile. */
    struct account_statement change;
};

/* How many of the statements' parameters say who asks. */
#define ACCOUNT_VIEWER_PARAMETERS 2

struct account *account_compose(struct arena *arena,
                                const struct catalog *catalog);

#endif
