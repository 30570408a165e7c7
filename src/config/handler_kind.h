/*
 * The handlers that a route can name, and what the configuration may say
 * about each. handlers/registry.c has the function of each.
 */
#ifndef BYLINE_CONFIG_HANDLER_KIND_H
#define BYLINE_CONFIG_HANDLER_KIND_H

#include "config/method.h"

enum handler_kind {
    HANDLER_HEALTH,
    HANDLER_ITEM,
    HANDLER_LIST,
    HANDLER_KINDS, /* how many there are */
};

/* What a handler does, as bits; each allows keys in its [route]. */
enum handler_trait {
    HANDLER_READS = 1 << 0,  /* resource, with */
    HANDLER_BY_KEY = 1 << 1, /* the path holds a unique key */
    HANDLER_PAGES = 1 << 2,  /* limit, limit_max, sort */
    HANDLER_PROBES = 1 << 3, /* database */
};

struct handler_rule {
    const char *name;
    unsigned traits;    /* of enum handler_trait */
    enum method method; /* the one that it answers */
};

/* The rule of a kind. */
const struct handler_rule *handler_rule(enum handler_kind kind);

/* The kind of that name, or HANDLER_KINDS. */
enum handler_kind handler_parse(const char *name);

#endif
