/* Forms of text that can be told without the database. */
#ifndef BYLINE_QUERY_FORMAT_H
#define BYLINE_QUERY_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* How many characters UTF-8 text has. */
size_t format_count_characters(const char *text);

/* Without blanks (of ASCII) at both ends; lives in `arena`. */
const char *format_trim(struct arena *arena, const char *text);

/* One @ with something in front, and a dot in what follows, which neither
 * begins nor ends with one; no blanks and no control characters. */
bool format_is_email(const char *text);

/* The number of E.164, a plus and 7 to 15 digits, without the blanks, dots,
 * dashes and brackets it was written with; NULL if it is none. */
const char *format_phone(struct arena *arena, const char *text);

/* The forms of ISO 8601 that PostgreSQL prints, and the common ones besides:
 * a day that is in the calendar, T or a blank, seconds that may be missing or
 * have a fraction, a zone or none; also infinity and -infinity of days. */
bool format_is_date(const char *text);
bool format_is_time(const char *text);
bool format_is_timestamp(const char *text);

/* A time whose zone's plus sign, unencoded in a query, has become a blank
 * (HTML, section 4.10.21), with its plus; other text as it is. Lives in
 * `arena`, or is `text`. */
const char *format_mend_zone(struct arena *arena, const char *text);

/* As a JSON string, in quotes; lives in `arena`. */
const char *format_json_string(struct arena *arena, const char *text,
                               size_t length);

#endif
