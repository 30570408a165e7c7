/*
 * The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a
 * string of structured fields (RFC 9651, section 3.3.3), without parameters.
 * The same without quotes, as most clients send it, is the same key.
 */
#ifndef BYLINE_HTTP_IDEMPOTENCY_KEY_H
#define BYLINE_HTTP_IDEMPOTENCY_KEY_H

#include "base/arena.h"
#include "base/problem.h"

/* The longest key, in characters. */
#define IDEMPOTENCY_KEY_MAX 255

/* The key that the header's value holds; lives in `arena`. NULL and a problem
 * if it is malformed, empty or too long. */
const char *idempotency_key_parse(struct arena *arena, const char *value,
                                  struct problem *problem);

#endif
