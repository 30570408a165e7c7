/* A value of a JSON text, as the rooms above see it: no library's type. */
#ifndef BYLINE_BASE_JSON_VALUE_H
#define BYLINE_BASE_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum json_kind {
    JSON_NULL,
    JSON_BOOLEAN,
    JSON_INTEGER, /* a number without fraction and exponent */
    JSON_NUMBER,  /* any other number */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_value {
    enum json_kind kind;
    const char *text; /* a string's characters, decoded; of all else the JSON
                         text as it was sent, without blanks; NUL-terminated */
    size_t length;    /* exceeds strlen(text) if a string holds \u0000 */
    bool is_beyond;   /* an integer beyond int64_t; text still has it whole */
};

#endif
