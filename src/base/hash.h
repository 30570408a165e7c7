/* Hashes of text, for looking up and for noticing a change; whoever wants to
 * can make another text with the same one. */
#ifndef BYLINE_BASE_HASH_H
#define BYLINE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH3, 64 bits: the same on all machines. */
uint64_t hash_of(const void *data, size_t length);

#endif
