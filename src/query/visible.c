/* A table as it is seen. */
#include "query/visible.h"

#include <string.h>

#include "base/sql_scan.h"
#include "query/link.h"
#include "query/sql.h"

bool
visible_is_part(const struct resource *resource)
{
    return resource->where[0] != '\0' || resource->within;
}

void
visible_append_predicate(struct buffer *sql, const struct statement *statement,
                         const char *predicate)
{
    struct sql_scan scan;
    struct sql_token token;

    sql_scan_start(&scan, predicate, strlen(predicate));
    while (sql_scan_next(&scan, &token))
        if (token.kind != SQL_TOKEN_PLACEHOLDER)
            buffer_append(sql, token.start, token.length);
        else if (sql_token_is(&token, "viewer"))
            buffer_append_text(sql, statement->viewer);
        else
            buffer_append_text(sql, statement->role);
}

/* The columns that may be asked of it: unused ones cost nothing, since
 * PostgreSQL flattens the sub-select. */
static void
append_columns(struct buffer *sql, const struct catalog_table *table)
{
    size_t count = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].is_readable)
            continue;
        buffer_append_text(sql, count++ > 0 ? ", " : "");
        sql_append_identifier(sql, table->columns[i].name);
    }
    if (table->is_version_readable)
        buffer_append_text(sql,
                           count > 0 ? ", " CATALOG_VERSION : CATALOG_VERSION);
}

static void
begin_condition(struct buffer *sql, size_t *count)
{
    buffer_append_text(sql, (*count)++ == 0 ? " WHERE " : " AND ");
}

static void
append_where(struct buffer *sql, const struct statement *statement,
             const char *predicate, size_t *count)
{
    if (predicate[0] == '\0')
        return;
    begin_condition(sql, count);
    buffer_append_char(sql, '(');
    visible_append_predicate(sql, statement, predicate);
    buffer_append_char(sql, ')');
}

static void
append_within(struct buffer *sql, const struct statement *statement,
              const struct relation *within, size_t *count)
{
    struct link link;

    if (!within)
        return;
    link = link_of(statement->catalog, within);
    begin_condition(sql, count);
    buffer_append_text(sql, "EXISTS (SELECT FROM ");
    visible_append(sql, statement, within->to, "");
    buffer_append_text(sql, " AS w WHERE ");
    for (size_t i = 0; i < link.count; i++) {
        buffer_append_text(sql, i > 0 ? " AND w." : "w.");
        sql_append_identifier(sql, link.far[i]);
        buffer_append_text(sql, " = s.");
        sql_append_identifier(sql, link.near[i]);
    }
    buffer_append_char(sql, ')');
}

void
visible_append(struct buffer *sql, const struct statement *statement,
               const struct resource *resource, const char *where)
{
    size_t count = 0;

    if (!visible_is_part(resource) && where[0] == '\0') {
        sql_append_table(sql, resource);
        return;
    }
    buffer_append_text(sql, "(SELECT ");
    append_columns(sql, catalog_table(statement->catalog, resource));
    buffer_append_text(sql, " FROM ");
    sql_append_table(sql, resource);
    buffer_append_text(sql, " AS s");
    append_where(sql, statement, resource->where, &count);
    append_where(sql, statement, where, &count);
    append_within(sql, statement, resource->within, &count);
    buffer_append_char(sql, ')');
}
