/* The secrets of tokens, as only token.c needs to see them. */
#ifndef BYLINE_AUTH_TOKEN_KEYS_H
#define BYLINE_AUTH_TOKEN_KEYS_H

#include <stddef.h>

#include "auth/token.h"

#define TOKEN_SECRET_MIN 32
#define TOKEN_SECRET_MAX 4096

struct token_key {
    const char *kid;
    const char *path;
    size_t length;
    /* One byte more for a newline, and one to see that there are more. */
    unsigned char secret[TOKEN_SECRET_MAX + 2];
};

struct token_keys {
    const struct token_settings *settings;
    struct token_key **items; /* by kid; the last signs */
    size_t count;
};

/* Whether what the last secret signs verifies. The library behind libjwt sets
 * itself up at its first use, and never again if memory is short then. */
bool token_keys_work(const struct token_keys *keys);

#endif
