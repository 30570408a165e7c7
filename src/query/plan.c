/* From a route and the catalog to one SELECT and the shape of its rows. */
#include "query/plan.h"

#include <inttypes.h>
#include <string.h>

#include "config/naming.h"
#include "query/composer.h"
#include "query/filter.h"
#include "query/object.h"

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

/* How many values a request asks with, at most. */
static size_t
count_asked(const struct ask *ask)
{
    return ask->filter_count + 1 + (ask->cursor ? ask->cursor->count : 0);
}

/* Those of the path, unless settings hold the key, and the viewer's. */
static void
add_parameters(struct composer *composer)
{
    struct plan *plan = composer->plan;
    size_t asked = count_asked(composer->ask);

    plan->asked = arena_alloc(composer->arena, asked * sizeof *plan->asked);
    plan->types = arena_alloc(composer->arena,
                              (composer->route->parameter_count + 2 + asked) *
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

/* Adds a parameter for a value of the request; the result is its number. */
static size_t
add_value(struct composer *composer, uint32_t type, const char *value)
{
    struct plan *plan = composer->plan;

    plan->asked[plan->asked_count++] = value;
    plan->types[plan->type_count++] = type;
    return plan->type_count;
}

static void
add_asked(struct composer *composer)
{
    const struct ask *ask = composer->ask;

    composer->filters = arena_alloc(
        composer->arena, (ask->filter_count + 1) * sizeof *composer->filters);
    for (size_t i = 0; i < ask->filter_count; i++)
        if (ask->filters[i].operation != OPERATOR_NULL)
            composer->filters[i] = add_value(
                composer, filter_type(composer->catalog, &ask->filters[i]),
                ask->filters[i].value);
    if (ask->search)
        composer->search = add_value(composer, OID_TEXT, ask->search);
}

/* The types of a cursor's values are those of the order. */
static void
add_cursor(struct composer *composer)
{
    const struct ask_cursor *cursor = composer->ask->cursor;

    composer->cursor = composer->plan->type_count + 1;
    for (size_t i = 0; cursor && i < composer->order.count; i++)
        add_value(composer, composer->order.keys[i].type, cursor->values[i]);
}

/* --- order ----------------------------------------------------------- */

/* The values of an order's keys are in the result: cursors are made of
 * them, and the rows of a frame sorted by them. */
static void
select_key(struct composer *composer, struct order_key *key)
{
    struct select *select = &composer->select;
    const char *name =
        arena_printf(composer->arena, "order %zu", select->column_count);
    struct select_plain plain;

    if (!key->column) {
        key->name = name;
        key->place = select_hidden(select, key->sql, name);
        return;
    }
    plain = select_column(select, key->table, key->column, name);
    /* PostgreSQL would cut it, and might take it for another. */
    if (strlen(plain.name) >= DB_NAME_SIZE) {
        plain.name = name;
        plain.place = select_hidden(select, key->sql, name);
    }
    key->name = plain.name;
    key->place = plain.place;
}

static void
compose_order(struct composer *composer)
{
    const struct ask *ask = composer->ask;
    struct from *from = &composer->select.from;
    const char *rank = ask->is_ranked
                           ? composer_rank(composer, from->tables[0].number)
                           : NULL;

    composer->order = order_of(from, composer->route->resource, ask->sort,
                               ask->sort_count, rank);
    for (size_t i = 0; i < composer->order.count; i++)
        select_key(composer, &composer->order.keys[i]);
    composer->plan->order = composer->order;
    add_cursor(composer);
}

/* --- the statement --------------------------------------------------- */

/* SELECT … WHERE, with the condition of a part of what is behind a cursor. */
static void
append_select(struct composer *composer, struct buffer *sql, size_t part)
{
    const struct select *select = &composer->select;
    const struct ask_cursor *cursor = composer->ask->cursor;

    buffer_append_text(sql, "SELECT ");
    buffer_append(sql, select->columns.data, select->columns.length);
    buffer_append_text(sql, " FROM ");
    buffer_append(sql, select->from.sql.data, select->from.sql.length);
    if (composer->conditions.length > 0)
        buffer_append_text(sql, " WHERE ");
    buffer_append(sql, composer->conditions.data, composer->conditions.length);
    if (!cursor)
        return;
    buffer_append_text(sql,
                       composer->conditions.length > 0 ? " AND " : " WHERE ");
    order_append_part(sql, &composer->order, cursor, composer->cursor, part);
}

static bool
is_backward(const struct composer *composer)
{
    return composer->ask->cursor && composer->ask->cursor->is_backward;
}

static void
append_page(struct composer *composer, struct buffer *sql, size_t part)
{
    append_select(composer, sql, part);
    order_append(sql, &composer->order, is_backward(composer));
    buffer_printf(sql, " LIMIT %" PRId64, composer->ask->limit + 1);
    if (composer->ask->offset > 0)
        buffer_printf(sql, " OFFSET %" PRId64, composer->ask->offset);
}

/* Two halves, each of them a page, of which a page is made. */
static void
append_halves(struct composer *composer, struct buffer *sql)
{
    buffer_append_text(sql, "SELECT page.* FROM ((");
    append_page(composer, sql, 0);
    buffer_append_text(sql, ") UNION ALL (");
    append_page(composer, sql, 1);
    buffer_append_text(sql, ")) AS page");
    order_append_names(sql, &composer->order, is_backward(composer));
    buffer_printf(sql, " LIMIT %" PRId64, composer->ask->limit + 1);
}

static void
append_rows(struct composer *composer, struct buffer *sql)
{
    const struct ask *ask = composer->ask;

    if (ask->limit == 0)
        append_select(composer, sql, 0);
    else if (ask->cursor && order_parts(&composer->order, ask->cursor) > 1)
        append_halves(composer, sql);
    else
        append_page(composer, sql, 0);
}

static void
append_statement(struct composer *composer)
{
    struct plan *plan = composer->plan;
    struct buffer sql = {0};

    if (plan->has_frame)
        composer_append_frame(composer, &sql);
    append_rows(composer, &sql);
    if (plan->has_frame)
        buffer_append_text(&sql, ") AS page ON true");
    if (plan->has_frame && composer->ask->limit > 0)
        order_append_names(&sql, &composer->order, is_backward(composer));
    plan->sql = arena_strdup(composer->arena, buffer_text(&sql));
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

        if (segment->is_parameter)
            composer->plan->location[count++] =
                select_column(&composer->select, 0, segment->text,
                              arena_printf(composer->arena, "location %zu", i))
                    .place;
    }
}

/* What changes with every write of the row, whatever is shown of it. */
static void
compose_version(struct composer *composer)
{
    const struct plan *plan = composer->plan;
    const struct route *route = composer->route;
    bool is_row = plan->source == VIEWER_SETTING ||
                  (handler_rule(route->handler)->traits & HANDLER_BY_KEY);

    composer->plan->version = PLAN_NO_COLUMN;
    if (is_row &&
        catalog_table(composer->catalog, route->resource)->is_version_readable)
        composer->plan->version =
            select_hidden(&composer->select, "t0." CATALOG_VERSION, "version");
}

static void
compose(struct composer *composer)
{
    const struct route *route = composer->route;

    add_parameters(composer);
    add_asked(composer);
    from_start(&composer->select.from, &composer->statement, route->resource,
               route->where);
    composer_add_frame(composer);
    object_select(&composer->select, composer->ask->selection);
    shape_finish(&composer->plan->shape);
    compose_location(composer);
    compose_version(composer);
    if (composer->ask->limit > 0)
        compose_order(composer);
    composer_append_conditions(composer, &composer->select.from,
                               &composer->conditions);
    append_statement(composer);
}

struct plan *
plan_compose(struct arena *arena, const struct catalog *catalog,
             const struct route *route, const struct ask *ask,
             enum viewer_source source)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    struct composer composer = {
        .arena = arena,
        .catalog = catalog,
        .route = route,
        .ask = ask,
        .plan = plan,
        .statement = statement_start(arena, catalog, source != VIEWER_NONE),
        .key = catalog_key_of(catalog, route->resource),
        .select = {.shape = &plan->shape},
    };

    plan->source = source;
    plan->shape = shape_new(arena);
    compose(&composer);
    select_free(&composer.select);
    buffer_free(&composer.frame);
    buffer_free(&composer.conditions);
    return plan;
}
