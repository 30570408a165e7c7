/*
 * Allocation that does not fail: a worker that is out of memory cannot
 * answer anyway, so it says so and ends, and the master starts another.
 */
#ifndef BYLINE_BASE_MEMORY_H
#define BYLINE_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory, owned, free with free(3). Never NULL. */
void *memory_alloc(size_t size);

/* As realloc(3), owned, free with free(3). Never NULL. */
void *memory_resize(void *pointer, size_t size);

/* Ends the process: for when a library could not allocate. */
_Noreturn void memory_exhausted(void);

#endif
