/* Pieces of SQL text. */
#include "query/sql.h"

#include <stdbool.h>
#include <string.h>

void
sql_append_identifier(struct buffer *sql, const char *name)
{
    size_t length = strcspn(name, "\"");

    buffer_append_char(sql, '"');
    for (; name[length]; length = strcspn(name, "\"")) {
        buffer_append(sql, name, length + 1);
        buffer_append_char(sql, '"');
        name += length + 1;
    }
    buffer_append(sql, name, length);
    buffer_append_char(sql, '"');
}

void
sql_append_literal(struct buffer *sql, const char *text)
{
    bool has_backslash = strchr(text, '\\');

    buffer_append_text(sql, has_backslash ? "E'" : "'");
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buffer_append_char(sql, *text);
        buffer_append_char(sql, *text);
    }
    buffer_append_char(sql, '\'');
}

void
sql_append_table(struct buffer *sql, const struct resource *resource)
{
    if (resource->schema) {
        sql_append_identifier(sql, resource->schema);
        buffer_append_char(sql, '.');
    }
    sql_append_identifier(sql, resource->table);
}

void
sql_append_column(struct buffer *sql, size_t table, const char *name)
{
    buffer_printf(sql, "t%zu.", table);
    sql_append_identifier(sql, name);
}
