/* user list: key, login and role of everybody. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "query/sql.h"
#include "tools/user.h"

/* A value as text, or NULL's empty one; parts of a key with commas between,
 * and in the order of the key. */
static void
append_columns(struct buffer *sql, const char *const *columns, size_t count,
               const char *type)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(sql, i > 0 ? ", " : "");
        sql_append_identifier(sql, columns[i]);
        buffer_append_text(sql, type);
    }
}

static const char *
compose(const struct users *users)
{
    const struct accounts *accounts = users->accounts;
    struct catalog_key key =
        catalog_key_of(users->catalog, accounts->resource);
    const char *by_login[] = {accounts->login};
    struct buffer sql = {0};
    const char *text;

    if (key.column_count == 0)
        key = (struct catalog_key){.columns = by_login, .column_count = 1};
    buffer_append_text(&sql, "SELECT concat_ws(',', ");
    append_columns(&sql, key.columns, key.column_count, "::text");
    buffer_append_text(&sql, "), ");
    append_columns(&sql, &accounts->login, 1, "::text");
    buffer_append_text(&sql, ", ");
    if (accounts->role[0] != '\0')
        append_columns(&sql, &accounts->role, 1, "::text");
    else
        buffer_append_text(&sql, "NULL");
    buffer_append_text(&sql, " FROM ");
    sql_append_table(&sql, accounts->resource);
    buffer_append_text(&sql, " ORDER BY ");
    append_columns(&sql, key.columns, key.column_count, "");
    text = arena_strdup(users->arena, buffer_text(&sql));
    buffer_free(&sql);
    return text;
}

/* People choose their logins: a tab or newline would look like two of them,
 * and an escape sequence would be obeyed by the terminal. In UTF-8, the
 * control characters beyond ASCII are C2 80 to C2 9F. */
static void
print_value(const char *value, char end)
{
    const unsigned char *at = (const unsigned char *)(value ? value : "");

    for (; *at; at++)
        if (*at < ' ' || *at == 0x7f) {
            putchar('?');
        } else if (*at == 0xc2 && at[1] < 0xa0) {
            putchar('?');
            at++;
        } else {
            putchar(*at);
        }
    putchar(end);
}

int
user_list(const struct users *users)
{
    struct pg_result *rows;

    if (user_run(users, compose(users), NULL, 0, &rows) == -1)
        return -1;
    for (size_t i = 0; i < db_row_count(rows); i++) {
        print_value(db_value(rows, i, 0), '\t');
        print_value(db_value(rows, i, 1), '\t');
        print_value(db_value(rows, i, 2), '\n');
    }
    return 0;
}
