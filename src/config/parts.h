/*
 * The steps of config_load, one file each. Each turns texts into structs and
 * adds what is wrong to `diagnostics`; none stops at the first mistake.
 */
#ifndef BYLINE_CONFIG_PARTS_H
#define BYLINE_CONFIG_PARTS_H

#include "config/config.h"
#include "config/list.h"

/* resources.c: columns, keys, tables, and where relations lead. */
void config_link_resources(struct config *config,
                           struct diagnostics *diagnostics);

/* routes.c: matches, handlers, sort orders, limits, pools. */
void config_link_routes(struct config *config,
                        struct diagnostics *diagnostics);

/* selection.c: the tree that a `with` asks for; NULL if it is wrong. */
struct selection *config_select(const struct config *config,
                                const struct route *route,
                                struct diagnostics *diagnostics);

/* Parses the list under `key`; a mistake is an empty list. */
struct list config_list(const struct config *config,
                        const struct ini_section *section, const char *key,
                        const char *text, struct diagnostics *diagnostics);

/* Refuses arguments in parentheses: 0 if there are none. */
int config_refuse_arguments(const struct list_item *item, struct place place,
                            struct diagnostics *diagnostics);

#endif
