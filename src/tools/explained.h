/* What explain says about a statement besides its text. */
#ifndef BYLINE_TOOLS_EXPLAINED_H
#define BYLINE_TOOLS_EXPLAINED_H

#include "db/db.h"
#include "query/plan.h"

/* Prints the statement of a plan, what each of its parameters is, and how
 * PostgreSQL runs it, as comments of SQL; a large table that is read from one
 * end to the other is pointed at. -1, and the reason printed, if PostgreSQL
 * refuses. */
int explained_print(struct arena *arena, struct db *db,
                    const struct plan *plan);

#endif
