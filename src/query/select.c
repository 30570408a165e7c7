/* What a statement selects: the columns of a tree of resources, the joins
 * that they need, and the shape of the row in JSON. */
#include "query/select.h"

#include "query/fit.h"
#include "query/sql.h"
#include "query/viewer.h"

/* A resource where it stands in the tree. */
struct node {
    const struct node *parent; /* NULL: the root */
    const char *name;          /* of the relation that led here */
    const struct selection *selection;
    size_t table;
    bool is_certain;    /* there is a row */
    size_t owner_table; /* has the owner: a row that has none of its own */
    const char *owner;  /* takes that of the one it is embedded in; NULL */
};

/* A dotted name is the one convention for nesting. */
static void
append_path(struct buffer *sql, const struct node *node, const char *name)
{
    struct buffer dotted = {0};

    for (; node && node->name; node = node->parent) {
        struct buffer longer = {0};

        buffer_printf(&longer, "%s.%s", node->name, buffer_text(&dotted));
        buffer_free(&dotted);
        dotted = longer;
    }
    buffer_append_text(&dotted, name);
    sql_append_identifier(sql, buffer_text(&dotted));
    buffer_free(&dotted);
}

/* How a value is shown, the API's wishes included. */
static enum type_form
form_of(const struct select *select, const struct catalog_column *column)
{
    const struct api *api = &select->catalog->config->api;

    if (column->type.form == TYPE_BIGINT && api->bigint == API_NUMBER_STRING)
        return TYPE_STRING;
    if (column->type.form == TYPE_NUMERIC && api->numeric == API_NUMBER_STRING)
        return TYPE_STRING;
    return column->type.form;
}

/* Begins a column of the select list. */
static void
begin_column(struct select *select)
{
    if (select->columns.length > 0)
        buffer_append_text(&select->columns, ", ");
}

/* Ends it; the result is its place. */
static size_t
end_column(struct select *select, const struct node *node, const char *name)
{
    buffer_append_text(&select->columns, " AS ");
    append_path(&select->columns, node, name);
    return select->column_count++;
}

size_t
select_hidden(struct select *select, const char *column, const char *name)
{
    begin_column(select);
    sql_append_column(&select->columns, 0, column);
    return end_column(select, NULL, name);
}

/* A column that tells by not being NULL that there is a row. It is named
 * `*`, behind the path of that row. */
static size_t
add_presence(struct select *select, const struct node *node,
             const char *column)
{
    begin_column(select);
    sql_append_column(&select->columns, node->table, column);
    return end_column(select, node, "*");
}

/* The value of a private column is for the owner alone. */
static void
append_private(struct select *select, const struct node *node,
               const char *name)
{
    buffer_append_text(&select->columns, "CASE WHEN ");
    viewer_append_owns(&select->columns, select->catalog->config,
                       node->owner_table, node->owner);
    buffer_append_text(&select->columns, " THEN ");
    sql_append_column(&select->columns, node->table, name);
    buffer_append_text(&select->columns, " END");
}

static size_t
add_value(struct select *select, const struct node *node,
          const struct column *column, const struct catalog_column *found)
{
    bool is_json = found->type.form == TYPE_TO_JSON;

    begin_column(select);
    buffer_append_text(&select->columns, is_json ? "to_json(" : "");
    if (column->is_private)
        append_private(select, node, column->name);
    else
        sql_append_column(&select->columns, node->table, column->name);
    buffer_append_text(&select->columns, is_json ? ")" : "");
    return end_column(select, node, column->json_name);
}

static void
add_columns(struct select *select, const struct node *node)
{
    const struct selection *selection = node->selection;
    const struct catalog_table *known =
        catalog_table(select->catalog, selection->resource);

    for (size_t i = 0; i < selection->column_count; i++) {
        const struct column *column = selection->columns[i];
        const struct catalog_column *found =
            catalog_column(known, column->name);

        shape_add_name(select->shape, column->json_name, i);
        /* Nobody is known to be the owner: not even fetched. */
        if (column->is_private && !select->has_viewer)
            shape_add_text(select->shape, "null");
        else
            shape_add_value(select->shape, form_of(select, found),
                            add_value(select, node, column, found));
    }
}

/* Joins the table of a to-one relation. */
static void
join(struct select *select, const struct relation *relation,
     const struct node *node)
{
    struct buffer *sql = &select->joins;

    buffer_append_text(sql, node->is_certain ? " JOIN " : " LEFT JOIN ");
    sql_append_table(sql, relation->to);
    buffer_printf(sql, " AS t%zu ON ", node->table);
    sql_append_column(sql, node->table,
                      fit_target_column(select->catalog, relation));
    buffer_append_text(sql, " = ");
    sql_append_column(sql, node->parent->table, relation->via);
}

static void
take_owner(struct node *node)
{
    const char *owner = node->selection->resource->owner;

    node->owner_table = node->table;
    node->owner = owner[0] != '\0' ? owner : NULL;
    if (node->owner || !node->parent)
        return;
    node->owner_table = node->parent->owner_table;
    node->owner = node->parent->owner;
}

static void add_object(struct select *select, const struct node *node);

static void
add_embed(struct select *select, const struct node *parent,
          const struct selection *selection)
{
    const struct relation *relation = selection->relation;
    struct node node = {
        .parent = parent,
        .name = relation->json_name,
        .selection = selection,
        .table = select->table_count++,
        .is_certain =
            parent->is_certain && fit_is_certain(select->catalog, relation),
    };
    size_t begin = 0;

    take_owner(&node);
    join(select, relation, &node);
    if (!node.is_certain)
        begin = shape_begin_optional(
            select->shape,
            add_presence(select, &node,
                         fit_target_column(select->catalog, relation)));
    add_object(select, &node);
    if (!node.is_certain)
        shape_end_optional(select->shape, begin);
}

/* An object: its columns, then what is embedded in it. */
static void
add_object(struct select *select, const struct node *node)
{
    const struct selection *selection = node->selection;

    shape_add_text(select->shape, "{");
    add_columns(select, node);
    for (size_t i = 0; i < selection->embed_count; i++) {
        const struct selection *embed = selection->embeds[i];

        shape_add_name(select->shape, embed->relation->json_name,
                       selection->column_count + i);
        add_embed(select, node, embed);
    }
    shape_add_text(select->shape, "}");
}

void
select_object(struct select *select, const struct selection *selection)
{
    struct node root = {.selection = selection, .is_certain = true};

    take_owner(&root);
    add_object(select, &root);
}

void
select_free(struct select *select)
{
    buffer_free(&select->columns);
    buffer_free(&select->joins);
}
