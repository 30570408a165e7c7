/*
 * Cursors: where a page begins, as an opaque text. It holds the values of all
 * keys of the order in one row, and a hash that ties them to what was asked:
 * a cursor that was changed, or one of another order or filter, is noticed.
 */
#ifndef BYLINE_HANDLERS_CURSOR_H
#define BYLINE_HANDLERS_CURSOR_H

#include <stdint.h>

#include "handlers/handler.h"
#include "query/ask.h"

/* What is asked, but for the page: route, path, order, filters and search,
 * in whatever order the parameters came. */
uint64_t cursor_fingerprint(const struct exchange *exchange,
                            const struct ask *ask);

/* The cursor of a row with these values; lives in `arena`. */
const char *cursor_encode(struct arena *arena, uint64_t fingerprint,
                          const char *const *values, size_t count);

/* The values, in `arena`, and *count of them; NULL if the text is no cursor
 * of what is asked. */
const char **cursor_decode(struct arena *arena, uint64_t fingerprint,
                           const char *text, size_t *count);

#endif
