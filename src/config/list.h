/*
 * The one list grammar: a comma separates items, parentheses nest.
 * `id, director(id, name)` has two items; the second has two of its own.
 */
#ifndef BYLINE_CONFIG_LIST_H
#define BYLINE_CONFIG_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct list_item {
    const char *text; /* what stands before any parenthesis, stripped */
    bool has_arguments;
    struct list_item *arguments;
    size_t argument_count;
};

struct list {
    struct list_item *items;
    size_t count;
};

/* Parses `text`; an empty one is an empty list. Returns NULL, or what is
 * wrong with it. The list lives in `arena`. */
const char *list_parse(struct arena *arena, const char *text,
                       struct list *list);

#endif
