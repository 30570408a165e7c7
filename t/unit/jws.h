/*
 * A signer of its own for the tests: HMAC-SHA256 (FIPS 180-4, RFC 2104) over
 * any header and payload, also such as no library would sign.
 */
#ifndef BYLINE_UNIT_JWS_H
#define BYLINE_UNIT_JWS_H

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

#define SHA256_BYTES 32
#define SHA256_BLOCK 64

static inline uint32_t
sha256_rotate(uint32_t word, unsigned by)
{
    return word >> by | word << (32 - by);
}

static const uint32_t sha256_start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                         0xa54ff53a, 0x510e527f, 0x9b05688c,
                                         0x1f83d9ab, 0x5be0cd19};

static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline void
sha256_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], s[8];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[i * 4] << 24 |
               (uint32_t)block[i * 4 + 1] << 16 |
               (uint32_t)block[i * 4 + 2] << 8 | block[i * 4 + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] +
               (sha256_rotate(w[i - 15], 7) ^ sha256_rotate(w[i - 15], 18) ^
                w[i - 15] >> 3) +
               (sha256_rotate(w[i - 2], 17) ^ sha256_rotate(w[i - 2], 19) ^
                w[i - 2] >> 10);
    memcpy(s, state, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t first = s[7] + sha256_constants[i] + w[i] +
                         ((s[4] & s[5]) ^ (~s[4] & s[6])) +
                         (sha256_rotate(s[4], 6) ^ sha256_rotate(s[4], 11) ^
                          sha256_rotate(s[4], 25));
        uint32_t second = ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2])) +
                          (sha256_rotate(s[0], 2) ^ sha256_rotate(s[0], 13) ^
                           sha256_rotate(s[0], 22));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += first;
        s[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static inline void
sha256(struct arena *arena, const void *data, size_t length,
       unsigned char digest[SHA256_BYTES])
{
    size_t padded =
        (length + 9 + SHA256_BLOCK - 1) / SHA256_BLOCK * SHA256_BLOCK;
    unsigned char *text = arena_alloc(arena, padded);
    uint32_t state[8];

    memcpy(text, data, length);
    text[length] = 0x80;
    for (unsigned i = 0; i < 8; i++)
        text[padded - 1 - i] = (unsigned char)((uint64_t)length * 8 >> i * 8);
    memcpy(state, sha256_start, sizeof state);
    for (size_t at = 0; at < padded; at += SHA256_BLOCK)
        sha256_block(state, text + at);
    for (unsigned i = 0; i < SHA256_BYTES; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - i % 4 * 8));
}

static inline void
hmac_sha256(struct arena *arena, const char *key, const char *text,
            unsigned char digest[SHA256_BYTES])
{
    size_t length = strlen(text);
    unsigned char *inner = arena_alloc(arena, SHA256_BLOCK + length);
    unsigned char outer[SHA256_BLOCK + SHA256_BYTES] = {0};

    if (strlen(key) > SHA256_BLOCK)
        sha256(arena, key, strlen(key), outer);
    else
        memcpy(outer, key, strlen(key));
    for (int i = 0; i < SHA256_BLOCK; i++) {
        inner[i] = outer[i] ^ 0x36;
        outer[i] ^= 0x5c;
    }
    memcpy(inner + SHA256_BLOCK, text, length);
    sha256(arena, inner, SHA256_BLOCK + length, outer + SHA256_BLOCK);
    sha256(arena, outer, sizeof outer, digest);
}

static inline const char *
jws_encode(struct arena *arena, const void *data, size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *bytes = data;
    char *text = arena_alloc(arena, length / 3 * 4 + 5);
    size_t used = 0;

    for (size_t bit = 0; bit < length * 8; bit += 6) {
        unsigned word = (unsigned)bytes[bit / 8] << 8;

        if (bit / 8 + 1 < length)
            word |= bytes[bit / 8 + 1];
        text[used++] = alphabet[word >> (10 - bit % 8) & 63];
    }
    return text;
}

/* header.payload.signature; each part may hold any bytes. */
static inline const char *
jws_sign_bytes(struct arena *arena, const char *key, const void *header,
               size_t header_length, const void *payload,
               size_t payload_length)
{
    const char *text =
        arena_printf(arena, "%s.%s", jws_encode(arena, header, header_length),
                     jws_encode(arena, payload, payload_length));
    unsigned char digest[SHA256_BYTES];

    hmac_sha256(arena, key, text, digest);
    return arena_printf(arena, "%s.%s", text,
                        jws_encode(arena, digest, sizeof digest));
}

static inline const char *
jws_sign(struct arena *arena, const char *key, const char *header,
         const char *payload)
{
    return jws_sign_bytes(arena, key, header, strlen(header), payload,
                          strlen(payload));
}

#endif
