/*
 * The key table: every section and key that the INI files may hold, with
 * type, default, range and meaning. It drives reading, defaults, `byline
 * config` and the tests that hold the commented INI files and the man pages
 * against it. To add a key: a row in keys.c, a member in config.h, a line in
 * conf/ and doc/.
 */
#ifndef BYLINE_CONFIG_KEYS_H
#define BYLINE_CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum key_type {
    KEY_TEXT,     /* const char * */
    KEY_LIST,     /* const char *; NAME.2, NAME.3 … continue it */
    KEY_PATH,     /* const char *, relative to the file that holds it */
    KEY_INTEGER,  /* int64_t */
    KEY_DURATION, /* int64_t, milliseconds; written with ms s min h d */
    KEY_SIZE,     /* int64_t, bytes; written with B kB MB */
    KEY_MODE,     /* int64_t, permission bits, written in octal */
    KEY_CHOICE,   /* an enum, in the order of the choices */
    KEY_SWITCH,   /* bool, on | off */
};

/* The files, in the order of struct config's `files`. */
enum config_file {
    CONFIG_FILE_BYLINE,
    CONFIG_FILE_RESOURCES,
    CONFIG_FILE_ROUTES,
    CONFIG_FILES,
};

struct key {
    const char *name;
    enum key_type type;
    const char *fallback; /* as written; NULL: the key must be there */
    int64_t min, max;     /* of numbers, in the unit of the member */
    const char *choices;  /* "a | b"; "off": a duration may be off, -1 */
    size_t offset;        /* of the member in the section's struct */
    const char *meaning;
};

/* What every struct of a named section begins with. */
struct declaration {
    const struct ini_section *section;
    const char *name;
};

struct section_rule {
    const char *kind;
    enum config_file file;
    const struct key *keys;
    size_t key_count;
    size_t offset;       /* in struct config: of the struct or the array */
    size_t count_offset; /* of the array's count; 0: there is one struct */
    size_t size;         /* of an element */
};

/* All sections, in the order in which they are printed. */
extern const struct section_rule section_rules[];
extern const size_t section_rule_count;

/* The rule of that kind, or NULL. */
const struct section_rule *section_rule_find(const char *kind);

/* How many structs of that kind `config` holds, and one of them. */
size_t section_rule_count_in(const struct section_rule *rule,
                             const struct config *config);
void *section_rule_struct(const struct section_rule *rule,
                          const struct config *config, size_t index);

/* Sets the members of `target`, the struct of the rule's kind, from
 * `section` (NULL: only defaults). Unknown keys, values of another type or
 * out of range are added to `diagnostics`. Texts live in `arena`. */
void keys_read(struct arena *arena, const struct section_rule *rule,
               const struct ini_section *section, const char *directory,
               void *target, struct diagnostics *diagnostics);

/* The value of a key in `target` as an INI file would have it. */
const char *keys_format(struct arena *arena, const struct key *key,
                        const void *target);

/* The range of a key, or what can be chosen; "" when anything goes. */
const char *keys_format_range(struct arena *arena, const struct key *key);

/* Static text, such as "duration". */
const char *keys_type_name(enum key_type type);

#endif
