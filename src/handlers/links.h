/* Where the neighbours of a page are. */
#ifndef BYLINE_HANDLERS_LINKS_H
#define BYLINE_HANDLERS_LINKS_H

#include "handlers/handler.h"
#include "query/reading.h"

/* Adds the header Link (RFC 8288) for a page of a list, of which `count`
 * rows were fetched: one more than it has, if others follow. */
void links_add(struct exchange *exchange, const struct ask *ask,
               const struct reading *reading, size_t count);

#endif
