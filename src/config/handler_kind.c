/* The handlers that a route can name. */
#include "config/handler_kind.h"

#include <string.h>

static const struct handler_rule rules[HANDLER_KINDS] = {
    [HANDLER_CREATE] = {"create",
                        HANDLER_WRITES | HANDLER_SETS | HANDLER_BODY |
                            HANDLER_GUARDED | HANDLER_VIEWED | HANDLER_CREATES,
                        METHOD_POST},
    [HANDLER_HEALTH] = {"health", HANDLER_PROBES, METHOD_GET},
    [HANDLER_ITEM] = {"item",
                      HANDLER_READS | HANDLER_BY_KEY | HANDLER_GUARDED |
                          HANDLER_VIEWED | HANDLER_KEPT,
                      METHOD_GET},
    [HANDLER_LIST] = {"list",
                      HANDLER_READS | HANDLER_PAGES | HANDLER_GUARDED |
                          HANDLER_VIEWED | HANDLER_KEPT,
                      METHOD_GET},
    [HANDLER_LOG_IN] = {"log_in",
                        HANDLER_READS | HANDLER_BODY | HANDLER_LOGS_IN,
                        METHOD_POST},
    [HANDLER_LOG_OUT] = {"log_out", HANDLER_LOGS_IN, METHOD_POST},
    [HANDLER_METRICS] = {"metrics", 0, METHOD_GET},
    [HANDLER_REMOVE] = {"remove",
                        HANDLER_WRITES | HANDLER_CHANGES | HANDLER_BY_KEY |
                            HANDLER_GUARDED | HANDLER_VIEWED,
                        METHOD_DELETE},
    [HANDLER_REPLACE] = {"replace",
                         HANDLER_WRITES | HANDLER_CHANGES | HANDLER_BY_KEY |
                             HANDLER_SETS | HANDLER_BODY | HANDLER_GUARDED |
                             HANDLER_VIEWED,
                         METHOD_PUT},
    [HANDLER_SET_PASSWORD] = {"set_password",
                              HANDLER_BODY | HANDLER_GUARDED | HANDLER_VIEWED |
                                  HANDLER_LOGS_IN,
                              METHOD_PUT},
    [HANDLER_SQL] = {"sql",
                     HANDLER_OWN_SQL | HANDLER_BODY | HANDLER_GUARDED |
                         HANDLER_KEPT,
                     METHOD_NONE},
    [HANDLER_UPDATE] = {"update",
                        HANDLER_WRITES | HANDLER_CHANGES | HANDLER_BY_KEY |
                            HANDLER_SETS | HANDLER_BODY | HANDLER_GUARDED |
                            HANDLER_VIEWED,
                        METHOD_PATCH},
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
