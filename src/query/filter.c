/* What clients filter by, as conditions. */
#include "query/filter.h"

#include "query/sql.h"

uint32_t
filter_type(const struct catalog *catalog, const struct ask_filter *filter)
{
    const struct column_path *path = &filter->filterable->path;

    if (filter->operation == OPERATOR_CONTAINS ||
        filter->operation == OPERATOR_STARTS)
        return OID_TEXT;
    if (filter->operation == OPERATOR_IN || filter->operation == OPERATOR_NIN)
        return 0;
    return catalog_column(catalog_table(catalog, path->resource),
                          path->column->name)
        ->type.base_oid;
}

/* The filters in the making: all of them, of which some are done. */
struct filtering {
    const struct ask_filter *filters;
    size_t count;
    const size_t *parameters;
    bool *is_done;
};

/* How each operator is written around a column and a parameter. */
static const struct {
    const char *before;
    const char *between;
    const char *after;
} forms[OPERATORS] = {
    [OPERATOR_EQ] = {"", " = ", ""},
    [OPERATOR_NE] = {"", " IS DISTINCT FROM ", ""},
    [OPERATOR_LT] = {"", " < ", ""},
    [OPERATOR_LTE] = {"", " <= ", ""},
    [OPERATOR_GT] = {"", " > ", ""},
    [OPERATOR_GTE] = {"", " >= ", ""},
    [OPERATOR_IN] = {"", " = ANY (", ")"},
    [OPERATOR_NIN] = {"(", " = ANY (", ")) IS NOT TRUE"},
    [OPERATOR_CONTAINS] = {"", " ILIKE ", ""},
    [OPERATOR_STARTS] = {"", " LIKE ", ""},
};

static void
append_condition(struct buffer *sql, const struct ask_filter *filter,
                 size_t table, size_t parameter)
{
    const char *column = filter->filterable->path.column->name;

    if (filter->operation == OPERATOR_NULL) {
        sql_append_column(sql, table, column);
        buffer_append_text(sql, filter->is_null ? " IS NULL" : " IS NOT NULL");
        return;
    }
    buffer_append_text(sql, forms[filter->operation].before);
    sql_append_column(sql, table, column);
    buffer_append_text(sql, forms[filter->operation].between);
    buffer_printf(sql, "$%zu", parameter);
    buffer_append_text(sql, forms[filter->operation].after);
}

/* Whether the paths are the same up to and with the relation at `depth`. */
static bool
share_path(const struct ask_filter *a, const struct ask_filter *b,
           size_t depth)
{
    const struct column_path *left = &a->filterable->path;
    const struct column_path *right = &b->filterable->path;

    if (left->relation_count <= depth || right->relation_count <= depth)
        return false;
    for (size_t i = 0; i <= depth; i++)
        if (left->relations[i] != right->relations[i])
            return false;
    return true;
}

static void append_one(struct buffer *sql, struct from *from,
                       struct filtering *filtering, size_t index,
                       size_t depth);

/* EXISTS, for the filter at `index` and all that go the same way. */
static void
append_exists(struct buffer *sql, struct from_table parent,
              struct from *around, struct filtering *filtering, size_t index,
              size_t depth)
{
    const struct ask_filter *filter = &filtering->filters[index];
    struct from from;
    struct buffer conditions = {0};

    from_start_many(&from, around->statement,
                    filter->filterable->path.relations[depth], parent.number,
                    &conditions);
    for (size_t i = index; i < filtering->count; i++)
        if (!filtering->is_done[i] &&
            share_path(filter, &filtering->filters[i], depth)) {
            buffer_append_text(&conditions, " AND ");
            append_one(&conditions, &from, filtering, i, depth + 1);
        }
    buffer_append_text(sql, "EXISTS (SELECT FROM ");
    buffer_append(sql, from.sql.data, from.sql.length);
    buffer_append_text(sql, " WHERE ");
    buffer_append(sql, conditions.data, conditions.length);
    buffer_append_char(sql, ')');
    buffer_free(&conditions);
    from_free(&from);
}

/* Follows the path of one filter from the relation at `depth` on. */
static void
append_one(struct buffer *sql, struct from *from, struct filtering *filtering,
           size_t index, size_t depth)
{
    const struct ask_filter *filter = &filtering->filters[index];
    const struct column_path *path = &filter->filterable->path;
    struct from_table table = from->tables[0];

    for (; depth < path->relation_count; depth++) {
        if (path->relations[depth]->kind != RELATION_TO_ONE) {
            append_exists(sql, table, from, filtering, index, depth);
            return;
        }
        table = from_join(from, table, path->relations[depth]);
    }
    filtering->is_done[index] = true;
    append_condition(sql, filter, table.number, filtering->parameters[index]);
}

void
filter_append(struct buffer *sql, struct from *from,
              const struct ask_filter *filters, size_t count,
              const size_t *parameters)
{
    struct filtering filtering = {
        .filters = filters,
        .count = count,
        .parameters = parameters,
        .is_done = arena_alloc(from->statement->arena, count + 1),
    };

    for (size_t i = 0; i < count; i++) {
        if (filtering.is_done[i])
            continue;
        buffer_append_text(sql, " AND ");
        append_one(sql, from, &filtering, i, 0);
    }
}
