/* Text as a JSON string (RFC 8259, section 7). */
#ifndef BYLINE_BASE_JSON_H
#define BYLINE_BASE_JSON_H

#include <stddef.h>

#include "base/buffer.h"

/* Appends `text`, which must be UTF-8, quoted and escaped as PostgreSQL's
 * to_json does it. */
void json_append_string(struct buffer *buffer, const char *text,
                        size_t length);

/* As json_append_string, for NUL-terminated text; NULL becomes null. */
void json_append_text(struct buffer *buffer, const char *text);

#endif
