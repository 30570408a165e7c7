/* Strict decimal integers: no blanks, no sign but '-', nothing behind. */
#ifndef BYLINE_BASE_NUMBER_H
#define BYLINE_BASE_NUMBER_H

#include <stdint.h>

enum number_status {
    NUMBER_OK,
    NUMBER_MALFORMED,
    NUMBER_BEYOND, /* well-formed, but beyond 64 bits */
};

/* Reads all of `text`; leading zeros are allowed. `value` is set on OK. */
enum number_status number_parse(const char *text, int64_t *value);

#endif
