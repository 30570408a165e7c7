/* The operators by which a column can be filtered. */
#ifndef BYLINE_CONFIG_OPERATOR_H
#define BYLINE_CONFIG_OPERATOR_H

#include "base/arena.h"

enum filter_operator {
    OPERATOR_EQ, /* ?x=, as well */
    OPERATOR_NE, /* where it is NULL, too */
    OPERATOR_LT,
    OPERATOR_LTE,
    OPERATOR_GT,
    OPERATOR_GTE,
    OPERATOR_IN,
    OPERATOR_NIN, /* where it is NULL, too */
    OPERATOR_NULL,
    OPERATOR_CONTAINS, /* whatever the case */
    OPERATOR_STARTS,
    OPERATORS, /* how many there are */
};

/* The operator of that name, or OPERATORS. */
enum filter_operator operator_parse(const char *name);

/* Static. */
const char *operator_name(enum filter_operator operation);

/* "eq, in": those of a set, a bit each. Lives in `arena`. */
const char *operator_list(struct arena *arena, unsigned operators);

#endif
