/* Percent-encoding. */
#include "http/uri.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

static int
hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = strchr(digits, tolower((unsigned char)digit));

    return digit != '\0' && found ? (int)(found - digits) : -1;
}

/* The byte at `*at`, which is moved behind it; -1 if malformed or NUL. */
static int
next_byte(const char **at, const char *end, enum uri_part part)
{
    const char *text = *at;
    int high, low;

    *at += 1;
    if (part == URI_QUERY && *text == '+')
        return ' ';
    if (*text != '%')
        return (unsigned char)*text;
    if (end - text < 3)
        return -1;
    *at += 2;
    high = hex_value(text[1]);
    low = hex_value(text[2]);
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

const char *
uri_decode(struct arena *arena, const char *text, size_t length,
           enum uri_part part)
{
    char *decoded = arena_alloc(arena, length + 1);
    const char *end = text + length;
    size_t used = 0;

    while (text < end) {
        int byte = next_byte(&text, end, part);

        if (byte == -1)
            return NULL;
        decoded[used++] = (char)byte;
    }
    return utf8_is_valid(decoded, used) ? decoded : NULL;
}

/* All but letters, digits and `kept`. */
static const char *
encode(struct arena *arena, const char *text, const char *kept)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = arena_alloc(arena, 3 * strlen(text) + 1);
    char *out = encoded;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte < 0x80 && (isalnum(byte) || strchr(kept, byte))) {
            *out++ = (char)byte;
            continue;
        }
        *out++ = '%';
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    *out = '\0';
    return encoded;
}

const char *
uri_encode_segment(struct arena *arena, const char *text)
{
    return encode(arena, text, "-._~!$&'()*+,;=:@");
}

const char *
uri_encode_query(struct arena *arena, const char *text)
{
    return encode(arena, text, "-._~,:[]");
}
