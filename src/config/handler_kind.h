/*
 * The handlers that a route can name, and what the configuration may say
 * about each. handlers/registry.c has the function of each.
 */
#ifndef BYLINE_CONFIG_HANDLER_KIND_H
#define BYLINE_CONFIG_HANDLER_KIND_H

#include "config/method.h"

enum handler_kind {
    HANDLER_CREATE,
    HANDLER_HEALTH,
    HANDLER_ITEM,
    HANDLER_LIST,
    HANDLER_LOG_IN,
    HANDLER_LOG_OUT,
    HANDLER_METRICS,
    HANDLER_REMOVE,
    HANDLER_REPLACE,
    HANDLER_SET_PASSWORD,
    HANDLER_SQL,
    HANDLER_UPDATE,
    HANDLER_KINDS, /* how many there are */
};

/* What a handler does, as bits; each allows keys in its [route]. */
enum handler_trait {
    HANDLER_READS = 1 << 0,    /* resource, with */
    HANDLER_BY_KEY = 1 << 1,   /* path or viewer hold a unique key */
    HANDLER_PAGES = 1 << 2,    /* limit, limit_max, sort */
    HANDLER_PROBES = 1 << 3,   /* database */
    HANDLER_WRITES = 1 << 4,   /* resource */
    HANDLER_SETS = 1 << 5,     /* writable, location: a body with columns */
    HANDLER_BODY = 1 << 6,     /* a JSON body is read */
    HANDLER_GUARDED = 1 << 7,  /* auth, role */
    HANDLER_LOGS_IN = 1 << 8,  /* needs accounts and tokens */
    HANDLER_VIEWED = 1 << 9,   /* viewer */
    HANDLER_OWN_SQL = 1 << 10, /* file, params, one */
    HANDLER_CREATES = 1 << 11, /* idempotent */
    HANDLER_CHANGES = 1 << 12, /* if_match: a row that is there */
    HANDLER_KEPT = 1 << 13,    /* cache: a GET's answer may be kept */
};

struct handler_rule {
    const char *name;
    unsigned traits;    /* of enum handler_trait */
    enum method method; /* the one that it answers; METHOD_NONE: any */
};

/* The rule of a kind. */
const struct handler_rule *handler_rule(enum handler_kind kind);

/* The kind of that name, or HANDLER_KINDS. */
enum handler_kind handler_parse(const char *name);

#endif
