/* The rows at the end of a relation with many, as a sub-select. */
#include <inttypes.h>

#include "base/json.h"
#include "query/object.h"
#include "query/order.h"
#include "query/sql.h"

/* FROM … WHERE: the rows that hang on the parent. */
static void
append_rows(struct buffer *sql, struct from *from, struct buffer *link)
{
    buffer_append_text(sql, " FROM ");
    buffer_append(sql, from->sql.data, from->sql.length);
    buffer_append_text(sql, " WHERE ");
    buffer_append(sql, link->data, link->length);
}

void
object_append_count(struct buffer *sql, struct statement *statement,
                    const struct node *parent, const struct relation *relation)
{
    struct from from;
    struct buffer link = {0};

    from_start_many(&from, statement, relation, parent->table.number, &link);
    buffer_append_text(sql, "(SELECT count(*)");
    append_rows(sql, &from, &link);
    buffer_append_char(sql, ')');
    buffer_free(&link);
    from_free(&from);
}

/* The first `limit` of the rows that were fetched, of which there is one
 * more where the array is cut. OFFSET 0 keeps the planner from fetching them
 * for each time that they are named. */
static void
append_cut(struct buffer *sql, const struct relation *relation)
{
    struct buffer more = {0};

    buffer_append_text(&more, ",");
    json_append_text(&more, relation->more_name);
    buffer_append_text(&more, ":true");
    buffer_printf(sql,
                  "(SELECT concat('[', array_to_string(m.\"rows\"[1:%" PRId64
                  "], ','), ']', CASE WHEN cardinality(m.\"rows\") > %" PRId64
                  " THEN ",
                  relation->limit, relation->limit);
    sql_append_literal(sql, buffer_text(&more));
    buffer_append_text(sql, " END) FROM (SELECT ARRAY(SELECT ");
    buffer_free(&more);
}

void
object_append_array(struct buffer *sql, struct statement *statement,
                    const struct node *parent,
                    const struct selection *selection)
{
    const struct relation *relation = selection->relation;
    struct from from;
    struct buffer link = {0}, row = {0}, order = {0};

    from_start_many(&from, statement, relation, parent->table.number, &link);
    object_append_row(&row, &from, parent, selection);
    order_append_of_relation(&order, &from, relation);
    append_cut(sql, relation);
    buffer_append(sql, row.data, row.length);
    append_rows(sql, &from, &link);
    buffer_append(sql, order.data, order.length);
    buffer_printf(sql, " LIMIT %" PRId64 ") AS \"rows\" OFFSET 0) AS m)",
                  relation->limit + 1);
    buffer_free(&link);
    buffer_free(&row);
    buffer_free(&order);
    from_free(&from);
}
