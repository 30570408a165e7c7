/* The handlers that a route can name. */
#include "config/handler_kind.h"

#include <string.h>

static const struct handler_rule rules[HANDLER_KINDS] = {
    [HANDLER_HEALTH] = {"health", HANDLER_PROBES, METHOD_GET},
    [HANDLER_ITEM] = {"item", HANDLER_READS | HANDLER_BY_KEY, METHOD_GET},
    [HANDLER_LIST] = {"list", HANDLER_READS | HANDLER_PAGES, METHOD_GET},
};

const struct handler_rule *
handler_rule(enum handler_kind kind)
{
    return &rules[kind];
}

enum handler_kind
handler_parse(const char *name)
{
    int kind = 0;

    while (kind < HANDLER_KINDS && strcmp(rules[kind].name, name) != 0)
        kind++;
    return (enum handler_kind)kind;
}
