/* Allocation that ends the process instead of failing. */
#include "base/memory.h"

#include <stdlib.h>
#include <unistd.h>

_Noreturn void
memory_exhausted(void)
{
    static const char message[] = "byline: out of memory\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);

    (void)written;
    _exit(70);
}

void *
memory_alloc(size_t size)
{
    void *pointer = calloc(1, size > 0 ? size : 1);

    if (!pointer)
        memory_exhausted();
    return pointer;
}

void *
memory_resize(void *pointer, size_t size)
{
    void *resized = realloc(pointer, size > 0 ? size : 1);

    if (!resized)
        memory_exhausted();
    return resized;
}
