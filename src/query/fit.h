/* Whether resources and relations fit the database that they are about. */
#ifndef BYLINE_QUERY_FIT_H
#define BYLINE_QUERY_FIT_H

#include <stdbool.h>

#include "config/config.h"
#include "config/diagnostics.h"
#include "db/catalog.h"

/* The column of the other table that a to-one's `via` holds: what its
 * foreign key refers to, else the other resource's key if that is a single
 * column, else NULL. */
const char *fit_target_column(const struct catalog *catalog,
                              const struct relation *relation);

/* Whether the row at the other end of a to-one is always seen: `via` is NOT
 * NULL and under a foreign key, and no policy hides rows there. */
bool fit_is_certain(const struct catalog *catalog,
                    const struct relation *relation);

/* Whether the rows of a resource are accounts, be it that of [accounts] or
 * another one of the same table. */
bool fit_is_accounts(const struct catalog *catalog,
                     const struct resource *resource);

/* Whether that column of theirs is the password, which only a log-in reads. */
bool fit_is_password(const struct catalog *catalog,
                     const struct resource *resource, const char *name);

/* Finds a column; NULL, and a complaint, if the table has none. */
const struct catalog_column *fit_existing(const struct catalog *catalog,
                                          const struct resource *resource,
                                          const char *name, struct place place,
                                          struct diagnostics *diagnostics);

/* The same for what a resource or a route names: the password of an account
 * is refused. */
const struct catalog_column *fit_column(const struct catalog *catalog,
                                        const struct resource *resource,
                                        const char *name, struct place place,
                                        struct diagnostics *diagnostics);

/* fit_write.c: whether a route can know who asks, and can write what it
 * says. -1, and what does not fit added, otherwise. */
int fit_access(const struct catalog *catalog, const struct route *route,
               struct diagnostics *diagnostics);
int fit_write(const struct catalog *catalog, const struct route *route,
              struct diagnostics *diagnostics);

/* fit_claims.c: whether the table of [idempotency] is there, and what it must
 * be. -1, and what does not fit added, otherwise. */
int fit_claims(const struct catalog *catalog, struct diagnostics *diagnostics);

/* fit_asked.c: whether clients can filter, sort and search as a route says;
 * what has no index for it is warned of. */
int fit_asked(const struct catalog *catalog, const struct route *route,
              struct diagnostics *diagnostics);

/* Each adds what does not fit, and returns -1 if a statement could not be
 * composed for it. */
int fit_resource(const struct catalog *catalog,
                 const struct resource *resource,
                 struct diagnostics *diagnostics);
int fit_relation(const struct catalog *catalog,
                 const struct relation *relation,
                 struct diagnostics *diagnostics);
int fit_route(const struct catalog *catalog, const struct route *route,
              struct diagnostics *diagnostics);

/* fit_rights.c: whether the role that read the catalog may do what each
 * needs, of what fits. -1, and what it may not added, otherwise. */
int fit_resource_rights(const struct catalog *catalog,
                        const struct resource *resource,
                        struct diagnostics *diagnostics);
int fit_relation_rights(const struct catalog *catalog,
                        const struct relation *relation,
                        struct diagnostics *diagnostics);
int fit_route_rights(const struct catalog *catalog, const struct route *route,
                     struct diagnostics *diagnostics);

#endif
