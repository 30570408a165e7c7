/* Allocation that ends the process instead of failing. */
#include "base/memory.h"

#include <stdlib.h>
#include <unistd.h>

static _Noreturn void
die_out_of_memory(void)
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
        die_out_of_memory();
    return pointer;
}

void *
memory_resize(void *pointer, size_t size)
{
    void *resized = realloc(pointer, size > 0 ? size : 1);

    if (!resized)
        die_out_of_memory();
    return resized;
}
