/* The values of the path against the types of their columns. */
#ifndef BYLINE_HANDLERS_PATH_H
#define BYLINE_HANDLERS_PATH_H

#include "handlers/handler.h"

/* Nothing has the key that the path names. Always -1. */
int path_missing(struct exchange *exchange);

/* A value that its type does not take is a bad request: -1 and a problem. */
int path_check_types(struct exchange *exchange,
                     const struct plan_parameter *parameters, size_t count);

/* A whole number that no row can have is a row that is not there, for those
 * whose request is right otherwise: -1 and a problem. */
int path_check_ranges(struct exchange *exchange,
                      const struct plan_parameter *parameters, size_t count);

#endif
