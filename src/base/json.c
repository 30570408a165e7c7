/* Text as a JSON string. */
#include "base/json.h"

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

void
json_append_string(struct buffer *buffer, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t start = 0;

    buffer_append_char(buffer, '"');
    for (size_t i = 0; i < length; i++) {
        if (!escapes[bytes[i]])
            continue;
        buffer_append(buffer, text + start, i - start);
        append_escape(buffer, bytes[i]);
        start = i + 1;
    }
    buffer_append(buffer, text + start, length - start);
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
