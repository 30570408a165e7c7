/*
 * The program of a pool: the plans of all its routes, composed against one
 * reading of the catalog and prepared on one connection.
 */
#ifndef BYLINE_QUERY_PROGRAM_H
#define BYLINE_QUERY_PROGRAM_H

#include <stddef.h>

#include "base/arena.h"
#include "config/config.h"
#include "config/diagnostics.h"
#include "db/catalog.h"
#include "db/db.h"
#include "query/account.h"
#include "query/own.h"
#include "query/plan.h"
#include "query/write.h"

/* What a route sends. All of it NULL: nothing, or it is disabled. */
struct program_route {
    struct plan *plan;   /* a read for nobody; of log_in, for who logs in */
    struct plan *viewed; /* a read for who is known by a token */
    struct write *write;
    struct account *account;   /* of set_password */
    struct own_statement *own; /* own SQL, whose plans the first two are;
                                    made when it is prepared */
};

struct program {
    const struct catalog *catalog; /* what it was composed against */
    struct type viewer_type;       /* of the key of an account */
    struct program_route *routes;  /* by route index */
    const struct route **disabled; /* they do not fit the database */
    size_t disabled_count;
};

/* Whether a route does not fit the database. */
bool program_is_disabled(const struct program *program,
                         const struct route *route);

/* Whether a route sends statements of its own. */
bool program_has(const struct route *route);

/* Composes the plans of the routes of `pool`. Whatever does not fit is added
 * to `diagnostics`. NULL: those of all pools, whatever the role may do. */
struct program *program_compose(struct arena *arena,
                                const struct catalog *catalog,
                                const struct pool *pool,
                                struct diagnostics *diagnostics);

/* Reads the catalog, composes, and prepares every plan. Routes that do not
 * fit are disabled; why is added to `diagnostics`. NULL: the connection
 * failed, as *outcome says. */
const struct program *program_build(struct arena *arena, struct db *db,
                                    const struct config *config,
                                    const struct pool *pool,
                                    struct diagnostics *diagnostics,
                                    enum db_outcome *outcome);

/* Forgets what was prepared for the program. */
void program_deallocate(const struct program *program, struct db *db,
                        const struct config *config);

#endif
