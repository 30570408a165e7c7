/*
 * The steps of config_load, one file each. Each turns texts into structs and
 * adds what is wrong to `diagnostics`; none stops at the first mistake.
 */
#ifndef BYLINE_CONFIG_PARTS_H
#define BYLINE_CONFIG_PARTS_H

#include "config/config.h"
#include "config/keys.h"
#include "config/list.h"

/* relations.c: tables that only stand in between, which count as resources;
 * then where relations lead, once resources are linked. */
void config_add_between(struct config *config);
void config_link_relations(struct config *config,
                           struct diagnostics *diagnostics);

/* The resource of that name, added as a table that `section` declares and
 * that has none of its own, if there is none. */
struct resource *config_add_table(struct config *config,
                                  const struct ini_section *section,
                                  const char *table);

/* idempotency.c: the table of keys, which counts as a resource if a route
 * needs it; and whether what a route creates can be kept there. */
void config_add_idempotency(struct config *config);
void config_check_idempotent(const struct route *route,
                             struct diagnostics *diagnostics);

/* cache.c: how long answers of a route may be kept. */
void config_link_cache(struct config *config, struct diagnostics *diagnostics);

/* paths.c: orders, filters and searches, once relations are linked. */
struct sort_key *config_sort_keys(const struct config *config,
                                  const struct resource *resource,
                                  const struct ini_section *section,
                                  const char *key, const char *text,
                                  size_t *count,
                                  struct diagnostics *diagnostics);
void config_link_sort(const struct config *config, struct route *route,
                      struct diagnostics *diagnostics);
void config_link_filterable(const struct config *config, struct route *route,
                            struct diagnostics *diagnostics);
void config_link_search(const struct config *config, struct route *route,
                        struct diagnostics *diagnostics);

/* predicates.c: what stands in `where`. */
void config_check_predicates(struct config *config,
                             struct diagnostics *diagnostics);

/* resources.c: columns, keys and tables. */
void config_link_resources(struct config *config,
                           struct diagnostics *diagnostics);

/* fields.c: the rules of columns. */
void config_link_fields(struct config *config,
                        struct diagnostics *diagnostics);

/* writables.c: what bodies can set, once resources and fields are linked;
 * and the list of one section. */
void config_link_writables(struct config *config,
                           struct diagnostics *diagnostics);
struct writables config_writables(const struct config *config,
                                  const struct resource *resource,
                                  const struct ini_section *section,
                                  const char *text,
                                  struct diagnostics *diagnostics);
bool config_is_writable(const struct writables *writables, const char *column);

/* origins.c: public_url, and those that are allowed besides. */
void config_link_origins(struct config *config,
                         struct diagnostics *diagnostics);

/* access.c: accounts, and what a route asks of who asks. */
void config_link_accounts(struct config *config,
                          struct diagnostics *diagnostics);
void config_link_access(const struct config *config, const struct route *route,
                        struct diagnostics *diagnostics);

/* answers.c: the item routes that show what was written. */
void config_link_answers(struct config *config,
                         struct diagnostics *diagnostics);

/* token.c: what only all of [token] can tell. */
void config_link_token(struct config *config, struct diagnostics *diagnostics);

/* routes.c: matches, handlers, sort orders, limits, pools. */
void config_link_routes(struct config *config,
                        struct diagnostics *diagnostics);

/* own_sql.c: the statement of a file, and its parameters;
 * own_sql_params.c: the parameters alone. */
void config_link_own_sql(struct config *config, struct route *route,
                         struct diagnostics *diagnostics);
void config_link_sql_parameters(struct config *config, struct route *route,
                                struct diagnostics *diagnostics);

/* selection.c: the trees of what is shown and of what can be asked for. */
void config_link_selection(const struct config *config, struct route *route,
                           struct diagnostics *diagnostics);

/* Parses the list under `key`; a mistake is an empty list. */
struct list config_list(const struct config *config,
                        const struct ini_section *section, const char *key,
                        const char *text, struct diagnostics *diagnostics);

/* The resource of that name; NULL, and a complaint, if there is none. */
const struct resource *config_need_resource(const struct config *config,
                                            struct place place,
                                            const char *name,
                                            struct diagnostics *diagnostics);

/* Complains that a resource has no relation, or no column, of that name.
 * Always -1. */
int config_refuse_relation(const struct config *config, struct place place,
                           const struct resource *resource, const char *name,
                           struct diagnostics *diagnostics);
int config_refuse_column(const struct config *config, struct place place,
                         const struct resource *resource, const char *name,
                         struct diagnostics *diagnostics);

/* The first section of that kind in a file, or NULL. */
const struct ini_section *config_find_section(const struct config *config,
                                              enum config_file file,
                                              const char *kind);

/* Refuses arguments in parentheses: 0 if there are none. */
int config_refuse_arguments(const struct list_item *item, struct place place,
                            struct diagnostics *diagnostics);

#endif
