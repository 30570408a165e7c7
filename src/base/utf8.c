/* UTF-8 as RFC 3629, section 4 has it. */
#include "base/utf8.h"

/* What may follow a first byte: how many bytes, and the range of the first
 * of them; all others are 80..BF. */
struct lead {
    unsigned char first, last;
    unsigned char count;
    unsigned char low, high;
};

static const struct lead leads[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf},
    {0xe0, 0xe0, 2, 0xa0, 0xbf}, {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf},
    {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* The length of the valid sequence at `bytes`, or 0. */
static size_t
sequence_length(const unsigned char *bytes, size_t left)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        const struct lead *lead = &leads[i];

        if (bytes[0] < lead->first || bytes[0] > lead->last)
            continue;
        if (lead->count >= left)
            return 0;
        if (lead->count > 0 && (bytes[1] < lead->low || bytes[1] > lead->high))
            return 0;
        for (size_t k = 2; k <= lead->count; k++)
            if (bytes[k] < 0x80 || bytes[k] > 0xbf)
                return 0;
        return lead->count + 1U;
    }
    return 0;
}

bool
utf8_is_valid(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;

    while (length > 0) {
        size_t step = sequence_length(bytes, length);

        if (step == 0)
            return false;
        bytes += step;
        length -= step;
    }
    return true;
}
