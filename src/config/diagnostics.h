/*
 * The mistakes of a configuration, all of them in one run, each in the form
 *
 *     routes.ini:14: [route film] with: films has no relation "auther"
 */
#ifndef BYLINE_CONFIG_DIAGNOSTICS_H
#define BYLINE_CONFIG_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

/* Where something stands. Any member may be NULL, or 0, and is left out. */
struct place {
    const char *file;
    unsigned line;
    const char *section; /* as written between the brackets */
    const char *key;
};

struct diagnostic;

struct diagnostics {
    struct arena *arena; /* owns the texts */
    struct diagnostic *items;
    size_t count;
    size_t error_count; /* those that are not warnings */
};

/* Adds a mistake; always returns -1. */
int diagnostics_error(struct diagnostics *diagnostics, struct place place,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds something that works but is probably not meant. */
void diagnostics_warning(struct diagnostics *diagnostics, struct place place,
                         const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sorts by file and line; what stands on one line stays as it was found. */
void diagnostics_sort(struct diagnostics *diagnostics);

/* One of them as a line of text, in the arena of the diagnostics. */
const char *diagnostics_text(const struct diagnostics *diagnostics,
                             size_t index);

/* Whether that one is a mistake, and no warning. */
bool diagnostics_is_error(const struct diagnostics *diagnostics, size_t index);

/* Sorts and prints all, what is said twice once. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *stream);

#endif
