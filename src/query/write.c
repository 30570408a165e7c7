/* From a route that writes to its parameters, fields and constraints. */
#include "query/write.h"

#include <string.h>

#include "query/claim.h"
#include "query/viewer.h"

#define OID_INFERRED 0

static const char *const action_names[] = {
    [WRITE_KEEP] = "keep",
    [WRITE_REMOVE] = "remove",
    [WRITE_CHANGE] = "change",
    [WRITE_PUT] = "put",
};

static const char *const outcome_names[] = {
    [WRITE_WRITTEN] = "written",     [WRITE_UNKNOWN] = "unknown",
    [WRITE_MISSING] = "missing",     [WRITE_FORBIDDEN] = "forbidden",
    [WRITE_MALFORMED] = "malformed", [WRITE_INCOMPLETE] = "incomplete",
    [WRITE_LACKING] = "lacking",     [WRITE_MISMATCHED] = "mismatched",
    [WRITE_REPEATED] = "repeated",   [WRITE_REPEATED_UNSEEN] = "unseen",
    [WRITE_STALE] = "stale",
};

const char *
write_action_name(enum write_action action)
{
    return action_names[action];
}

const char *
write_outcome_name(enum write_outcome outcome)
{
    return outcome_names[outcome];
}

enum write_outcome
write_outcome_parse(const char *name)
{
    const size_t count = sizeof outcome_names / sizeof outcome_names[0];
    size_t outcome = 0;

    while (outcome + 1 < count && strcmp(outcome_names[outcome], name) != 0)
        outcome++;
    return (enum write_outcome)outcome;
}

bool
write_is_guarded(const struct write_field *field)
{
    return field->role[0] != '\0';
}

bool
write_is_in_path(const struct write *write, const char *column)
{
    for (size_t i = 0; i < write->path_count; i++)
        if (strcmp(write->path[i].name, column) == 0)
            return true;
    return false;
}

/* The write in the making. */
struct maker {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    struct write *write;
};

static size_t
add_parameter(struct maker *maker, uint32_t type)
{
    struct write *write = maker->write;

    write->types = arena_push(maker->arena, write->types,
                              write->parameter_count, sizeof *write->types);
    write->types[write->parameter_count] = type;
    return write->parameter_count++;
}

static void
add_path(struct maker *maker)
{
    struct write *write = maker->write;

    write->path = plan_parameters(maker->arena, maker->catalog, maker->route);
    write->path_count = maker->route->parameter_count;
    for (size_t i = 0; i < write->path_count; i++)
        add_parameter(maker, write->path[i].type.base_oid);
}

static void
add_viewer(struct maker *maker)
{
    uint32_t types[2];
    size_t count;

    maker->write->viewer = WRITE_NO_PARAMETER;
    if (maker->route->auth == ROUTE_AUTH_NONE)
        return;
    count = viewer_parameters(maker->catalog, VIEWER_TOKEN, types);
    maker->write->viewer = maker->write->parameter_count;
    for (size_t i = 0; i < count; i++)
        add_parameter(maker, types[i]);
}

/* Whether a new row has who asks in it, unless the body says another. */
static bool
is_filled(const struct maker *maker, const struct write_object *object,
          const char *column)
{
    return !object->owned && maker->route->handler == HANDLER_CREATE &&
           write_fills_owner(maker->catalog, maker->route) &&
           strcmp(maker->route->resource->owner, column) == 0;
}

/* Absent is not NULL: where that makes a difference, a flag tells. */
static bool
wants_flag(const struct maker *maker, const struct write_object *object,
           const struct write_field *field)
{
    return object->owned || field->default_sql ||
           is_filled(maker, object, field->column) ||
           maker->route->handler == HANDLER_UPDATE || write_is_guarded(field);
}

static bool
takes_string(const struct config *config, const struct catalog_column *column)
{
    const struct api *api = &config->api;

    return (column->type.form == TYPE_BIGINT &&
            api->bigint == API_NUMBER_STRING) ||
           (column->type.form == TYPE_NUMERIC &&
            api->numeric == API_NUMBER_STRING);
}

/* As an expression of the column's own type, which is what DEFAULT makes of
 * it: beside a value it would have a say in the type of both. */
static const char *
default_of(struct arena *arena, const struct catalog_column *column)
{
    return column->default_sql
               ? arena_printf(arena, "(%s)::%s", column->default_sql,
                              column->type_name)
               : NULL;
}

struct write_field
write_field_make(struct arena *arena, const struct catalog *catalog,
                 const struct resource *resource,
                 const struct writable *writable)
{
    const struct catalog_column *column =
        catalog_column(catalog_table(catalog, resource), writable->column);

    return (struct write_field){
        .name = writable->json_name,
        .member = writable->json_name,
        .column = writable->column,
        .type = column->type,
        .type_name = arena_strdup(arena, column->type_name),
        .type_modifier = column->type_modifier,
        .labels = arena_strdup(arena, column->labels),
        .default_sql = default_of(arena, column),
        .rules = writable->field,
        .role = writable->role,
        .takes_string = takes_string(catalog->config, column),
        .refuses_null = column->refuses_null,
        .is_required = column->refuses_null && !column->default_sql &&
                       writable->role[0] == '\0',
        .flag = WRITE_NO_PARAMETER,
        .value = WRITE_NO_PARAMETER,
    };
}

static void
add_field(struct maker *maker, struct write_object *object,
          const struct writable *writable)
{
    struct write_field *field = &object->fields[object->field_count++];

    *field = write_field_make(maker->arena, maker->catalog, object->resource,
                              writable);
    if (object->owned)
        field->name =
            arena_printf(maker->arena, "%s.%s", object->owned->json_name,
                         writable->json_name);
    if (is_filled(maker, object, field->column))
        field->is_required = false;
    if (wants_flag(maker, object, field))
        field->flag = add_parameter(maker, OID_BOOL);
    field->value =
        add_parameter(maker, field->type.input == TYPE_INPUT_FROM_JSON
                                 ? OID_JSONB
                                 : field->type.base_oid);
}

static struct write_object *
add_object(struct maker *maker, const struct resource *resource, size_t count)
{
    struct write *write = maker->write;
    struct write_object *object = &write->objects[write->object_count++];

    object->resource = resource;
    object->action = WRITE_NO_PARAMETER;
    object->fields =
        arena_alloc(maker->arena, (count + 1) * sizeof *object->fields);
    return object;
}

static void
add_owned(struct maker *maker, const struct relation *relation)
{
    const struct writables *writables = &relation->to->writables;
    const struct catalog_column *via = catalog_column(
        catalog_table(maker->catalog, relation->from), relation->via.items[0]);
    struct write_object *object =
        add_object(maker, relation->to, writables->count);

    object->owned = relation;
    object->is_required = via->refuses_null && !via->default_sql;
    object->action = add_parameter(maker, OID_TEXT);
    for (size_t i = 0; i < writables->count; i++)
        if (writables->items[i].column)
            add_field(maker, object, &writables->items[i]);
}

/* Without a body that sets anything: the rows that are removed along. */
static void
add_owned_by_row(struct maker *maker)
{
    const struct config *config = maker->catalog->config;

    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].is_owned &&
            config->relations[i].from == maker->route->resource)
            add_object(maker, config->relations[i].to, 0)->owned =
                &config->relations[i];
}

/* What path and viewer give to a new row no body can set. */
static bool
is_fixed(const struct maker *maker, const char *column)
{
    const struct route *route = maker->route;

    if (route->handler != HANDLER_CREATE)
        return false;
    return write_is_in_path(maker->write, column) ||
           strcmp(route->viewer, column) == 0;
}

static void
add_objects(struct maker *maker)
{
    const struct route *route = maker->route;
    const struct writables *writables = &route->writables;
    struct write_object *body;

    maker->write->objects =
        arena_alloc(maker->arena, (maker->catalog->config->relation_count +
                                   writables->count + 2) *
                                      sizeof *maker->write->objects);
    body = add_object(maker, route->resource, writables->count);
    if (route->handler == HANDLER_REMOVE) {
        add_owned_by_row(maker);
        return;
    }
    for (size_t i = 0; i < writables->count; i++)
        if (writables->items[i].column &&
            !is_fixed(maker, writables->items[i].column))
            add_field(maker, body, &writables->items[i]);
    for (size_t i = 0; i < writables->count; i++)
        if (writables->items[i].owned)
            add_owned(maker, writables->items[i].owned);
}

static void
add_sets(struct maker *maker)
{
    const struct writables *writables = &maker->route->writables;
    struct write *write = maker->write;

    write->sets = arena_alloc(maker->arena,
                              (writables->count + 1) * sizeof *write->sets);
    for (size_t i = 0; i < writables->count; i++) {
        struct write_set *set = &write->sets[write->set_count];

        if (!writables->items[i].set)
            continue;
        *set = write_set_make(maker->arena, maker->catalog,
                              writables->items[i].set);
        set->key.value = add_parameter(maker, OID_INFERRED);
        set->sql =
            write_set_sql(maker->arena, maker->catalog, maker->route, set);
        write->set_count++;
    }
}

bool
write_fills_owner(const struct catalog *catalog, const struct route *route)
{
    struct catalog_key key = catalog_key_of(catalog, route->resource);
    const char *owner = route->resource->owner;

    if (owner[0] == '\0' || route->auth == ROUTE_AUTH_NONE)
        return false;
    return key.column_count != 1 || strcmp(key.columns[0], owner) != 0;
}

/* --- constraints ----------------------------------------------------- */

static const struct write_field *
find_field(const struct write_object *object, const char *column)
{
    for (size_t i = 0; i < object->field_count; i++)
        if (strcmp(object->fields[i].column, column) == 0)
            return &object->fields[i];
    return NULL;
}

/* What errors call a column of an object's table. */
static const char *
name_column(struct maker *maker, const struct write_object *object,
            const char *column)
{
    const struct write_field *field = find_field(object, column);
    const char *name;

    if (field)
        return field->name;
    for (size_t i = 0; i < maker->write->object_count; i++) {
        const struct relation *owned = maker->write->objects[i].owned;

        if (!object->owned && owned &&
            strcmp(owned->via.items[0], column) == 0)
            return owned->json_name;
    }
    name = plan_json_name(maker->arena, maker->catalog->config,
                          object->resource, column);
    return object->owned ? arena_printf(maker->arena, "%s.%s",
                                        object->owned->json_name, name)
                         : name;
}

/* A column that a body sets, if the constraint has one; else its first. */
static const char *
best_column(const struct write_object *object,
            const struct catalog_constraint *constraint)
{
    for (size_t i = 0; i < constraint->column_count; i++)
        if (find_field(object, constraint->columns[i]))
            return constraint->columns[i];
    return constraint->column_count > 0 ? constraint->columns[0] : NULL;
}

static void
describe(struct maker *maker, const struct write_object *object,
         const struct catalog_constraint *constraint,
         struct write_constraint *added)
{
    const char *column = best_column(object, constraint);
    const struct write_field *field =
        column ? find_field(object, column) : NULL;

    if (!column)
        return;
    added->field = name_column(maker, object, column);
    added->flag = field ? field->flag : WRITE_NO_PARAMETER;
    added->is_written = maker->route->handler == HANDLER_CREATE ||
                        (field && field->flag == WRITE_NO_PARAMETER);
    if (object->owned)
        return;
    added->is_path = write_is_in_path(maker->write, column);
    added->is_owner = write_fills_owner(maker->catalog, maker->route) &&
                      strcmp(maker->route->resource->owner, column) == 0;
}

static void
add_constraint(struct maker *maker,
               const struct catalog_constraint *constraint)
{
    struct write *write = maker->write;
    struct write_constraint *added =
        &write->constraints[write->constraint_count++];

    *added = (struct write_constraint){
        .schema = arena_strdup(maker->arena, constraint->schema),
        .table = arena_strdup(maker->arena, constraint->table),
        .name = arena_strdup(maker->arena, constraint->name),
        .kind = constraint->kind,
        .comment = constraint->comment
                       ? arena_strdup(maker->arena, constraint->comment)
                       : NULL,
        .flag = WRITE_NO_PARAMETER,
    };
    for (size_t i = 0; i < write->object_count; i++) {
        const struct write_object *object = &write->objects[i];

        if (catalog_table(maker->catalog, object->resource)->oid ==
            constraint->oid) {
            describe(maker, object, constraint, added);
            return;
        }
    }
    for (size_t i = 0; i < write->set_count; i++)
        if (write_set_has(maker->catalog, &write->sets[i], constraint)) {
            added->field = write->sets[i].key.name;
            added->is_written = true;
            return;
        }
}

/* All that are known: any may be met by a trigger or a cascade. */
static void
add_constraints(struct maker *maker)
{
    const struct catalog *catalog = maker->catalog;

    maker->write->constraints =
        arena_alloc(maker->arena, (catalog->constraint_count + 1) *
                                      sizeof *maker->write->constraints);
    for (size_t i = 0; i < catalog->constraint_count; i++)
        add_constraint(maker, &catalog->constraints[i]);
}

static void
add_versions(struct maker *maker)
{
    struct write *write = maker->write;

    write->versions = WRITE_NO_PARAMETER;
    write->others = WRITE_NO_PARAMETER;
    if (maker->route->handler == HANDLER_CREATE)
        return;
    write->versions = add_parameter(maker, OID_TEXT_ARRAY);
    write->others = add_parameter(maker, OID_TEXT_ARRAY);
}

struct write *
write_compose(struct arena *arena, const struct catalog *catalog,
              const struct route *route)
{
    struct write *write = arena_alloc(arena, sizeof *write);
    struct maker maker = {arena, catalog, route, write};
    const struct ask ask = ask_default(route);

    add_path(&maker);
    add_viewer(&maker);
    write->lock_parameter_count = write->parameter_count;
    write->any = WRITE_NO_PARAMETER;
    if (route->handler == HANDLER_UPDATE)
        write->any = add_parameter(&maker, OID_BOOL);
    add_versions(&maker);
    write->strict = WRITE_NO_PARAMETER;
    if (route->auth == ROUTE_AUTH_OPTIONAL)
        write->strict = add_parameter(&maker, OID_BOOL);
    write->malformed = add_parameter(&maker, OID_TEXT_ARRAY);
    add_objects(&maker);
    if (route->handler != HANDLER_REMOVE)
        add_sets(&maker);
    write_references_make(arena, catalog->config, write);
    add_constraints(&maker);
    if (route->is_idempotent)
        write->claim = claim_compose(arena, catalog, route, write);
    write_compose_sql(arena, catalog, route, write);
    if (route->handler != HANDLER_REMOVE)
        write->answer =
            plan_compose(arena, catalog, route, &ask, VIEWER_SETTING);
    return write;
}
