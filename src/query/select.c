/* What a statement selects, as a list of columns. */
#include "query/select.h"

#include <string.h>

#include "query/sql.h"

size_t
select_hidden(struct select *select, const char *expression, const char *name)
{
    if (select->columns.length > 0)
        buffer_append_text(&select->columns, ", ");
    buffer_append_text(&select->columns, expression);
    buffer_append_text(&select->columns, " AS ");
    sql_append_identifier(&select->columns, name);
    return select->column_count++;
}

struct select_plain
select_column(struct select *select, size_t table, const char *column,
              const char *name)
{
    struct buffer expression = {0};
    struct select_plain plain = {
        .table = table, .column = column, .name = name};

    for (size_t i = 0; i < select->plain_count; i++)
        if (select->plains[i].table == table &&
            strcmp(select->plains[i].column, column) == 0)
            return select->plains[i];
    sql_append_column(&expression, table, column);
    plain.place = select_hidden(select, buffer_text(&expression), name);
    buffer_free(&expression);
    select->plains = arena_push(select->from.statement->arena, select->plains,
                                select->plain_count, sizeof *select->plains);
    select->plains[select->plain_count++] = plain;
    return plain;
}

void
select_free(struct select *select)
{
    from_free(&select->from);
    buffer_free(&select->columns);
}
