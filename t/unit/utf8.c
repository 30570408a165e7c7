/* UTF-8 as RFC 3629 has it. */
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

static const struct {
    const char *what;
    const char *text;
    bool is_valid;
} examples[] = {
    {"nothing", "", true},
    {"ASCII", "plain text\n\x7f", true},
    {"two bytes", "\xc2\x80 \xdf\xbf", true},
    {"three bytes", "\xe0\xa0\x80 \xef\xbf\xbf", true},
    {"four bytes", "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", true},
    {"the last before the surrogates", "\xed\x9f\xbf", true},
    {"the first behind the surrogates", "\xee\x80\x80", true},
    {"a byte order mark", "\xef\xbb\xbf", true},
    {"a continuation alone", "\x80", false},
    {"the last continuation alone", "a\xbf", false},
    {"a slash in two bytes", "\xc0\xaf", false},
    {"the longest overlong form of two", "\xc1\xbf", false},
    {"a slash in three bytes", "\xe0\x80\xaf", false},
    {"the longest overlong form of three", "\xe0\x9f\xbf", false},
    {"a slash in four bytes", "\xf0\x80\x80\xaf", false},
    {"the longest overlong form of four", "\xf0\x8f\xbf\xbf", false},
    {"a NUL in two bytes", "\xc0\x80", false},
    {"the first surrogate", "\xed\xa0\x80", false},
    {"the last surrogate", "\xed\xbf\xbf", false},
    {"a pair of surrogates", "\xed\xa0\xbd\xed\xb8\x80", false},
    {"the first beyond U+10FFFF", "\xf4\x90\x80\x80", false},
    {"a lead of F5", "\xf5\x80\x80\x80", false},
    {"five bytes", "\xf8\x88\x80\x80\x80", false},
    {"FE", "\xfe", false},
    {"FF", "\xff", false},
    {"one of two bytes", "a\xc3", false},
    {"one of three bytes", "\xe2", false},
    {"two of three bytes", "\xe2\x82", false},
    {"three of four bytes", "\xf0\x9f\x98", false},
    {"a lead and a letter", "\xc3(", false},
    {"a letter as the third byte", "\xe2\x82(", false},
    {"a letter as the fourth byte", "\xf0\x9f\x98(", false},
    {"a lead as the second byte", "\xc3\xc3", false},
    {"Latin-1", "caf\xe9", false},
    {"a mistake at the end", "much that is right \xc3\xa9 \xff", false},
};

/* A copy without anything behind it, so that a sanitizer sees a byte read
 * too many. */
static bool
is_valid(const char *text, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    bool answer;

    if (!copy)
        abort();
    memcpy(copy, text, length);
    answer = utf8_is_valid(copy, length);
    free(copy);
    return answer;
}

static size_t
encode(uint32_t code, char out[4])
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = 1;

    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(leads[length] | code);
    return length;
}

static void
takes_every_code_point(void)
{
    uint32_t wrong = 0;

    for (uint32_t code = 0; code < 0x120000; code++) {
        bool exists = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        char text[4];

        if (utf8_is_valid(text, encode(code, text)) != exists && wrong == 0)
            wrong = code + 1;
    }
    is_int(wrong, 0, "all code points but surrogates, up to U+10FFFF");
}

/* Of all sequences of up to three bytes those are valid that encode one
 * code point or several; counted, they are as many as there should be. */
static void
takes_nothing_else(void)
{
    int64_t two = 0, three = 0;

    for (uint32_t bytes = 0; bytes < 0x1000000; bytes++) {
        char text[] = {(char)(bytes >> 16), (char)(bytes >> 8), (char)bytes};

        two += bytes < 0x10000 && utf8_is_valid(text + 1, 2);
        three += utf8_is_valid(text, 3);
    }
    is_int(two, 128 * 128 + 1920, "of two bytes");
    is_int(three, 128 * 128 * 128 + 2 * 128 * 1920 + (65536 - 2048 - 2048),
           "of three bytes");
}

static void
respects_the_length(void)
{
    ok(is_valid("\xc3\xa9\xff", 2), "what follows the length is not seen");
    ok(is_valid("a\0b", 3), "a NUL is a character");
    ok(!is_valid("a\0\xff", 3), "and does not end the text");
    ok(!utf8_is_valid("\xe2\x82\xac", 2),
       "a sequence is not read past the end");
}

int
main(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        ok(is_valid(examples[i].text, strlen(examples[i].text)) ==
               examples[i].is_valid,
           "%s: %s", examples[i].is_valid ? "valid" : "invalid",
           examples[i].what);
    takes_every_code_point();
    takes_nothing_else();
    respects_the_length();
    return done();
}
