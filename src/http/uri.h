/* Percent-encoding. */
#ifndef BYLINE_HTTP_URI_H
#define BYLINE_HTTP_URI_H

#include <stddef.h>

#include "base/arena.h"

/* What a plus sign is: itself, or, in a query, a blank. */
enum uri_part {
    URI_PATH,
    URI_QUERY,
};

/* Decodes percent-encoding (RFC 3986, section 2.1). NULL if it is malformed,
 * or the result holds a NUL or is not UTF-8. Lives in `arena`. */
const char *uri_decode(struct arena *arena, const char *text, size_t length,
                       enum uri_part part);

/* Encodes all but what a segment of a path may hold as it is (RFC 3986,
 * section 3.3). Lives in `arena`. */
const char *uri_encode_segment(struct arena *arena, const char *text);

/* Encodes all but what a name or a value of a query may hold without being
 * taken for something else; brackets stay, as clients write them. Lives in
 * `arena`. */
const char *uri_encode_query(struct arena *arena, const char *text);

#endif
