/* Signing and verifying; the one file that knows libjwt. */
#include "auth/token.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token_keys.h"
#include "auth/token_scan.h"
#include "base/number.h"

static void
free_jwt(void *jwt)
{
    jwt_free(jwt);
}

static int
add_subject(jwt_t *jwt, const char *claim, const struct token_claims *claims)
{
    int64_t number;

    if (claims->subject[0] == '\0')
        return -1;
    if (!claims->is_number)
        return jwt_add_grant(jwt, claim, claims->subject) == 0 ? 0 : -1;
    return number_parse(claims->subject, &number) == NUMBER_OK &&
                   jwt_add_grant_int(jwt, claim, number) == 0
               ? 0
               : -1;
}

/* libjwt adds alg and typ itself. */
static int
fill(jwt_t *jwt, const struct token_keys *keys,
     const struct token_claims *claims)
{
    const struct token_key *key = keys->items[keys->count - 1];

    return jwt_set_alg(jwt, JWT_ALG_HS256, key->secret, (int)key->length) ==
                       0 &&
                   jwt_add_header(jwt, "kid", key->kid) == 0 &&
                   add_subject(jwt, keys->settings->claim, claims) == 0 &&
                   jwt_add_grant_int(jwt, "iat", claims->issued_at_s) == 0 &&
                   jwt_add_grant_int(jwt, "exp", claims->expires_at_s) == 0
               ? 0
               : -1;
}

const char *
token_sign(const struct token_keys *keys, struct arena *arena,
           const struct token_claims *claims)
{
    jwt_t *jwt;
    char *text;

    if (keys->count == 0 || jwt_new(&jwt) != 0)
        return NULL;
    arena_on_reset(arena, free_jwt, jwt);
    if (fill(jwt, keys, claims) == -1)
        return NULL;
    text = jwt_encode_str(jwt);
    if (!text)
        return NULL;
    arena_on_reset(arena, free, text);
    return strlen(text) <= TOKEN_LENGTH_MAX ? text : NULL;
}

/* When libjwt has no memory for the key, it says that all is well with a
 * token that it did not look at: only the algorithm tells. */
static int
verify_once(const struct token_key *key, struct arena *arena,
            const char *token, jwt_t **jwt)
{
    if (jwt_decode(jwt, token, key->secret, (int)key->length) != 0)
        return -1;
    arena_on_reset(arena, free_jwt, *jwt);
    return jwt_get_alg(*jwt) == JWT_ALG_HS256 ? 0 : -1;
}

/* For want of memory a token looks like a forged one, and somebody would be
 * logged out: what is refused has to be refused twice. */
static int
verify_with(const struct token_key *key, struct arena *arena,
            const char *token, jwt_t **jwt)
{
    if (verify_once(key, arena, token, jwt) == 0)
        return 0;
    return verify_once(key, arena, token, jwt);
}

static bool
may_verify(const struct token_key *key, const struct json_slice *kid)
{
    return !kid->text || (strlen(key->kid) == kid->length &&
                          memcmp(key->kid, kid->text, kid->length) == 0);
}

int
token_verify(const struct token_keys *keys, struct arena *arena,
             const char *token, int64_t now_s, struct token_claims *claims)
{
    struct token_text text;

    if (token_scan(keys->settings, arena, token, now_s, &text) == -1)
        return -1;
    for (size_t i = 0; i < keys->count; i++) {
        jwt_t *jwt;

        if (!may_verify(keys->items[i], &text.kid) ||
            verify_with(keys->items[i], arena, token, &jwt) == -1)
            continue;
        *claims = text.claims;
        if (!claims->is_number)
            claims->subject = jwt_get_grant(jwt, keys->settings->claim);
        return claims->subject ? 0 : -1;
    }
    return -1;
}

bool
token_keys_work(const struct token_keys *keys)
{
    const struct token_claims claims = {
        .subject = "1", .is_number = true, .expires_at_s = 1};
    struct arena *arena = arena_new();
    const char *token = token_sign(keys, arena, &claims);
    struct token_claims read;
    bool work = token && token_verify(keys, arena, token, 0, &read) == 0;

    arena_free(arena);
    return work;
}
