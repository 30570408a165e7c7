/*
 * One logical line of an INI file, taken apart and judged: what would
 * iniparser 4.1 make of it that its writer did not mean?
 */
#ifndef BYLINE_CONFIG_INI_LINE_H
#define BYLINE_CONFIG_INI_LINE_H

#include "base/arena.h"

enum ini_line_kind {
    INI_LINE_EMPTY, /* or a comment */
    INI_LINE_SECTION,
    INI_LINE_ENTRY,
    INI_LINE_WRONG,
};

struct ini_line {
    enum ini_line_kind kind;
    const char *name;    /* the section's title, or the key */
    const char *value;   /* of an entry */
    const char *mistake; /* of a wrong line */
};

/* Takes apart `text`, a line without its end whose continuations have been
 * joined. The parts live in `arena`. */
struct ini_line ini_line_parse(struct arena *arena, const char *text);

/* The byte at which a line stops being legal text (NUL aside), or NULL. */
const char *ini_line_mistake(const char *text, size_t length);

#endif
