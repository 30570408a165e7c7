/* Text as a JSON string. */
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What stands behind the backslash; 'u' is a \u00XX, 0 is no escape. */
static const char escapes[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u',  [0x04] = 'u',
    [0x05] = 'u', [0x06] = 'u', [0x07] = 'u', ['\b'] = 'b',  ['\t'] = 't',
    ['\n'] = 'n', [0x0b] = 'u', ['\f'] = 'f', ['\r'] = 'r',  [0x0e] = 'u',
    [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u',  [0x13] = 'u',
    [0x14] = 'u', [0x15] = 'u', [0x16] = 'u', [0x17] = 'u',  [0x18] = 'u',
    [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u', [0x1c] = 'u',  [0x1d] = 'u',
    [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static void
append_escape(struct buffer *buffer, unsigned char byte)
{
    if (escapes[byte] == 'u')
        buffer_printf(buffer, "\\u%04x", byte);
    else
        buffer_append(buffer, (char[]){'\\', escapes[byte]}, 2);
}

/* Eight bytes, each of this value. */
#define EIGHT_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not zero, if and only if one of eight bytes is zero. */
static uint64_t
zeroes_in(uint64_t word)
{
    return (word - EIGHT_OF(0x01)) & ~word & EIGHT_OF(0x80);
}

/* Whether one of eight bytes needs an escape. */
static bool
needs_escape(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return (zeroes_in(word & EIGHT_OF(0xe0)) |
            zeroes_in(word ^ EIGHT_OF('"')) |
            zeroes_in(word ^ EIGHT_OF('\\'))) != 0;
}

/* How many bytes in front need none. */
static size_t
plain_length(const char *text, size_t length)
{
    size_t at = 0;

    while (length - at >= sizeof(uint64_t) && !needs_escape(text + at))
        at += sizeof(uint64_t);
    while (at < length && !escapes[(unsigned char)text[at]])
        at++;
    return at;
}

void
json_append_string(struct buffer *buffer, const char *text, size_t length)
{
    size_t plain = plain_length(text, length);

    buffer_append_char(buffer, '"');
    buffer_append(buffer, text, plain);
    while (plain < length) {
        append_escape(buffer, (unsigned char)text[plain]);
        text += plain + 1;
        length -= plain + 1;
        plain = plain_length(text, length);
        buffer_append(buffer, text, plain);
    }
    buffer_append_char(buffer, '"');
}

void
json_append_text(struct buffer *buffer, const char *text)
{
    if (text)
        json_append_string(buffer, text, strlen(text));
    else
        buffer_append_text(buffer, "null");
}
