/* Who asks, as SQL. */
#include "query/viewer.h"

#include <string.h>

#include "query/sql.h"

static void
append_column(struct buffer *sql, const char *name)
{
    buffer_append_text(sql, "a.");
    sql_append_identifier(sql, name);
}

/* The single column that names an account: fit_access sees to it. */
static const struct catalog_column *
key_of(const struct catalog *catalog)
{
    const struct resource *resource = catalog->config->accounts.resource;
    struct catalog_key key = catalog_key_of(catalog, resource);

    return catalog_column(catalog_table(catalog, resource), key.columns[0]);
}

struct type
viewer_type(const struct catalog *catalog)
{
    const struct resource *resource = catalog->config->accounts.resource;

    if (catalog_key_of(catalog, resource).column_count != 1)
        return (struct type){0};
    return key_of(catalog)->type;
}

const char *
viewer_type_name(const struct catalog *catalog)
{
    const struct resource *resource = catalog->config->accounts.resource;

    if (catalog_key_of(catalog, resource).column_count != 1)
        return "text";
    return key_of(catalog)->base_name;
}

void
viewer_append_set(struct buffer *sql, const char *name, const char *value)
{
    buffer_printf(sql, "set_config('%s', '=' || %s, true)", name, value);
}

void
viewer_append_setting(struct buffer *sql, const char *name,
                      const struct catalog_column *column)
{
    buffer_printf(sql,
                  "substr(nullif(current_setting('%s', true), ''), 2)::%s",
                  name, column->type_name);
}

/* Dead are tokens that were issued before the account says. */
static void
append_by_token(struct buffer *sql, const struct catalog *catalog,
                size_t first)
{
    const char *since = catalog->config->accounts.since;

    append_column(sql, key_of(catalog)->name);
    buffer_printf(sql, " = $%zu", first);
    if (since[0] == '\0')
        return;
    buffer_append_text(sql, " AND coalesce(");
    append_column(sql, since);
    buffer_printf(sql, " <= to_timestamp($%zu), true)", first + 1);
}

/* The exact name first, should two differ by case only. */
static void
append_by_login(struct buffer *sql, const struct catalog *catalog,
                size_t first)
{
    const char *login = catalog->config->accounts.login;

    buffer_append_text(sql, "lower(");
    append_column(sql, login);
    buffer_printf(sql, ") = lower($%zu) ORDER BY ", first);
    append_column(sql, login);
    buffer_printf(sql, " <> $%zu LIMIT 1", first);
}

/* What log-in needs besides. A token is issued in whole seconds, and not
 * before those that are dead. */
static void
append_login_columns(struct buffer *sql, const struct accounts *accounts)
{
    buffer_append_text(sql, ", ");
    append_column(sql, accounts->password);
    buffer_append_text(sql, " AS \"password\", floor(extract(epoch FROM ");
    if (accounts->since[0] != '\0') {
        buffer_append_text(sql, "greatest(now(), ");
        append_column(sql, accounts->since);
        buffer_append_text(sql, ")))::bigint AS \"issued\"");
    } else {
        buffer_append_text(sql, "now()))::bigint AS \"issued\"");
    }
}

void
viewer_append(struct buffer *sql, const struct catalog *catalog,
              enum viewer_source source, size_t first)
{
    const struct accounts *accounts = &catalog->config->accounts;

    buffer_append_text(sql, "(SELECT ");
    append_column(sql, key_of(catalog)->name);
    buffer_append_text(sql, " AS \"key\"");
    if (accounts->role[0] != '\0') {
        buffer_append_text(sql, ", ");
        append_column(sql, accounts->role);
        buffer_append_text(sql, "::text AS \"role\"");
    }
    if (source == VIEWER_LOGIN)
        append_login_columns(sql, accounts);
    buffer_append_text(sql, " FROM ");
    sql_append_table(sql, accounts->resource);
    buffer_append_text(sql, " AS a WHERE ");
    if (source == VIEWER_TOKEN) {
        append_by_token(sql, catalog, first);
    } else if (source == VIEWER_LOGIN) {
        append_by_login(sql, catalog, first);
    } else {
        append_column(sql, key_of(catalog)->name);
        buffer_append_text(sql, " = ");
        viewer_append_setting(sql, VIEWER_SETTING_NAME, key_of(catalog));
    }
    buffer_append_char(sql, ')');
}

size_t
viewer_parameters(const struct catalog *catalog, enum viewer_source source,
                  uint32_t *types)
{
    switch (source) {
    case VIEWER_TOKEN:
        types[0] = key_of(catalog)->type.base_oid;
        types[1] = OID_INT8;
        return catalog->config->accounts.since[0] != '\0' ? 2 : 1;
    case VIEWER_LOGIN:
        types[0] = OID_TEXT;
        return 1;
    case VIEWER_NONE:
    case VIEWER_SETTING:
        break;
    }
    return 0;
}

void
viewer_append_role(struct buffer *sql, const char *role)
{
    buffer_append_text(sql, "v.\"role\" IN (");
    sql_append_literal(sql, role);
    if (strcmp(role, ROLE_ADMIN) != 0)
        buffer_append_text(sql, ", '" ROLE_ADMIN "'");
    buffer_append_char(sql, ')');
}

void
viewer_append_owns(struct buffer *sql, const struct config *config,
                   size_t table, const char *owner)
{
    bool has_roles = config->accounts.role[0] != '\0';

    if (!owner && !has_roles) {
        buffer_append_text(sql, "false");
        return;
    }
    buffer_append_char(sql, '(');
    if (owner) {
        sql_append_column(sql, table, owner);
        buffer_append_text(sql, " = v.\"key\"");
    }
    if (owner && has_roles)
        buffer_append_text(sql, " OR ");
    if (has_roles)
        viewer_append_role(sql, ROLE_ADMIN);
    buffer_append_char(sql, ')');
}
