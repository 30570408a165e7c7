/* base64url without padding (RFC 4648, section 5). */
#ifndef BYLINE_BASE_BASE64URL_H
#define BYLINE_BASE_BASE64URL_H

#include <stddef.h>

#include "base/arena.h"

/*
 * The bytes that `length` characters of `text` stand for, in `arena` with a
 * NUL behind them, and *decoded_length set; or NULL. Strict, so that no two
 * texts stand for the same bytes: nothing outside of the alphabet, no length
 * that no bytes have, and no bits set behind the last byte.
 */
char *base64url_decode(struct arena *arena, const char *text, size_t length,
                       size_t *decoded_length);

/* The text that stands for bytes, in `arena`. */
char *base64url_encode(struct arena *arena, const void *data, size_t length);

#endif
