/*
 * Tokens: the first byte says whether the rest is a whole token, or the
 * header or payload of one that is signed with the right secret. What
 * verifies is valid now, and says the same after it was signed again.
 */
#include <string.h>

#include "auth/token_keys.h"
#include "fuzz.h"
#include "jws.h"

#define NOW INT64_C(1700000000)
#define SKEW_S 30

enum part {
    PART_TOKEN,
    PART_HEADER,
    PART_PAYLOAD,
    PARTS,
};

static const char secret[] = "0123456789abcdef0123456789abcdef";
static const char header[] = "{\"alg\":\"HS256\"}";
static const char payload[] =
    "{\"userId\":17,\"iat\":1700000000,\"exp\":1700003600}";

static const struct token_settings settings = {
    .claim = "userId",
    .clock_skew_ms = SKEW_S * 1000,
};
static struct token_key key = {.kid = "a", .path = "a.key", .length = 32};
static struct token_key *items[] = {&key};
static const struct token_keys keys = {&settings, items, 1};

static void
check_claims(struct arena *arena, const struct token_claims *claims)
{
    const char *again;
    struct token_claims read;

    must(claims->subject && claims->subject[0] != '\0');
    must(claims->issued_at_s <= NOW + SKEW_S);
    must(claims->expires_at_s > NOW - SKEW_S);
    again = token_sign(&keys, arena, claims);
    if (!again)
        return; /* with a kid, it would be too long */
    must(token_verify(&keys, arena, again, NOW, &read) == 0);
    must(strcmp(read.subject, claims->subject) == 0);
    must(read.is_number == claims->is_number);
    must(read.issued_at_s == claims->issued_at_s);
    must(read.expires_at_s == claims->expires_at_s);
}

/* The bytes with a NUL behind them, and nothing behind that. */
static char *
copy_of(const void *data, size_t size)
{
    char *copy = malloc(size + 1);

    must(copy != NULL);
    memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

static char *
make_token(struct arena *arena, enum part part, const void *data, size_t size)
{
    const char *token;

    if (part == PART_TOKEN)
        return copy_of(data, size);
    token = part == PART_HEADER ? jws_sign_bytes(arena, secret, data, size,
                                                 payload, strlen(payload))
                                : jws_sign_bytes(arena, secret, header,
                                                 strlen(header), data, size);
    return copy_of(token, strlen(token));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    enum part part = size > 0 ? data[0] % PARTS : PART_TOKEN;
    char *token =
        make_token(arena, part, data + (size > 0), size > 0 ? size - 1 : 0);
    struct token_claims claims;

    memcpy(key.secret, secret, strlen(secret));
    if (token_verify(&keys, arena, token, NOW, &claims) == 0)
        check_claims(arena, &claims);
    free(token);
    arena_free(arena);
    return 0;
}
