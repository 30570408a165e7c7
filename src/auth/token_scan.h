/*
 * What a token says, read before any library sees it, and held against all
 * rules but the signature's: libjwt takes the algorithm from the token, looks
 * at no times, takes the last of two members, reads times of another type as
 * 0, writes outside of its memory for an empty segment, and has its stack
 * overrun by a long one.
 */
#ifndef BYLINE_AUTH_TOKEN_SCAN_H
#define BYLINE_AUTH_TOKEN_SCAN_H

#include <stdint.h>

#include "auth/token.h"
#include "base/json_scan.h"

struct token_text {
    struct json_slice kid;      /* in the arena; its text is NULL if none */
    struct token_claims claims; /* the subject is NULL if it is no number:
                                   escapes are left to libjwt */
};

/* Sets `text` and returns 0, or -1 for any flaw. What it says is not to be
 * believed until the signature is verified. */
int token_scan(const struct token_settings *settings, struct arena *arena,
               const char *token, int64_t now_s, struct token_text *text);

#endif
