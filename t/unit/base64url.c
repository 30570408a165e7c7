/* base64url, strictly. */
#include "base/base64url.h"

#include <stdlib.h>
#include <string.h>

#include "jws.h"
#include "tap.h"

static const struct {
    const char *text;
    const char *decoded; /* NULL: refused */
} examples[] = {
    {"", ""},
    {"Zg", "f"},
    {"Zm8", "fo"},
    {"Zm9v", "foo"},
    {"Zm9vYg", "foob"},
    {"Zm9vYmE", "fooba"},
    {"-_-_", "\xfb\xff\xbf"},
    {"eyI", "{\""},
    {"Zh", NULL},
    {"Zn", NULL},
    {"Zm9", NULL},
    {"Zm-", NULL},
    {"Z", NULL},
    {"Zm9vY", NULL},
    {"Zg==", NULL},
    {"Zm8=", NULL},
    {"Zm 9v", NULL},
    {"Zm9v\n", NULL},
    {"+/+/", NULL},
    {"Zm9v.", NULL},
    {"Zm\xc3\xb6", NULL},
    {"=", NULL},
};

/* From a copy with nothing behind it. */
static char *
decode(struct arena *arena, const char *text, size_t *length)
{
    size_t size = strlen(text);
    char *copy = malloc(size > 0 ? size : 1);
    char *decoded;

    if (!copy)
        abort();
    memcpy(copy, text, size);
    decoded = base64url_decode(arena, copy, size, length);
    free(copy);
    return decoded;
}

static void
all_bytes_go_round(struct arena *arena)
{
    unsigned char bytes[256];
    int wrong = 0;

    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)(i * 7 + 3);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        size_t got = SIZE_MAX;
        const char *decoded =
            decode(arena, base64url_encode(arena, bytes, length), &got);

        wrong +=
            !decoded || got != length || memcmp(decoded, bytes, length) != 0;
        wrong += strcmp(base64url_encode(arena, bytes, length),
                        jws_encode(arena, bytes, length)) != 0;
    }
    is_int(wrong, 0, "texts of any length go round");
}

/* Of all the last characters there can be, one. */
static void
one_text_for_each_value(struct arena *arena)
{
    int accepted[2] = {0};

    for (int byte = 1; byte < 256; byte++) {
        const char texts[2][4] = {{'A', (char)byte}, {'A', 'A', (char)byte}};
        size_t length;

        for (int i = 0; i < 2; i++)
            accepted[i] += decode(arena, texts[i], &length) != NULL;
    }
    is_int(accepted[0], 4, "two bits of six are free in the second");
    is_int(accepted[1], 16, "four of six in the third");
}

int
main(void)
{
    struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        size_t length = 4711;
        const char *decoded = decode(arena, examples[i].text, &length);

        is_text(decoded, examples[i].decoded, "\"%s\"", examples[i].text);
        is_int((int64_t)length,
               decoded ? (int64_t)strlen(examples[i].decoded) : 4711,
               "and its length");
    }
    all_bytes_go_round(arena);
    one_text_for_each_value(arena);
    arena_free(arena);
    return done();
}
