/*
 * A table as it is seen: only the rows that `where` and `within` of its
 * resource let through. All that reaches rows takes the table from here.
 */
#ifndef BYLINE_QUERY_VISIBLE_H
#define BYLINE_QUERY_VISIBLE_H

#include "base/buffer.h"
#include "query/statement.h"

/* Whether rows of the resource may be there and not be seen. */
bool visible_is_part(const struct resource *resource);

/* The table itself, or a sub-select of it, to be followed by an alias.
 * `where` is one more predicate over its columns, or "". */
void visible_append(struct buffer *sql, const struct statement *statement,
                    const struct resource *resource, const char *where);

/* A predicate of the INI, with who asks in the place of :viewer and :role. */
void visible_append_predicate(struct buffer *sql,
                              const struct statement *statement,
                              const char *predicate);

#endif
