/* A FROM list in the making. */
#include "query/from.h"

#include "query/fit.h"
#include "query/link.h"
#include "query/sql.h"
#include "query/visible.h"

static struct from_table
add_table(struct from *from, struct from_table table)
{
    from->tables = arena_push(from->statement->arena, from->tables,
                              from->table_count, sizeof *from->tables);
    from->tables[from->table_count++] = table;
    return table;
}

static void
append_table(struct from *from, const struct resource *resource,
             const char *where, size_t number)
{
    visible_append(&from->sql, from->statement, resource, where);
    buffer_printf(&from->sql, " AS t%zu", number);
}

void
from_start(struct from *from, struct statement *statement,
           const struct resource *resource, const char *where)
{
    *from = (struct from){.statement = statement};
    append_table(
        from, resource, where,
        add_table(from, (struct from_table){.number = statement->table_count++,
                                            .is_certain = true})
            .number);
}

/* The pairs of a link between two tables. */
static void
append_link(struct buffer *sql, struct link link, size_t near, size_t far)
{
    for (size_t i = 0; i < link.count; i++) {
        buffer_append_text(sql, i > 0 ? " AND " : "");
        sql_append_column(sql, far, link.far[i]);
        buffer_append_text(sql, " = ");
        sql_append_column(sql, near, link.near[i]);
    }
}

void
from_start_many(struct from *from, struct statement *statement,
                const struct relation *relation, size_t parent,
                struct buffer *link)
{
    const struct catalog *catalog = statement->catalog;
    size_t between;

    from_start(from, statement, relation->to, relation->where);
    if (relation->kind == RELATION_TO_MANY) {
        append_link(link, link_of(catalog, relation), parent,
                    from->tables[0].number);
        return;
    }
    between = statement->table_count++;
    buffer_append_text(&from->sql, " JOIN ");
    append_table(from, relation->through, "", between);
    buffer_append_text(&from->sql, " ON ");
    append_link(&from->sql, link_beyond(catalog, relation), between,
                from->tables[0].number);
    append_link(link, link_of(catalog, relation), parent, between);
}

struct from_table
from_join(struct from *from, struct from_table parent,
          const struct relation *relation)
{
    const struct catalog *catalog = from->statement->catalog;
    struct from_table table = {
        .is_certain = parent.is_certain && fit_is_certain(catalog, relation),
        .parent = parent.number,
        .relation = relation,
    };

    for (size_t i = 0; i < from->table_count; i++)
        if (from->tables[i].relation == relation &&
            from->tables[i].parent == parent.number)
            return from->tables[i];
    table.number = from->statement->table_count++;
    buffer_append_text(&from->sql,
                       table.is_certain ? " JOIN " : " LEFT JOIN ");
    append_table(from, relation->to, "", table.number);
    buffer_append_text(&from->sql, " ON ");
    append_link(&from->sql, link_of(catalog, relation), parent.number,
                table.number);
    return add_table(from, table);
}

void
from_free(struct from *from)
{
    buffer_free(&from->sql);
}
