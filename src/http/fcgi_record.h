/* The records in which FastCGI 1.0 wraps an answer. */
#ifndef BYLINE_HTTP_FCGI_RECORD_H
#define BYLINE_HTTP_FCGI_RECORD_H

#include <stddef.h>

#include "base/buffer.h"

/* Writes the answer to a request as STDOUT records, the empty one that ends
 * them, and END_REQUEST. Blocks until all is written; -1 with errno set. */
int fcgi_record_write(int descriptor, int request_id,
                      const struct buffer *head, const struct buffer *body);

#endif
