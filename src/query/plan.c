/* From a route and the catalog to one SELECT and the shape of its rows. */
#include "query/plan.h"

#include <inttypes.h>
#include <string.h>

#include "config/naming.h"
#include "query/fit.h"
#include "query/sql.h"

/* The statement in the making. Tables have the aliases t0, t1 …; t0 is the
 * route's resource. */
struct composer {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    struct plan *plan;
    struct buffer columns; /* of the select list */
    struct buffer joins;
    size_t column_count;
    size_t table_count;
};

/* A dotted name: the one convention for nesting. */
struct path {
    const struct path *parent; /* NULL: the root */
    const char *name;
};

static void
append_path(struct buffer *sql, const struct path *path, const char *name)
{
    struct buffer dotted = {0};

    for (; path && path->name; path = path->parent) {
        struct buffer longer = {0};

        buffer_printf(&longer, "%s.%s", path->name, buffer_text(&dotted));
        buffer_free(&dotted);
        dotted = longer;
    }
    buffer_append_text(&dotted, name);
    sql_append_identifier(sql, buffer_text(&dotted));
    buffer_free(&dotted);
}

/* How a value is shown, the API's wishes included. */
static enum type_form
form_of(const struct composer *composer, const struct catalog_column *column)
{
    const struct api *api = &composer->catalog->config->api;

    if (column->type.form == TYPE_BIGINT && api->bigint == API_NUMBER_STRING)
        return TYPE_STRING;
    if (column->type.form == TYPE_NUMERIC && api->numeric == API_NUMBER_STRING)
        return TYPE_STRING;
    return column->type.form;
}

/* Adds a column to the select list; the result is its place there. */
static size_t
select_column(struct composer *composer, size_t table,
              const struct catalog_column *column, const struct path *path,
              const char *name)
{
    struct buffer *sql = &composer->columns;

    if (composer->column_count > 0)
        buffer_append_text(sql, ", ");
    if (column->type.form == TYPE_TO_JSON)
        buffer_append_text(sql, "to_json(");
    sql_append_column(sql, table, column->name);
    if (column->type.form == TYPE_TO_JSON)
        buffer_append_char(sql, ')');
    buffer_append_text(sql, " AS ");
    append_path(sql, path, name);
    return composer->column_count++;
}

/* A column that is not shown, but tells by not being NULL that there is a
 * row. It is named `*`, behind the path of that row. */
static size_t
select_presence(struct composer *composer, size_t table, const char *column,
                const struct path *path)
{
    const struct catalog_column plain = {.name = column};

    return select_column(composer, table, &plain, path, "*");
}

static void
compose_columns(struct composer *composer, const struct selection *selection,
                size_t table, const struct path *path)
{
    struct shape *shape = &composer->plan->shape;
    const struct catalog_table *known =
        catalog_table(composer->catalog, selection->resource);

    for (size_t i = 0; i < selection->column_count; i++) {
        const struct column *column = selection->columns[i];
        const struct catalog_column *found =
            catalog_column(known, column->name);

        shape_add_name(shape, column->json_name, i);
        /* Nobody is known to be the owner: not even fetched. */
        if (column->is_private)
            shape_add_text(shape, "null");
        else
            shape_add_value(shape, form_of(composer, found),
                            select_column(composer, table, found, path,
                                          column->json_name));
    }
}

/* Joins the table of a to-one relation; the result is its number. */
static size_t
join(struct composer *composer, const struct relation *relation, size_t from,
     bool is_certain)
{
    struct buffer *sql = &composer->joins;
    size_t table = composer->table_count++;

    buffer_append_text(sql, is_certain ? " JOIN " : " LEFT JOIN ");
    sql_append_table(sql, relation->to);
    buffer_printf(sql, " AS t%zu ON ", table);
    sql_append_column(sql, table,
                      fit_target_column(composer->catalog, relation));
    buffer_append_text(sql, " = ");
    sql_append_column(sql, from, relation->via);
    return table;
}

static void compose_object(struct composer *composer,
                           const struct selection *selection, size_t table,
                           const struct path *path, bool is_certain);

static void
compose_embed(struct composer *composer, const struct selection *selection,
              size_t from, const struct path *parent, bool is_certain)
{
    const struct relation *relation = selection->relation;
    const struct path path = {parent, relation->json_name};
    struct shape *shape = &composer->plan->shape;
    size_t begin = 0;
    size_t table;

    is_certain = is_certain && fit_is_certain(composer->catalog, relation);
    table = join(composer, relation, from, is_certain);
    if (!is_certain)
        begin = shape_begin_optional(
            shape, select_presence(
                       composer, table,
                       fit_target_column(composer->catalog, relation), &path));
    compose_object(composer, selection, table, &path, is_certain);
    if (!is_certain)
        shape_end_optional(shape, begin);
}

/* An object: its columns, then what is embedded in it. */
static void
compose_object(struct composer *composer, const struct selection *selection,
               size_t table, const struct path *path, bool is_certain)
{
    struct shape *shape = &composer->plan->shape;

    shape_add_text(shape, "{");
    compose_columns(composer, selection, table, path);
    for (size_t i = 0; i < selection->embed_count; i++) {
        const struct selection *embed = selection->embeds[i];

        shape_add_name(shape, embed->relation->json_name,
                       selection->column_count + i);
        compose_embed(composer, embed, table, path, is_certain);
    }
    shape_add_text(shape, "}");
}

/* --- parameters ------------------------------------------------------ */

/* The name under which a column is shown, or would be. */
static const char *
json_name_of(const struct composer *composer, const char *name)
{
    const struct column *column =
        config_find_column(composer->route->resource, name);

    if (column)
        return column->json_name;
    return naming_json(composer->arena, composer->catalog->config->api.names,
                       name);
}

static void
add_parameters(struct composer *composer)
{
    const struct route *route = composer->route;
    const struct catalog_table *table =
        catalog_table(composer->catalog, route->resource);
    struct plan *plan = composer->plan;
    size_t count = route->parameter_count + 1;

    plan->parameters =
        arena_alloc(composer->arena, count * sizeof *plan->parameters);
    plan->types = arena_alloc(composer->arena, count * sizeof *plan->types);
    for (size_t i = 0; i < route->segment_count; i++) {
        const char *name = route->segments[i].text;
        struct type type;

        if (!route->segments[i].is_parameter)
            continue;
        type = catalog_column(table, name)->type;
        plan->types[plan->parameter_count] = type.base_oid;
        plan->parameters[plan->parameter_count++] = (struct plan_parameter){
            .name = name,
            .json_name = json_name_of(composer, name),
            .type = type,
            .parent = route->segments[i].parent,
        };
    }
}

/* WHERE t0.a = $1 AND t0.b = $2 */
static void
append_conditions(struct buffer *sql, const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++) {
        buffer_append_text(sql, i == 0 ? " WHERE " : " AND ");
        sql_append_column(sql, 0, plan->parameters[i].name);
        buffer_printf(sql, " = $%zu", i + 1);
    }
}

/* --- the two statements ---------------------------------------------- */

static void
append_select(struct composer *composer, struct buffer *sql)
{
    buffer_append(sql, composer->columns.data, composer->columns.length);
    buffer_append_text(sql, " FROM ");
    sql_append_table(sql, composer->route->resource);
    buffer_append_text(sql, " AS t0");
    buffer_append(sql, composer->joins.data, composer->joins.length);
    append_conditions(sql, composer->plan);
}

static void
compose_item(struct composer *composer, struct buffer *sql)
{
    buffer_append_text(sql, "SELECT ");
    append_select(composer, sql);
    composer->plan->head = arena_strdup(composer->arena, buffer_text(sql));
}

static bool
is_sorted_by(const struct route *route, const char *column)
{
    for (size_t i = 0; i < route->sort_count; i++)
        if (strcmp(route->sort[i].column, column) == 0)
            return true;
    return false;
}

/* Adds one key of the order, inside the page and, if that stands below a
 * parent, outside of it as well. */
static void
append_sort_key(struct composer *composer, struct buffer *inner,
                struct buffer *outer, const char *column, bool is_descending)
{
    const char *direction = is_descending ? " DESC" : "";

    if (inner->length > 0) {
        buffer_append_text(inner, ", ");
        buffer_append_text(outer, ", ");
    }
    sql_append_column(inner, 0, column);
    buffer_append_text(inner, direction);
    if (!composer->plan->has_parent)
        return;
    buffer_append_text(&composer->columns, ", ");
    sql_append_column(&composer->columns, 0, column);
    buffer_printf(&composer->columns, " AS \"order %zu\"",
                  composer->column_count);
    buffer_printf(outer, "\"order %zu\"%s", composer->column_count++,
                  direction);
}

/* The declared order, and behind it the key, so that it is total. */
static void
compose_order(struct composer *composer, const struct catalog_key *key,
              struct buffer *inner, struct buffer *outer)
{
    const struct route *route = composer->route;

    for (size_t i = 0; i < route->sort_count; i++)
        append_sort_key(composer, inner, outer, route->sort[i].column,
                        route->sort[i].is_descending);
    for (size_t i = 0; i < key->column_count; i++)
        if (!is_sorted_by(route, key->columns[i]))
            append_sort_key(composer, inner, outer, key->columns[i], false);
}

/* The rows that the path goes through: each must be there. */
static void
append_parents(struct composer *composer, struct buffer *sql)
{
    const struct plan *plan = composer->plan;
    size_t count = 0;

    for (size_t i = 0; i < plan->parameter_count; i++) {
        const struct relation *relation = plan->parameters[i].parent;

        if (!relation)
            continue;
        buffer_append_text(sql, count > 0 ? " CROSS JOIN " : "");
        buffer_append_text(sql, "(SELECT FROM ");
        sql_append_table(sql, relation->to);
        buffer_append_text(sql, " WHERE ");
        sql_append_identifier(sql,
                              fit_target_column(composer->catalog, relation));
        buffer_printf(sql, " = $%zu) AS p%zu", i + 1, count++);
    }
}

static void
compose_list(struct composer *composer, const struct catalog_key *key,
             struct buffer *sql)
{
    struct plan *plan = composer->plan;
    struct buffer inner = {0}, outer = {0};

    compose_order(composer, key, &inner, &outer);
    buffer_append_text(sql, "SELECT ");
    if (plan->has_parent) {
        buffer_append_text(sql, "page.* FROM ");
        append_parents(composer, sql);
        buffer_append_text(sql, " LEFT JOIN (SELECT ");
    }
    append_select(composer, sql);
    buffer_append_text(sql, " ORDER BY ");
    buffer_append(sql, inner.data, inner.length);
    plan->head = arena_strdup(composer->arena, buffer_text(sql));
    plan->tail = "";
    if (plan->has_parent)
        plan->tail =
            arena_printf(composer->arena, ") AS page ON true ORDER BY %s",
                         buffer_text(&outer));
    buffer_free(&inner);
    buffer_free(&outer);
}

/* Whether a parameter of the path is the `via` of a to-one. */
static bool
has_parent(const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (plan->parameters[i].parent)
            return true;
    return false;
}

static void
compose(struct composer *composer)
{
    const struct route *route = composer->route;
    struct plan *plan = composer->plan;
    struct catalog_key key =
        catalog_key_of(composer->catalog, route->resource);
    bool is_list = handler_rule(route->handler)->traits & HANDLER_PAGES;
    struct buffer sql = {0};

    add_parameters(composer);
    plan->has_parent = is_list && has_parent(plan);
    if (plan->has_parent)
        plan->key_column = select_presence(composer, 0, key.columns[0], NULL);
    compose_object(composer, route->selection, 0, NULL, true);
    shape_finish(&plan->shape);
    if (is_list)
        compose_list(composer, &key, &sql);
    else
        compose_item(composer, &sql);
    buffer_free(&sql);
}

struct plan *
plan_compose(struct arena *arena, const struct catalog *catalog,
             const struct route *route)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    struct composer composer = {
        .arena = arena,
        .catalog = catalog,
        .route = route,
        .plan = plan,
        .table_count = 1,
    };

    plan->shape = shape_new(arena);
    compose(&composer);
    buffer_free(&composer.columns);
    buffer_free(&composer.joins);
    return plan;
}

const char *
plan_sql(struct arena *arena, const struct plan *plan, const struct page *page)
{
    if (!page)
        return plan->head;
    return arena_printf(arena, "%s LIMIT %" PRId64 " OFFSET %" PRId64 "%s",
                        plan->head, page->limit + 1, page->offset, plan->tail);
}
