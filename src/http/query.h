/* Which query parameters a request may have, and what they may be. */
#ifndef BYLINE_HTTP_QUERY_H
#define BYLINE_HTTP_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "config/config.h"
#include "http/request.h"

/* A whole number that a parameter may be. */
struct query_range {
    int64_t min;
    int64_t max;
    int64_t fallback; /* when the parameter is absent */
};

/* Refuses parameters that are not among `allowed` (NULL-terminated), unless
 * the API ignores them, and those given twice. -1 and a problem that names
 * all of them. */
int query_check(const struct request *request, const struct api *api,
                const char *const *allowed, struct problem *problem);

/* The same for one parameter: adds what is wrong to the fields of the
 * problem. */
void query_check_parameter(const struct request *request,
                           const struct api *api, size_t index,
                           const char *const *allowed,
                           struct problem *problem);

/* Reads a whole number. -1, and the field added to a problem, if it is none
 * or out of range. */
int query_integer(const struct request *request, const char *name,
                  const struct query_range *range, int64_t *value,
                  struct problem *problem);

#endif
