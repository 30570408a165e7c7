/* Tokens: ours go round, and every forgery is refused. */
#include "auth/token.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/token_keys.h"
#include "jws.h"
#include "tap.h"

#ifdef __has_feature
#define HAS_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#else
#define HAS_ADDRESS_SANITIZER 0
#endif

#define NOW INT64_C(1700000000)
#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define THIRD "00000000000000000000000000000000"

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define PAYLOAD "{\"userId\":17,\"iat\":1700000000,\"exp\":1700003600}"

static struct arena *arena;
static struct token_settings settings = {
    .claim = "userId",
    .clock_skew_ms = 30000,
};
static char directory[] = "/tmp/byline-token-XXXXXX";

static void
write_secret(const char *name, const char *secret)
{
    const char *path = arena_printf(arena, "%s/%s.key", directory, name);
    FILE *file = fopen(path, "w");

    if (!file || fputs(secret, file) == EOF || fclose(file) == EOF ||
        chmod(path, 0400) == -1)
        abort();
}

static void
remove_secret(const char *name)
{
    unlink(arena_printf(arena, "%s/%s.key", directory, name));
}

static const struct token_keys *
load(void)
{
    struct diagnostics diagnostics = {.arena = arena};
    const struct token_keys *keys;

    settings.secrets = arena_printf(arena, "%s/*.key", directory);
    keys = token_keys_load(arena, &settings, &diagnostics);
    if (!keys) {
        diagnostics_print(&diagnostics, stderr);
        abort();
    }
    return keys;
}

/* With nothing behind the token. */
static bool
verifies_at(const struct token_keys *keys, const char *token, int64_t now_s)
{
    struct token_claims claims = {0};
    char *copy = strdup(token);
    bool verifies;

    if (!copy)
        abort();
    verifies = token_verify(keys, arena, copy, now_s, &claims) == 0;
    free(copy);
    if (verifies && (!claims.subject || claims.subject[0] == '\0'))
        abort();
    return verifies;
}

static bool
verifies(const struct token_keys *keys, const char *token)
{
    return verifies_at(keys, token, NOW);
}

static const char *
subject_of(const struct token_keys *keys, const char *header,
           const char *payload)
{
    struct token_claims claims = {0};
    const char *token = jws_sign(arena, SECRET, header, payload);

    if (token_verify(keys, arena, token, NOW, &claims) == -1)
        return NULL;
    return arena_printf(arena, "%s %s", claims.is_number ? "number" : "text",
                        claims.subject);
}

static void
signer_of_the_tests_is_right(void)
{
    unsigned char digest[SHA256_BYTES];

    hmac_sha256(arena, "key", "The quick brown fox jumps over the lazy dog",
                digest);
    is_text(jws_encode(arena, digest, sizeof digest),
            "97yD9DBThCSxMpjmqm-xQ-9NWaFJRhdZl0edvC0aPNg", "a known HMAC");
}

static void
go_round(const struct token_keys *keys, const char *subject, bool is_number)
{
    const struct token_claims claims = {subject, is_number, NOW, NOW + 3600};
    const char *token = token_sign(keys, arena, &claims);
    struct token_claims read = {0};

    if (!ok(token, "\"%s\" is signed", subject))
        return;
    is_int(token_verify(keys, arena, token, NOW, &read), 0, "and verifies");
    is_text(read.subject, subject, "with its subject");
    ok(read.is_number == is_number, "of its type");
    is_int(read.issued_at_s, NOW, "with its time");
    is_int(read.expires_at_s, NOW + 3600, "and its end");
}

static void
tokens_go_round(const struct token_keys *keys)
{
    const struct token_claims claims = {"17", true, NOW, NOW + 3600};
    const char *token = token_sign(keys, arena, &claims);

    is_text(token,
            jws_sign(arena, SECRET,
                     "{\"alg\":\"HS256\",\"kid\":\"a\",\"typ\":\"JWT\"}",
                     "{\"exp\":1700003600,\"iat\":1700000000,"
                     "\"userId\":17}"),
            "a token is what the RFC says");
    go_round(keys, "17", true);
    go_round(keys, "0", true);
    go_round(keys, "-1", true);
    go_round(keys, "9223372036854775807", true);
    go_round(keys, "-9223372036854775808", true);
    go_round(keys, "17", false);
    go_round(keys, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", false);
    go_round(keys, "a \"quoted\\\" \x01 caf\xc3\xa9 \xf0\x9f\x98\x80/", false);
}

static void
what_cannot_be_signed(const struct token_keys *keys)
{
    static const struct {
        const char *subject;
        bool is_number;
    } wrong[] = {
        {"", false},   {"", true},    {"\xff", false},
        {"abc", true}, {"1.5", true}, {"9223372036854775808", true},
    };
    char *longest = arena_alloc(arena, 4096);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct token_claims claims = {wrong[i].subject,
                                            wrong[i].is_number, NOW, NOW};

        is_text(token_sign(keys, arena, &claims), NULL, "\"%s\" is not signed",
                wrong[i].subject);
    }
    memset(longest, 'x', 2900);
    go_round(keys, longest, false);
    memset(longest, 'x', 4000);
    is_text(token_sign(keys, arena,
                       &(struct token_claims){longest, false, NOW, NOW}),
            NULL, "nor what nobody would verify");
}

/* Made by jsonwebtoken for Node, with no kid. */
static void
tokens_from_elsewhere_verify(const struct token_keys *keys)
{
    static const char token[] =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJ1c2VySWQiOjE3LCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMH0."
        "5E4iBOwBt8Qtq05aGq62tSDWf8xHt1LGN72BTBqLzbY";
    struct token_claims claims;

    is_int(token_verify(keys, arena, token, NOW, &claims), 0,
           "a token from elsewhere verifies");
    is_text(claims.subject, "17", "with its subject");
    ok(claims.is_number, "a number");
    is_text(token, jws_sign(arena, SECRET, HEADER, PAYLOAD),
            "which is what the tests sign as well");
}

static const struct {
    const char *header;
    const char *payload;
    const char *subject; /* NULL: refused */
} texts[] = {
    {HEADER, PAYLOAD, "number 17"},
    {" {\n\"typ\" : \"jwt\" ,\t\"alg\":\"HS256\"} ", PAYLOAD, "number 17"},
    {"{\"alg\":\"HS256\"}", PAYLOAD, "number 17"},
    {"{\"alg\":\"HS256\",\"x5u\":{\"a\":[1]},\"kid\":\"a\"}", PAYLOAD,
     "number 17"},
    /* the algorithm */
    {"{\"typ\":\"JWT\"}", PAYLOAD, NULL},
    {"{}", PAYLOAD, NULL},
    {"{\"alg\":\"none\"}", PAYLOAD, NULL},
    {"{\"alg\":\"None\"}", PAYLOAD, NULL},
    {"{\"alg\":\"hs256\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS384\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS512\"}", PAYLOAD, NULL},
    {"{\"alg\":\"RS256\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256 \"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\\u0000\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS\\u003256\"}", PAYLOAD, NULL},
    {"{\"alg\":[\"HS256\"]}", PAYLOAD, NULL},
    {"{\"alg\":null}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"alg\":\"none\"}", PAYLOAD, NULL},
    {"{\"alg\":\"none\",\"alg\":\"HS256\"}", PAYLOAD, NULL},
    {"{\"\\u0061lg\":\"HS256\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"a\\u0000\":1}", PAYLOAD, NULL},
    /* the rest of the header */
    {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"crit\":[]}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"crit\":null}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"typ\":\"JOSE\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"typ\":null}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"typ\":\"JWT\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"x\":1,\"x\":1}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"b\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"A\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"a.key\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"../a\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"/dev/null\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"a\\u0000\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":\"\\u0061\"}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":7}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",\"kid\":null}", PAYLOAD, NULL},
    {"[\"alg\",\"HS256\"]", PAYLOAD, NULL},
    {"\"HS256\"", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\"} x", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\",}", PAYLOAD, NULL},
    {"{'alg':'HS256'}", PAYLOAD, NULL},
    {"{\"alg\":\"HS256\"", PAYLOAD, NULL},
    {"\xef\xbb\xbf{\"alg\":\"HS256\"}", PAYLOAD, NULL},
    /* the end */
    {HEADER, "{\"userId\":1,\"iat\":1700000000}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":\"1700003600\"}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600.0}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":17e8}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":null}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":true}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":[1700003600]}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":0}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":-1}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1699999970}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1699999971}", "number 1"},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":9223372036854775807}",
     "number 1"},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":9223372036854775808}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":99999999999999999999}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"\\u0065xp\":1}",
     NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"Exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"a\":{\"exp\":1700003600}}", NULL},
    /* the beginning */
    {HEADER, "{\"userId\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1700000031,\"exp\":1700003600}",
     "number 1"},
    {HEADER, "{\"userId\":1,\"iat\":1700000032,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":0,\"exp\":1700003600}", "number 1"},
    {HEADER, "{\"userId\":1,\"iat\":-1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":\"1\",\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1.0,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"nbf\":1700000030}",
     "number 1"},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"nbf\":1700000031}",
     NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"nbf\":\"1\"}",
     NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"nbf\":null}", NULL},
    /* the subject */
    {HEADER, "{\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"sub\":1,\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":\"\",\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":\"a\",\"iat\":1,\"exp\":1700003600}", "text a"},
    {HEADER, "{\"userId\":\"\\u0061\\n\",\"iat\":1,\"exp\":1700003600}",
     "text a\n"},
    {HEADER, "{\"userId\":\"\\ud83d\\ude00\",\"iat\":1,\"exp\":1700003600}",
     "text \xf0\x9f\x98\x80"},
    {HEADER, "{\"userId\":\"\\u0000\",\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":\"1\\u0000\",\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":\"\\ud83d\",\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":\"\xff\",\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":-0,\"iat\":1,\"exp\":1700003600}", "number 0"},
    {HEADER, "{\"userId\":01,\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1.0,\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":9223372036854775808,\"iat\":1,\"exp\":1700003600}",
     NULL},
    {HEADER, "{\"userId\":null,\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":true,\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":[1],\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":{},\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"userId\":2,\"iat\":1,\"exp\":1700003600}", NULL},
    {HEADER, "{\"userId\":1,\"user\\u0049d\":2,\"iat\":1,\"exp\":1700003600}",
     NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"a\":1,\"a\":2}",
     NULL},
    {HEADER, "{\"userId\":1,\"iat\":1,\"exp\":1700003600,\"\":1}", "number 1"},
    /* the form of the payload */
    {HEADER, "[{\"userId\":1,\"iat\":1,\"exp\":1700003600}]", NULL},
    {HEADER,
     "\""
     "userId\"",
     NULL},
    {HEADER, "17", NULL},
    {HEADER, "null", NULL},
    {HEADER, "{}", NULL},
    {HEADER, " ", NULL},
    {HEADER, PAYLOAD PAYLOAD, NULL},
    {HEADER, PAYLOAD ",", NULL},
    {HEADER,
     "{\"userId\":17,\"iat\":1700000000,\"exp\":1700003600,"
     "\"a\":[[[[[[[]]]]]]]}",
     "number 17"},
    {HEADER,
     "{\"userId\":17,\"iat\":1700000000,\"exp\":1700003600,"
     "\"a\":[[[[[[[[]]]]]]]]}",
     NULL},
};

static void
only_what_is_right_verifies(const struct token_keys *keys)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        is_text(subject_of(keys, texts[i].header, texts[i].payload),
                texts[i].subject, "%s %s", texts[i].header, texts[i].payload);
}

static const char *
segment(const char *text)
{
    return jws_encode(arena, text, strlen(text));
}

/* Tokens of another form than header.payload.signature. */
static void
other_forms_are_refused(const struct token_keys *keys)
{
    const char *token = jws_sign(arena, SECRET, HEADER, PAYLOAD);
    const char *none = segment("{\"alg\":\"none\"}");
    const char *head = segment(HEADER), *body = segment(PAYLOAD);
    const char *signature = strrchr(token, '.') + 1;
    const char *const forms[] = {
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        head,
        arena_printf(arena, "%s.%s", head, body),
        arena_printf(arena, "%s.%s.", head, body),
        arena_printf(arena, "%s..%s", head, signature),
        arena_printf(arena, ".%s.%s", body, signature),
        arena_printf(arena, "..%s", signature),
        arena_printf(arena, "%s..", head),
        arena_printf(arena, "%s.x", token),
        arena_printf(arena, "%s.", token),
        arena_printf(arena, ".%s", token),
        arena_printf(arena, "%s ", token),
        arena_printf(arena, " %s", token),
        arena_printf(arena, "%s\n", token),
        arena_printf(arena, "%s=", token),
        arena_printf(arena, "%s==.%s.%s", head, body, signature),
        arena_printf(arena, "%s.%s", none, body),
        arena_printf(arena, "%s.%s.", none, body),
        arena_printf(arena, "%s.%s.%s", none, body, signature),
        arena_printf(arena, "%s.%s.%.42s", head, body, signature),
        arena_printf(arena, "%s.%s.%sA", head, body, signature),
        arena_printf(arena, "%s.%s.%.8s", head, body, signature),
        arena_printf(arena, "%s.%s.+%s", head, body, signature + 1),
        arena_printf(arena, "%s.%s.%s", body, head, signature),
        arena_printf(arena, "%s.%s.%s", head, head, signature),
        jws_sign(arena, OTHER, HEADER, PAYLOAD),
        jws_sign(arena, "", HEADER, PAYLOAD),
        jws_sign(arena, SECRET "\n", HEADER, PAYLOAD),
    };

    ok(verifies(keys, token), "the token that they are made of is right");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        ok(!verifies(keys, forms[i]), "form %zu: \"%s\"", i, forms[i]);
}

/* By the secret itself, with another function. Made by jsonwebtoken. */
static void
other_functions_are_refused(const struct token_keys *keys)
{
    static const char hs384[] =
        "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9."
        "eyJ1c2VySWQiOjE3LCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMH0."
        "lrscpooYUkimTsHI1K2SDUjC6y-zCHQzXHsfUxE2UGvPRftVQV9ujMwliQ-AeztH";
    static const char hs512[] =
        "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."
        "eyJ1c2VySWQiOjE3LCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMH0."
        "HFbyodYih3npTljJVWqKP_3A-5Du2b-CgDKQlOQgeVjUxaP1in0QraV4IU_yD_v3"
        "WH_DrHW5cMDVYnknoFo3vQ";

    ok(!verifies(keys, hs384), "HS384");
    ok(!verifies(keys, hs512), "HS512");
}

/* The last of 43 characters has four bits of the signature and two that say
 * nothing. Only one of four such texts is a token. */
static void
a_signature_is_written_in_one_way(const struct token_keys *keys)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_";
    char *token =
        arena_strdup(arena, jws_sign(arena, SECRET, HEADER, PAYLOAD));
    char *last = token + strlen(token) - 1;
    char right = *last;
    int accepted = 0;

    for (size_t i = 0; i < sizeof alphabet - 1; i++) {
        *last = alphabet[i];
        accepted += verifies(keys, token);
    }
    is_int(accepted, 1, "one last character verifies");
    *last = right;
    ok(verifies(keys, token), "the right one");
}

static void
every_byte_counts(const struct token_keys *keys)
{
    const char *token = jws_sign(arena, SECRET, HEADER, PAYLOAD);
    int accepted = 0;

    for (size_t i = 0; token[i] != '\0'; i++)
        for (int bit = 0; bit < 8; bit++) {
            char *changed = arena_strdup(arena, token);

            changed[i] = (char)(changed[i] ^ 1 << bit);
            accepted += verifies(keys, changed);
        }
    is_int(accepted, 0, "no bit can change");
    for (size_t i = 0; i < strlen(token); i++)
        accepted += verifies(keys, arena_strndup(arena, token, i));
    is_int(accepted, 0, "no byte can be cut");
}

/* A token of that length that is right otherwise. */
static const char *
token_of_length(size_t length)
{
    for (size_t size = length * 3 / 4 - 120; size < length; size++) {
        const char *padding = memset(arena_alloc(arena, size + 1), 'x', size);
        const char *token =
            jws_sign(arena, SECRET, HEADER,
                     arena_printf(arena,
                                  "{\"userId\":17,\"iat\":1700000000,"
                                  "\"exp\":1700003600,\"a\":\"%s\"}",
                                  padding));

        if (strlen(token) >= length)
            return token;
    }
    return "";
}

static void
long_tokens_are_refused(const struct token_keys *keys)
{
    size_t size = 9000000;
    char *huge = arena_alloc(arena, size + 1);

    is_int((int64_t)strlen(token_of_length(4096)), 4096, "of 4096 bytes");
    ok(verifies(keys, token_of_length(4096)), "a token verifies");
    ok(!verifies(keys, token_of_length(4097)), "and none that is longer");
    memset(huge, 'A', size);
    ok(!verifies(keys, huge), "nine megabytes");
    memcpy(huge + size / 3, ".", 1);
    memcpy(huge + size / 3 * 2, ".", 1);
    ok(!verifies(keys, huge), "nine megabytes in three segments");
}

static void
many_members_are_refused(const struct token_keys *keys)
{
    const char *payload = "\"userId\":17,\"iat\":1700000000,"
                          "\"exp\":1700003600";

    for (int i = 4; i <= 33; i++) {
        payload = arena_printf(arena, "%s,\"m%d\":1", payload, i);
        if (i == 32)
            ok(subject_of(keys, HEADER, arena_printf(arena, "{%s}", payload)),
               "32 members are a token");
    }
    is_text(subject_of(keys, HEADER, arena_printf(arena, "{%s}", payload)),
            NULL, "33 are too many");
}

/* a is the oldest secret; the last by name signs. */
static void
secrets_rotate(const struct token_keys *before)
{
    const struct token_claims claims = {"17", true, NOW, NOW + 3600};
    const char *header_a = "{\"alg\":\"HS256\",\"kid\":\"a\"}";
    const char *header_b = "{\"alg\":\"HS256\",\"kid\":\"b\"}";
    const char *old = token_sign(before, arena, &claims);
    const struct token_keys *keys;
    const char *new;

    write_secret("b", OTHER "\n");
    keys = load();
    new = token_sign(keys, arena, &claims);
    ok(old && verifies(keys, old), "a token of the old secret is good");
    ok(new &&verifies(keys, new), "one of the new one, too");
    ok(new && !verifies(before, new), "which the old does not know");
    ok(verifies(keys, jws_sign(arena, SECRET, HEADER, PAYLOAD)) &&
           verifies(keys, jws_sign(arena, OTHER, HEADER, PAYLOAD)),
       "without a kid, each is tried");
    ok(!verifies(keys, jws_sign(arena, THIRD, HEADER, PAYLOAD)),
       "and a third is none");
    ok(verifies(keys, jws_sign(arena, OTHER, header_b, PAYLOAD)),
       "a kid and its secret");
    ok(!verifies(keys, jws_sign(arena, OTHER, header_a, PAYLOAD)) &&
           !verifies(keys, jws_sign(arena, SECRET, header_b, PAYLOAD)),
       "a kid and another's secret");
    remove_secret("a");
    keys = load();
    ok(old && !verifies(keys, old), "a token of a secret that is gone");
    ok(new &&verifies(keys, new), "the others stay");
    remove_secret("b");
}

static void
nothing_verifies_without_secrets(void)
{
    struct token_settings none = settings;
    struct diagnostics diagnostics = {.arena = arena};
    const struct token_claims claims = {"17", true, NOW, NOW + 3600};
    const struct token_keys *keys;

    none.secrets = "";
    keys = token_keys_load(arena, &none, &diagnostics);
    if (!ok(keys && diagnostics.count == 0, "no secrets are no mistake"))
        return;
    is_text(token_sign(keys, arena, &claims), NULL, "nothing is signed");
    ok(!verifies(keys, jws_sign(arena, "", HEADER, PAYLOAD)),
       "nothing verifies, least of all with an empty secret");
}

#if !HAS_ADDRESS_SANITIZER
/* Lets the process grow by 256 MB and no more; returns the limit so far. */
static struct rlimit
limit_memory(void)
{
    struct rlimit before, now;
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%lu", &pages) != 1 ||
        getrlimit(RLIMIT_AS, &before) == -1)
        abort();
    fclose(file);
    now = before;
    now.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (256U << 20);
    setrlimit(RLIMIT_AS, &now);
    return before;
}
#endif

/* libjwt copies the secret first; when it cannot, it takes any signature for
 * good. A secret of two gigabytes, of which nothing is read, sees to that. */
static void
a_library_without_memory_is_not_believed(void)
{
#if HAS_ADDRESS_SANITIZER
    ok(true, "skipped: the sanitizer ends whoever asks for too much");
#else
    static struct token_key key = {.kid = "a", .length = INT_MAX};
    struct token_key *items[] = {&key};
    const struct token_keys keys = {&settings, items, 1};
    const char *forged = jws_sign(arena, OTHER, HEADER, PAYLOAD);
    struct rlimit before = limit_memory();
    bool accepted = verifies(&keys, forged);

    setrlimit(RLIMIT_AS, &before);
    ok(!accepted, "no memory for the secret, no token");
#endif
}

static void
times_follow_the_clock(const struct token_keys *keys)
{
    const char *token = jws_sign(arena, SECRET, HEADER, PAYLOAD);

    ok(!verifies_at(keys, token, NOW - 32), "before it was issued");
    ok(verifies_at(keys, token, NOW - 31), "within the skew and a second");
    ok(verifies_at(keys, token, NOW + 3629), "within the skew of the end");
    ok(!verifies_at(keys, token, NOW + 3630), "after the end");
    settings.clock_skew_ms = 0;
    ok(!verifies_at(keys, token, NOW - 2), "before it was issued, no skew");
    ok(verifies_at(keys, token, NOW - 1), "for the second that follows");
    ok(verifies_at(keys, token, NOW), "from then on");
    ok(verifies_at(keys, token, NOW + 3599), "to the last second");
    ok(!verifies_at(keys, token, NOW + 3600), "and no longer");
    settings.clock_skew_ms = 30000;
}

static void
another_claim_is_read(const struct token_keys *keys)
{
    settings.claim = "sub";
    go_round(keys, "17", false);
    is_text(subject_of(keys, HEADER, PAYLOAD), NULL, "and userId is not");
    settings.claim = "userId";
}

static void
tokens_are_cheap(const struct token_keys *keys)
{
    const struct token_claims claims = {"17", true, NOW, NOW + 3600};
    struct arena *request = arena_new();
    struct timespec start, end;
    struct token_claims read;
    int64_t us;
    int failed = 0;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 0; i < 1000; i++) {
        const char *token = token_sign(keys, request, &claims);

        failed += token_verify(keys, request, token, NOW, &read);
        arena_reset(request);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    us = (end.tv_sec - start.tv_sec) * 1000000 +
         (end.tv_nsec - start.tv_nsec) / 1000;
    is_int(failed, 0, "a thousand tokens");
    diag("signed and verified in %.1f us each", (double)us / 1000);
    arena_free(request);
}

int
main(void)
{
    const struct token_keys *keys;

    arena = arena_new();
    if (!mkdtemp(directory))
        abort();
    write_secret("a", SECRET "\n");
    keys = load();
    signer_of_the_tests_is_right();
    tokens_go_round(keys);
    what_cannot_be_signed(keys);
    tokens_from_elsewhere_verify(keys);
    only_what_is_right_verifies(keys);
    other_forms_are_refused(keys);
    other_functions_are_refused(keys);
    a_signature_is_written_in_one_way(keys);
    every_byte_counts(keys);
    long_tokens_are_refused(keys);
    many_members_are_refused(keys);
    a_library_without_memory_is_not_believed();
    times_follow_the_clock(keys);
    another_claim_is_read(keys);
    tokens_are_cheap(keys);
    secrets_rotate(keys);
    nothing_verifies_without_secrets();
    rmdir(directory);
    arena_free(arena);
    return done();
}
