/* The object of a resource, with what is embedded in it. */
#include "query/object.h"

#include "base/json.h"
#include "query/link.h"
#include "query/sql.h"
#include "query/viewer.h"

/* Where an object goes: into columns and a shape, or into an expression. */
struct target {
    struct from *from;
    struct select *select; /* NULL: into an expression */
    struct row_json *json;
};

/* --- names ----------------------------------------------------------- */

/* A dotted name is the one convention for nesting. */
static const char *
path_of(struct arena *arena, const struct node *node, const char *name)
{
    for (; node && node->name; node = node->parent)
        name = arena_printf(arena, "%s.%s", node->name, name);
    return name;
}

static struct arena *
arena_of(const struct target *target)
{
    return target->from->statement->arena;
}

static const struct config *
config_of(const struct target *target)
{
    return target->from->statement->catalog->config;
}

/* --- text ------------------------------------------------------------ */

static void
add_text(struct target *target, const char *text)
{
    if (target->select)
        shape_add_text(target->select->shape, text);
    else
        row_json_add_text(target->json, text);
}

static void
add_name(struct target *target, const char *name, size_t position)
{
    struct buffer text = {0};

    if (target->select) {
        shape_add_name(target->select->shape, name, position);
        return;
    }
    buffer_append_text(&text, position > 0 ? "," : "");
    json_append_text(&text, name);
    buffer_append_char(&text, ':');
    add_text(target, buffer_text(&text));
    buffer_free(&text);
}

/* An expression whose text is JSON. */
static void
add_json(struct target *target, const struct node *node, const char *name,
         const char *expression)
{
    if (target->select)
        shape_add_value(target->select->shape, TYPE_JSON,
                        select_hidden(target->select, expression,
                                      path_of(arena_of(target), node, name)));
    else
        row_json_add(target->json, expression);
}

/* --- values ---------------------------------------------------------- */

/* How a value is shown, the API's wishes included. */
static enum type_form
form_of(const struct target *target, const struct catalog_column *column)
{
    const struct api *api = &config_of(target)->api;

    if (column->type.form == TYPE_BIGINT && api->bigint == API_NUMBER_STRING)
        return TYPE_STRING;
    if (column->type.form == TYPE_NUMERIC && api->numeric == API_NUMBER_STRING)
        return TYPE_STRING;
    return column->type.form;
}

/* The value of a private column is for the owner alone. */
static void
append_private(struct buffer *sql, const struct target *target,
               const struct node *node, const char *name)
{
    buffer_append_text(sql, "CASE WHEN ");
    viewer_append_owns(sql, config_of(target), node->owner_table, node->owner);
    buffer_append_text(sql, " THEN ");
    sql_append_column(sql, node->table.number, name);
    buffer_append_text(sql, " END");
}

static const char *
expression_of(struct target *target, const struct node *node,
              const struct column *column)
{
    struct buffer sql = {0};
    const char *expression;

    if (column->is_private)
        append_private(&sql, target, node, column->name);
    else
        sql_append_column(&sql, node->table.number, column->name);
    expression = arena_strdup(arena_of(target), buffer_text(&sql));
    buffer_free(&sql);
    return expression;
}

static void
add_column(struct target *target, const struct node *node,
           const struct column *column, enum type_form form)
{
    struct select *select = target->select;
    const char *name = path_of(arena_of(target), node, column->json_name);
    const char *expression;
    size_t place;

    if (!column->is_private && form != TYPE_TO_JSON) {
        place = select_column(select, node->table.number, column->name, name)
                    .place;
    } else {
        expression = expression_of(target, node, column);
        if (form == TYPE_TO_JSON)
            expression =
                arena_printf(arena_of(target), "to_json(%s)", expression);
        place = select_hidden(select, expression, name);
    }
    shape_add_value(select->shape, form, place);
}

/* What a number, or JSON itself, needs no function for. */
static bool
is_json_text(enum type_form form, const struct catalog_column *column)
{
    return form == TYPE_JSON ||
           (column->type.input == TYPE_INPUT_INTEGER && form != TYPE_STRING);
}

static void
add_row_value(struct target *target, const struct node *node,
              const struct column *column, const struct catalog_column *found,
              enum type_form form)
{
    const char *sql = expression_of(target, node, column);
    bool is_text = form == TYPE_STRING && found->type.form != TYPE_STRING;

    if (is_text)
        sql = arena_printf(arena_of(target), "(%s)::text", sql);
    if (!is_json_text(form, found))
        sql = arena_printf(arena_of(target), "to_json(%s)", sql);
    if (column->is_private || !found->is_not_null)
        sql = arena_printf(arena_of(target), "coalesce((%s)::text, 'null')",
                           sql);
    row_json_add(target->json, sql);
}

static void
add_columns(struct target *target, const struct node *node)
{
    const struct selection *selection = node->selection;
    const struct statement *statement = target->from->statement;
    const struct catalog_table *known =
        catalog_table(statement->catalog, selection->resource);

    for (size_t i = 0; i < selection->column_count; i++) {
        const struct column *column = selection->columns[i];
        const struct catalog_column *found =
            catalog_column(known, column->name);

        add_name(target, column->json_name, i);
        /* Nobody is known to be the owner: not even fetched. */
        if (column->is_private && !statement->has_viewer)
            add_text(target, "null");
        else if (target->select)
            add_column(target, node, column, form_of(target, found));
        else
            add_row_value(target, node, column, found, form_of(target, found));
    }
}

/* --- embeds ---------------------------------------------------------- */

static void
take_owner(struct node *node)
{
    const char *owner = node->selection->resource->owner;

    node->owner_table = node->table.number;
    node->owner = owner[0] != '\0' ? owner : NULL;
    if (node->owner || !node->parent)
        return;
    node->owner_table = node->parent->owner_table;
    node->owner = node->parent->owner;
}

static void add_object(struct target *target, const struct node *node);

/* A column that tells by not being NULL that there is a row. */
static const char *
presence_of(struct target *target, const struct node *node)
{
    struct buffer sql = {0};
    struct link link =
        link_of(target->from->statement->catalog, node->selection->relation);
    const char *presence;

    sql_append_column(&sql, node->table.number, link.far[0]);
    presence = arena_strdup(arena_of(target), buffer_text(&sql));
    buffer_free(&sql);
    return presence;
}

/* null where there is no row. At the root the column is named `*`, behind the
 * path of that row. */
static void
add_optional(struct target *target, const struct node *node)
{
    const char *presence = presence_of(target, node);
    struct shape *shape;
    size_t begin;

    if (!target->select) {
        row_json_begin_optional(target->json, presence);
        add_object(target, node);
        row_json_end_optional(target->json);
        return;
    }
    shape = target->select->shape;
    begin = shape_begin_optional(
        shape, select_hidden(target->select, presence,
                             path_of(arena_of(target), node, "*")));
    add_object(target, node);
    shape_end_optional(shape, begin);
}

static void
add_one(struct target *target, const struct node *parent,
        const struct selection *selection)
{
    struct node node = {
        .parent = parent,
        .name = selection->relation->json_name,
        .selection = selection,
        .table = from_join(target->from, parent->table, selection->relation),
    };

    take_owner(&node);
    if (node.table.is_certain)
        add_object(target, &node);
    else
        add_optional(target, &node);
}

static void
add_many(struct target *target, const struct node *parent,
         const struct selection *selection)
{
    const struct relation *relation = selection->relation;
    struct statement *statement = target->from->statement;
    struct buffer sql = {0};

    if (selection->is_count)
        object_append_count(&sql, statement, parent, relation);
    else
        object_append_array(&sql, statement, parent, selection);
    add_json(target, parent,
             selection->is_count ? relation->count_name : relation->json_name,
             buffer_text(&sql));
    buffer_free(&sql);
}

static void
add_embed(struct target *target, const struct node *parent,
          const struct selection *selection, size_t position)
{
    const struct relation *relation = selection->relation;

    add_name(target,
             selection->is_count ? relation->count_name : relation->json_name,
             position);
    if (relation->kind == RELATION_TO_ONE)
        add_one(target, parent, selection);
    else
        add_many(target, parent, selection);
}

/* An object: its columns, then what is embedded in it. */
static void
add_object(struct target *target, const struct node *node)
{
    const struct selection *selection = node->selection;

    add_text(target, "{");
    add_columns(target, node);
    for (size_t i = 0; i < selection->embed_count; i++)
        add_embed(target, node, selection->embeds[i],
                  selection->column_count + i);
    add_text(target, "}");
}

void
object_select(struct select *select, const struct selection *selection)
{
    struct target target = {.from = &select->from, .select = select};
    struct node root = {.selection = selection,
                        .table = select->from.tables[0]};

    take_owner(&root);
    add_object(&target, &root);
}

void
object_append_row(struct buffer *sql, struct from *from,
                  const struct node *parent, const struct selection *selection)
{
    struct row_json json;
    struct target target = {.from = from, .json = &json};
    struct node node = {
        .parent = parent,
        .name = selection->relation->json_name,
        .selection = selection,
        .table = from->tables[0],
    };

    row_json_begin(&json);
    take_owner(&node);
    add_object(&target, &node);
    row_json_end(&json, sql);
}
