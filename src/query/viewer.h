/*
 * Who asks, as SQL: a sub-select over the accounts with at most one row, v.
 * It has the columns key and, where there are roles, role.
 */
#ifndef BYLINE_QUERY_VIEWER_H
#define BYLINE_QUERY_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "db/catalog.h"

/* How a statement is told who asks. */
enum viewer_source {
    VIEWER_NONE,    /* nobody: private columns are not fetched */
    VIEWER_TOKEN,   /* parameters: the key and, if [accounts] has `since`,
                       when the token was issued, in seconds */
    VIEWER_LOGIN,   /* a parameter: the login; v has password and issued */
    VIEWER_SETTING, /* what the statement in front left behind */
};

/* The settings by which a write tells the statement behind it who asks, and
 * the key of its row: byline.key1, byline.key2 … */
#define VIEWER_SETTING_NAME "byline.viewer"
#define KEY_SETTING_NAME "byline.key"

/* `(SELECT … )`, whose parameters begin with $first. */
void viewer_append(struct buffer *sql, const struct catalog *catalog,
                   enum viewer_source source, size_t first);

/* How many parameters that has; the OIDs of their types are put into
 * `types`. */
size_t viewer_parameters(const struct catalog *catalog,
                         enum viewer_source source, uint32_t *types);

/* The type of an account's key; none while the table is not there. */
struct type viewer_type(const struct catalog *catalog);

/* Its name, for a cast, if there is one. */
const char *viewer_type_name(const struct catalog *catalog);

/* `set_config(…)`, for the rest of the transaction; `value` is text of SQL.
 * An equals sign in front tells an empty value from none. */
void viewer_append_set(struct buffer *sql, const char *name,
                       const char *value);

/* `current_setting(…)::type`: the value of a setting, or NULL. */
void viewer_append_setting(struct buffer *sql, const char *name,
                           const struct catalog_column *column);

/* Whether v has the role, or that of admins, who may do all. */
void viewer_append_role(struct buffer *sql, const char *role);

/* Whether v may see and change what is that column's of the table with the
 * alias t<number>: it is the owner, or an admin. `owner` NULL: admins. */
void viewer_append_owns(struct buffer *sql, const struct config *config,
                        size_t table, const char *owner);

#endif
