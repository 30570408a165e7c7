/*
 * What libFuzzer calls. A target is one file that defines this function; a
 * promise that does not hold ends it by abort(), as a crash would.
 */
#ifndef BYLINE_FUZZ_FUZZ_H
#define BYLINE_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Tries one input, of which there are `size` bytes. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
must(int condition)
{
    if (!condition)
        abort();
}

#endif
