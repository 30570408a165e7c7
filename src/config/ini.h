/*
 * A strict reader of INI files. iniparser reads the values; since it changes
 * some inputs silently, a scan of the lines goes first, which refuses what
 * iniparser would change and remembers where everything stands.
 *
 * Accepted: [kind] and [kind name] sections, key = value, a value in double
 * quotes, comments on lines of their own or after a blank behind a value,
 * and `\` at the end of a line that goes on in the next.
 */
#ifndef BYLINE_CONFIG_INI_H
#define BYLINE_CONFIG_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/diagnostics.h"

struct ini_entry {
    const char *key;
    const char *value;
    unsigned line;
};

struct ini_section {
    const char *file;
    const char *title; /* as between the brackets: "route film" */
    const char *kind;  /* "route" */
    const char *name;  /* "film"; "" where there is none */
    unsigned line;
    struct ini_entry *entries;
    size_t entry_count;
    bool is_damaged; /* a line of it was refused, and may hold any key */
};

struct ini {
    const char *path;
    struct ini_section *sections;
    size_t section_count;
    bool is_read; /* whatever is wrong with what it says */
};

/* Reads `path`. All mistakes are added to `diagnostics`; returns -1 when
 * there was any. What is read lives in `arena`. */
int ini_read(struct arena *arena, const char *path,
             struct diagnostics *diagnostics, struct ini *ini);

/* The entry of that key, or NULL. */
const struct ini_entry *ini_find(const struct ini_section *section,
                                 const char *key);

/* The place of a section, or of its entry `key` if it has one. */
struct place ini_place(const struct ini_section *section, const char *key);

#endif
