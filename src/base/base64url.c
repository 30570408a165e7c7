/* base64url, strictly. */
#include "base/base64url.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz"
                               "0123456789-_";

/* Six bits; -1 if that is no character of the alphabet. */
static int
bits_of(char character)
{
    const char *found = memchr(alphabet, character, sizeof alphabet - 1);

    return found ? (int)(found - alphabet) : -1;
}

char *
base64url_decode(struct arena *arena, const char *text, size_t length,
                 size_t *decoded_length)
{
    char *decoded = arena_alloc(arena, length / 4 * 3 + 3);
    uint32_t pending = 0;
    unsigned pending_bits = 0;
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        int bits = bits_of(text[i]);

        if (bits == -1)
            return NULL;
        pending = (pending << 6 | (uint32_t)bits) & 0xffff;
        pending_bits += 6;
        if (pending_bits < 8)
            continue;
        pending_bits -= 8;
        decoded[used++] = (char)(pending >> pending_bits & 0xff);
    }
    /* A single character is left over, or bits that say nothing are set. */
    if (pending_bits >= 6 || (pending & ((1U << pending_bits) - 1)) != 0)
        return NULL;
    *decoded_length = used;
    return decoded;
}

char *
base64url_encode(struct arena *arena, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    char *encoded = arena_alloc(arena, length * 4 / 3 + 3);
    uint32_t pending = 0;
    unsigned pending_bits = 0;
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        pending = (pending << 8 | bytes[i]) & 0xffff;
        for (pending_bits += 8; pending_bits >= 6;) {
            pending_bits -= 6;
            encoded[used++] = alphabet[pending >> pending_bits & 63];
        }
    }
    if (pending_bits > 0)
        encoded[used++] = alphabet[pending << (6 - pending_bits) & 63];
    return encoded;
}
