/* What clients filter by, as conditions. */
#ifndef BYLINE_QUERY_FILTER_H
#define BYLINE_QUERY_FILTER_H

#include "query/ask.h"
#include "query/from.h"

/* The OID of what is bound for a filter; 0: what the operator makes of it. */
uint32_t filter_type(const struct catalog *catalog,
                     const struct ask_filter *filter);

/*
 * Appends ` AND …` for each filter, in a FROM list that begins with the root.
 * The number of a filter's parameter is in `parameters`. Those that go
 * through one and the same relation with many are about one row of it.
 */
void filter_append(struct buffer *sql, struct from *from,
                   const struct ask_filter *filters, size_t count,
                   const size_t *parameters);

#endif
