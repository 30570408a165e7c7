/* Percent-encoding. */
#include "http/uri.h"

#include <stdlib.h>

#include "tap.h"

static const struct {
    const char *text;
    const char *path;  /* decoded as one; NULL: refused */
    const char *query; /* decoded as one */
} examples[] = {
    {"", "", ""},
    {"/films/7", "/films/7", "/films/7"},
    {"a+b", "a+b", "a b"},
    {"a%2Bb", "a+b", "a+b"},
    {"a%20b", "a b", "a b"},
    {"%41%5a%7A", "AZz", "AZz"},
    {"%2f%2F", "//", "//"},
    {"100%25", "100%", "100%"},
    {"%2525", "%25", "%25"},
    {"caf%C3%A9", "caf\xc3\xa9", "caf\xc3\xa9"},
    {"caf\xc3%A9", "caf\xc3\xa9", "caf\xc3\xa9"},
    {"%f0%9f%98%80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {"a%26b%3Dc", "a&b=c", "a&b=c"},
    {"%0a%0D%7f", "\n\r\x7f", "\n\r\x7f"},
    {"%", NULL, NULL},
    {"a%", NULL, NULL},
    {"a%4", NULL, NULL},
    {"%zz", NULL, NULL},
    {"%4g", NULL, NULL},
    {"%g4", NULL, NULL},
    {"% 4", NULL, NULL},
    {"%+4", NULL, NULL},
    {"%-1", NULL, NULL},
    {"%0x41", NULL, NULL},
    {"%u0041", NULL, NULL},
    {"%%41", NULL, NULL},
    {"%00", NULL, NULL},
    {"a%00b", NULL, NULL},
    {"%ff", NULL, NULL},
    {"caf%E9", NULL, NULL},
    {"caf\xe9", NULL, NULL},
    {"%c0%af", NULL, NULL},
    {"%ed%a0%80", NULL, NULL},
    {"%C3", NULL, NULL},
};

/* From a copy with nothing behind it. */
static const char *
decode(struct arena *arena, const char *text, enum uri_part part)
{
    size_t length = strlen(text);
    char *copy = malloc(length > 0 ? length : 1);
    const char *decoded;

    if (!copy)
        abort();
    memcpy(copy, text, length);
    decoded = uri_decode(arena, copy, length, part);
    free(copy);
    return decoded;
}

static void
decodes_every_byte(struct arena *arena)
{
    int wrong = 0;

    for (int byte = 1; byte < 0x80; byte++) {
        char text[4], upper[4], expected[2] = {(char)byte};
        const char *decoded, *same;

        snprintf(text, sizeof text, "%%%02x", byte & 0xffU);
        snprintf(upper, sizeof upper, "%%%02X", byte & 0xffU);
        decoded = decode(arena, text, URI_QUERY);
        same = decode(arena, upper, URI_PATH);
        wrong += !decoded || strcmp(decoded, expected) != 0 || !same ||
                 strcmp(same, expected) != 0;
    }
    is_int(wrong, 0, "every byte of ASCII but NUL, in either case");
}

int
main(void)
{
    struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const char *text = examples[i].text;

        is_text(decode(arena, text, URI_PATH), examples[i].path,
                "\"%s\" in a path", text);
        is_text(decode(arena, text, URI_QUERY), examples[i].query,
                "\"%s\" in a query", text);
    }
    decodes_every_byte(arena);
    is_text(uri_decode(arena, "ab%41", 2, URI_PATH), "ab",
            "the length counts");
    is_text(uri_decode(arena, "ab%41", 4, URI_PATH), NULL,
            "also inside an escape");
    arena_free(arena);
    return done();
}
