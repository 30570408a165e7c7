/* From a route and the catalog to one SELECT and the shape of its rows. */
#include "query/plan.h"

#include <inttypes.h>
#include <string.h>

#include "config/naming.h"
#include "query/fit.h"
#include "query/select.h"
#include "query/sql.h"

/* The statement in the making. */
struct composer {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    struct plan *plan;
    struct catalog_key key;
    struct buffer frame; /* its columns */
    struct select select;
    struct buffer inner; /* ORDER BY of the page */
    struct buffer outer; /* and, within a frame, of the statement */
};

/* --- parameters ------------------------------------------------------ */

const char *
plan_json_name(struct arena *arena, const struct config *config,
               const struct resource *resource, const char *name)
{
    const struct column *column = config_find_column(resource, name);

    return column ? column->json_name
                  : naming_json(arena, config->api.names, name);
}

struct plan_parameter *
plan_parameters(struct arena *arena, const struct catalog *catalog,
                const struct route *route)
{
    struct plan_parameter *parameters =
        arena_alloc(arena, (route->parameter_count + 1) * sizeof *parameters);
    size_t count = 0;

    for (size_t i = 0; i < route->segment_count; i++) {
        const struct segment *segment = &route->segments[i];

        if (!segment->is_parameter)
            continue;
        parameters[count++] = (struct plan_parameter){
            .name = segment->text,
            .json_name = plan_json_name(arena, catalog->config,
                                        route->resource, segment->text),
            .type = catalog_column(catalog_table(catalog, route->resource),
                                   segment->text)
                        ->type,
            .parent = segment->parent,
        };
    }
    return parameters;
}

/* Those of the path, unless settings hold the key, and the viewer's. */
static void
add_parameters(struct composer *composer)
{
    struct plan *plan = composer->plan;

    plan->types =
        arena_alloc(composer->arena, (composer->route->parameter_count + 2) *
                                         sizeof *plan->types);
    if (plan->source != VIEWER_SETTING) {
        plan->parameters = plan_parameters(composer->arena, composer->catalog,
                                           composer->route);
        plan->parameter_count = composer->route->parameter_count;
    }
    for (size_t i = 0; i < plan->parameter_count; i++)
        plan->types[i] = plan->parameters[i].type.base_oid;
    plan->type_count = plan->parameter_count +
                       viewer_parameters(composer->catalog, plan->source,
                                         plan->types + plan->parameter_count);
}

/* --- the frame ------------------------------------------------------- */

/* After a write on a site without accounts nobody is known. */
static bool
has_viewer(const struct composer *composer)
{
    return composer->plan->source != VIEWER_NONE &&
           composer->catalog->config->accounts.resource;
}

static size_t
add_frame_column(struct composer *composer, const char *sql)
{
    if (composer->frame.length > 0)
        buffer_append_text(&composer->frame, ", ");
    buffer_append_text(&composer->frame, sql);
    return composer->select.column_count++;
}

static size_t
add_allowed(struct composer *composer)
{
    size_t place;

    if (composer->route->role[0] == '\0' ||
        composer->plan->source == VIEWER_SETTING)
        return PLAN_NO_COLUMN;
    place = add_frame_column(composer, "");
    viewer_append_role(&composer->frame, composer->route->role);
    buffer_append_text(&composer->frame, " AS \"allowed\"");
    return place;
}

static bool
has_parents(const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (plan->parameters[i].parent)
            return true;
    return false;
}

static void
compose_frame(struct composer *composer, bool is_list)
{
    struct plan *plan = composer->plan;
    struct plan_frame *frame = &plan->frame;
    bool has_parent = is_list && has_parents(plan);

    memset(frame, 0xff, sizeof *frame); /* PLAN_NO_COLUMN each */
    plan->has_frame = plan->source != VIEWER_NONE || has_parent;
    if (has_viewer(composer)) {
        frame->viewer = add_frame_column(composer, "v.\"key\" AS \"viewer\"");
        frame->allowed = add_allowed(composer);
    }
    if (plan->source == VIEWER_LOGIN) {
        frame->password = add_frame_column(composer, "v.\"password\"");
        frame->issued = add_frame_column(composer, "v.\"issued\"");
    }
    if (has_parent)
        frame->parent =
            add_frame_column(composer, "parent.\"here\" AS \"parent\"");
    if (plan->has_frame)
        frame->key =
            select_hidden(&composer->select, composer->key.columns[0], "*");
}

bool
plan_append_parents(struct buffer *sql, const struct catalog *catalog,
                    const struct plan_parameter *parameters, size_t count)
{
    size_t parents = 0;

    for (size_t i = 0; i < count; i++) {
        const struct relation *relation = parameters[i].parent;

        if (!relation)
            continue;
        buffer_append_text(sql, parents == 0 ? "(SELECT true AS \"here\" FROM "
                                             : " CROSS JOIN ");
        buffer_append_text(sql, "(SELECT FROM ");
        sql_append_table(sql, relation->to);
        buffer_append_text(sql, " WHERE ");
        sql_append_identifier(sql, fit_target_column(catalog, relation));
        buffer_printf(sql, " = $%zu) AS p%zu", i + 1, parents++);
    }
    buffer_append_text(sql, parents > 0 ? ")" : "");
    return parents > 0;
}

/* SELECT frame, page.* FROM who asks, and what the path goes through. */
static void
append_frame(struct composer *composer, struct buffer *sql)
{
    const struct plan *plan = composer->plan;

    buffer_append_text(sql, "SELECT ");
    buffer_append(sql, composer->frame.data, composer->frame.length);
    buffer_append_text(sql, composer->frame.length > 0 ? ", " : "");
    buffer_append_text(sql, "page.* FROM (VALUES (0)) AS request");
    if (has_viewer(composer)) {
        buffer_append_text(sql, " LEFT JOIN ");
        viewer_append(sql, composer->catalog, plan->source,
                      plan->parameter_count + 1);
        buffer_append_text(sql, " AS v ON true");
    }
    if (plan->frame.parent != PLAN_NO_COLUMN) {
        buffer_append_text(sql, " LEFT JOIN ");
        plan_append_parents(sql, composer->catalog, plan->parameters,
                            plan->parameter_count);
        buffer_append_text(sql, " AS parent ON true");
    }
    buffer_append_text(sql, " LEFT JOIN LATERAL (");
}

/* --- conditions ------------------------------------------------------ */

static void
begin_condition(struct buffer *sql, size_t *count)
{
    buffer_append_text(sql, (*count)++ == 0 ? " WHERE " : " AND ");
}

/* The key that the statement in front left in settings. */
static void
append_key_settings(struct composer *composer, struct buffer *sql,
                    size_t *count)
{
    const struct catalog_table *table =
        catalog_table(composer->catalog, composer->route->resource);

    for (size_t i = 0; i < composer->key.column_count; i++) {
        const char *name = composer->key.columns[i];

        begin_condition(sql, count);
        sql_append_column(sql, 0, name);
        buffer_append_text(sql, " = ");
        viewer_append_setting(
            sql, arena_printf(composer->arena, KEY_SETTING_NAME "%zu", i + 1),
            catalog_column(table, name));
    }
}

/* WHERE t0.a = $1 AND t0.b = v.key */
static void
append_conditions(struct composer *composer, struct buffer *sql)
{
    const struct plan *plan = composer->plan;
    const char *viewer = composer->route->viewer;
    size_t count = 0;

    if (plan->source == VIEWER_SETTING) {
        append_key_settings(composer, sql, &count);
        return;
    }
    if (plan->source == VIEWER_LOGIN)
        viewer = composer->key.columns[0];
    for (size_t i = 0; i < plan->parameter_count; i++) {
        begin_condition(sql, &count);
        sql_append_column(sql, 0, plan->parameters[i].name);
        buffer_printf(sql, " = $%zu", i + 1);
    }
    if (viewer[0] == '\0')
        return;
    begin_condition(sql, &count);
    sql_append_column(sql, 0, viewer);
    buffer_append_text(sql, " = v.\"key\"");
}

/* --- order ----------------------------------------------------------- */

static bool
is_sorted_by(const struct route *route, const char *column)
{
    for (size_t i = 0; i < route->sort_count; i++)
        if (strcmp(route->sort[i].column, column) == 0)
            return true;
    return false;
}

/* Adds one key of the order, inside the page and, if that stands in a frame,
 * outside of it as well. */
static void
append_sort_key(struct composer *composer, const char *column,
                bool is_descending)
{
    const char *direction = is_descending ? " DESC" : "";
    const char *name;

    if (composer->inner.length > 0) {
        buffer_append_text(&composer->inner, ", ");
        buffer_append_text(&composer->outer, ", ");
    }
    sql_append_column(&composer->inner, 0, column);
    buffer_append_text(&composer->inner, direction);
    if (!composer->plan->has_frame)
        return;
    name = arena_printf(composer->arena, "order %zu",
                        composer->select.column_count);
    select_hidden(&composer->select, column, name);
    sql_append_identifier(&composer->outer, name);
    buffer_append_text(&composer->outer, direction);
}

/* The declared order, and behind it the key, so that it is total. */
static void
compose_order(struct composer *composer)
{
    const struct route *route = composer->route;

    for (size_t i = 0; i < route->sort_count; i++)
        append_sort_key(composer, route->sort[i].column,
                        route->sort[i].is_descending);
    for (size_t i = 0; i < composer->key.column_count; i++)
        if (!is_sorted_by(route, composer->key.columns[i]))
            append_sort_key(composer, composer->key.columns[i], false);
}

/* --- the statement --------------------------------------------------- */

static void
append_select(struct composer *composer, struct buffer *sql)
{
    const struct select *select = &composer->select;

    buffer_append_text(sql, "SELECT ");
    buffer_append(sql, select->columns.data, select->columns.length);
    buffer_append_text(sql, " FROM ");
    sql_append_table(sql, composer->route->resource);
    buffer_append_text(sql, " AS t0");
    buffer_append(sql, select->joins.data, select->joins.length);
    append_conditions(composer, sql);
}

static void
append_statement(struct composer *composer, bool is_list)
{
    struct plan *plan = composer->plan;
    struct buffer sql = {0};
    const char *tail = plan->has_frame ? ") AS page ON true" : "";

    if (plan->has_frame)
        append_frame(composer, &sql);
    append_select(composer, &sql);
    if (is_list) {
        buffer_append_text(&sql, " ORDER BY ");
        buffer_append(&sql, composer->inner.data, composer->inner.length);
        plan->tail = tail;
        if (plan->has_frame)
            plan->tail = arena_printf(composer->arena, "%s ORDER BY %s", tail,
                                      buffer_text(&composer->outer));
    } else {
        buffer_append_text(&sql, tail);
    }
    plan->head = arena_strdup(composer->arena, buffer_text(&sql));
    buffer_free(&sql);
}

/* The columns that the path of what was written names. */
static void
compose_location(struct composer *composer)
{
    const struct route *answer = composer->route->answer;
    size_t count = 0;

    if (!answer || composer->plan->source != VIEWER_SETTING)
        return;
    composer->plan->location = arena_alloc(
        composer->arena, (answer->parameter_count + 1) * sizeof(size_t));
    for (size_t i = 0; i < answer->segment_count; i++) {
        const struct segment *segment = &answer->segments[i];

        if (!segment->is_parameter)
            continue;
        composer->plan->location[count++] =
            select_hidden(&composer->select, segment->text,
                          arena_printf(composer->arena, "location %zu", i));
    }
}

static void
compose(struct composer *composer)
{
    const struct route *route = composer->route;
    bool is_list = handler_rule(route->handler)->traits & HANDLER_PAGES;

    add_parameters(composer);
    compose_frame(composer, is_list);
    select_object(&composer->select, route->selection);
    shape_finish(&composer->plan->shape);
    compose_location(composer);
    if (is_list)
        compose_order(composer);
    append_statement(composer, is_list);
}

struct plan *
plan_compose(struct arena *arena, const struct catalog *catalog,
             const struct route *route, enum viewer_source source)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    struct composer composer = {
        .arena = arena,
        .catalog = catalog,
        .route = route,
        .plan = plan,
        .key = catalog_key_of(catalog, route->resource),
        .select = {.arena = arena,
                   .catalog = catalog,
                   .shape = &plan->shape,
                   .has_viewer = source != VIEWER_NONE &&
                                 catalog->config->accounts.resource,
                   .table_count = 1},
    };

    plan->source = source;
    plan->shape = shape_new(arena);
    compose(&composer);
    select_free(&composer.select);
    buffer_free(&composer.frame);
    buffer_free(&composer.inner);
    buffer_free(&composer.outer);
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
