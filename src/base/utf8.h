/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#ifndef BYLINE_BASE_UTF8_H
#define BYLINE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t length);

#endif
