/* From a constraint that refused a write to what a client is told. */
#ifndef BYLINE_QUERY_VIOLATION_H
#define BYLINE_QUERY_VIOLATION_H

#include "base/problem.h"
#include "db/db.h"
#include "query/write.h"

/* What a key of nothing is told, unless its constraint has a COMMENT. */
#define VIOLATION_NO_REFERENCE "there is nothing with this key"

/* A write that was refused. */
struct refusal {
    const struct write *write;
    const char *const *values; /* of its parameters */
    bool is_remove;
    const struct db_violation *violation;
};

/* Records what the constraint is about: the field, and its COMMENT as
 * message. `outcome` is DB_TAKEN, DB_POINTED, DB_RULE or DB_VALUE. Always
 * -1. */
int violation_explain(const struct refusal *refusal, enum db_outcome outcome,
                      struct problem *problem);

#endif
