/*
 * Configuration: an input is the three files, a line of "---" between them.
 * They are kept in memory, under names that no input can lead away from:
 * [byline] comes first and is not part of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "fuzz.h"

#define FILES 3

static const char site[] = "[byline]\n"
                           "resources = /proc/self/fd/201\n"
                           "routes = /proc/self/fd/202\n";
static const char separator[] = "\n---\n";

/* They stay the same for all inputs, and so do their numbers. */
static const int descriptors[FILES] = {200, 201, 202};

static void
open_files(void)
{
    for (int i = 0; i < FILES; i++) {
        int made = memfd_create("ini", MFD_CLOEXEC);

        must(made != -1 && dup2(made, descriptors[i]) != -1);
        close(made);
    }
}

static void
write_file(int index, const char *head, const char *text, size_t length)
{
    int descriptor = descriptors[index];
    ssize_t head_length = (ssize_t)strlen(head);

    must(ftruncate(descriptor, 0) == 0);
    must(pwrite(descriptor, head, (size_t)head_length, 0) == head_length);
    must(pwrite(descriptor, text, length, head_length) == (ssize_t)length);
}

static void
write_files(const char *text, size_t length)
{
    for (int i = 0; i < FILES; i++) {
        const char *end =
            length > 0 ? memmem(text, length, separator, strlen(separator))
                       : NULL;
        size_t part = end && i < FILES - 1 ? (size_t)(end - text) : length;
        size_t step = part < length ? part + strlen(separator) : part;

        write_file(i, i == 0 ? site : "", text, part);
        text += step;
        length -= step;
    }
}

/* What is wrong is told, and what is told was wrong. */
static void
check(const struct diagnostics *diagnostics, int is_loaded)
{
    must(is_loaded == (diagnostics->error_count == 0));
    for (size_t i = 0; i < diagnostics->count; i++)
        must(strlen(diagnostics_text(diagnostics, i)) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int is_open;
    struct arena *arena = arena_new();
    struct diagnostics of_file = {.arena = arena};
    struct diagnostics of_all = {.arena = arena};
    struct ini ini;

    if (!is_open)
        open_files();
    is_open = 1;
    write_file(0, "", (const char *)data, size);
    check(&of_file, ini_read(arena, "/proc/self/fd/200", &of_file, &ini) == 0);
    write_files((const char *)data, size);
    check(&of_all, config_load(arena, "/proc/self/fd/200", &of_all) != NULL);
    arena_free(arena);
    return 0;
}
