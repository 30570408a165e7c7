/*
 * Tokens that say who somebody is: JSON Web Tokens, HS256 and nothing else,
 * with a header {alg, typ, kid} and a payload {<claim>, iat, exp}, where
 * [token] names the claim. Which rights somebody has is not in them.
 */
#ifndef BYLINE_AUTH_TOKEN_H
#define BYLINE_AUTH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"
#include "config/diagnostics.h"

/* Longer tokens are refused unseen. */
#define TOKEN_LENGTH_MAX 4096

struct token_claims {
    const char *subject; /* text, also of a number; never empty */
    bool is_number;      /* the subject is written as a JSON integer */
    int64_t issued_at_s;
    int64_t expires_at_s;
};

/* The secrets that sign and verify. */
struct token_keys;

/*
 * Reads the files that `settings`, which is borrowed, names. Each mistake
 * with one is added to `diagnostics`; NULL when there was any. Without a
 * pattern there are no secrets, nothing can be signed and nothing verifies.
 * All lives in `arena`, and secrets are wiped when it is reset.
 */
struct token_keys *token_keys_load(struct arena *arena,
                                   const struct token_settings *settings,
                                   struct diagnostics *diagnostics);

/* The token with these claims, in `arena`. NULL if there is no secret, if
 * the subject is a number that is none or exceeds int64_t, or a text that is
 * empty or no UTF-8, or if the token became longer than TOKEN_LENGTH_MAX. */
const char *token_sign(const struct token_keys *keys, struct arena *arena,
                       const struct token_claims *claims);

/*
 * Sets `claims`, whose subject lives in `arena`, and returns 0 if `token` is
 * one of ours and valid at `now_s`; -1 for every flaw, without telling which.
 * Strict beyond the RFCs: one way to write a token, the signature's last
 * bits included; exp and iat must be there; no member twice or with an
 * escape in its name. A token without a kid, as others make it, is tried
 * with every secret.
 */
int token_verify(const struct token_keys *keys, struct arena *arena,
                 const char *token, int64_t now_s,
                 struct token_claims *claims);

#endif
