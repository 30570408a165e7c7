/*
 * The statements of a write. Their parts, as common table expressions:
 *
 *     v        who asks
 *     parent   the rows that the path goes through, of a create
 *     t        the row, and whether who asks may change it
 *     passed   a row if all is as it must be
 *     o1 …     what becomes of the rows that the row owns
 *     w        the row, written
 *
 * If `passed` is empty nothing is written, and the outcome says why.
 */
#include <string.h>

#include "query/fit.h"
#include "query/sql.h"
#include "query/viewer.h"
#include "query/write.h"

struct writer {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    struct write *write;
    struct catalog_key key;
    struct buffer sql;
};

static void
append(struct writer *writer, const char *text)
{
    buffer_append_text(&writer->sql, text);
}

static void
append_identifier(struct writer *writer, const char *name)
{
    sql_append_identifier(&writer->sql, name);
}

static void
append_parameter(struct writer *writer, size_t parameter)
{
    buffer_printf(&writer->sql, "$%zu", parameter + 1);
}

static bool
is_create(const struct writer *writer)
{
    return writer->route->handler == HANDLER_CREATE;
}

static bool
has_viewer(const struct writer *writer)
{
    return writer->write->viewer != WRITE_NO_PARAMETER;
}

static bool
has_roles(const struct writer *writer)
{
    return writer->catalog->config->accounts.role[0] != '\0';
}

static bool
has_parents(const struct writer *writer)
{
    for (size_t i = 0; is_create(writer) && i < writer->write->path_count; i++)
        if (writer->write->path[i].parent)
            return true;
    return false;
}

/* `("a", "b")` out of what `name` gives for each of the key's columns. */
static void
append_key(struct writer *writer, const char *prefix)
{
    for (size_t i = 0; i < writer->key.column_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append(writer, prefix);
        append_identifier(writer, writer->key.columns[i]);
        buffer_printf(&writer->sql, " AS key%zu", i + 1);
    }
}

/* --- who and which --------------------------------------------------- */

/* WHERE t0.a = $1 AND t0.b = v."key", or the parameter itself if there is no
 * v in scope. */
static void
append_which(struct writer *writer, bool has_v)
{
    const struct write *write = writer->write;
    const char *viewer = writer->route->viewer;

    append(writer, " WHERE ");
    for (size_t i = 0; i < write->path_count; i++) {
        append(writer, i > 0 ? " AND " : "");
        sql_append_column(&writer->sql, 0, write->path[i].name);
        append(writer, " = ");
        append_parameter(writer, i);
    }
    if (viewer[0] == '\0')
        return;
    append(writer, write->path_count > 0 ? " AND " : "");
    sql_append_column(&writer->sql, 0, viewer);
    append(writer, " = ");
    if (has_v)
        append(writer, "v.\"key\"");
    else
        append_parameter(writer, write->viewer);
}

static void
append_v(struct writer *writer)
{
    if (!has_viewer(writer))
        return;
    append(writer, "v AS ");
    viewer_append(&writer->sql, writer->catalog, VIEWER_TOKEN,
                  writer->write->viewer + 1);
    append(writer, ", ");
}

static void
append_join_v(struct writer *writer)
{
    if (has_viewer(writer))
        append(writer, " LEFT JOIN v ON true");
}

/* Whether who asks may change t0. */
static void
append_owns(struct writer *writer)
{
    const char *owner = writer->route->resource->owner;

    if (owner[0] != '\0')
        viewer_append_owns(&writer->sql, writer->catalog->config, 0, owner);
    else
        append(writer, "true");
}

/* Each owned row's key is in t as o1, o2 … */
static void
append_t(struct writer *writer)
{
    const struct write *write = writer->write;

    append(writer, "t AS (SELECT ");
    append_key(writer, "t0.");
    for (size_t i = 1; i < write->object_count; i++) {
        append(writer, ", ");
        sql_append_column(&writer->sql, 0, write->objects[i].owned->via);
        buffer_printf(&writer->sql, " AS o%zu", i);
    }
    append(writer, ", ");
    append_owns(writer);
    append(writer, " AS owns FROM ");
    sql_append_table(&writer->sql, writer->route->resource);
    append(writer, " AS t0");
    append_join_v(writer);
    append_which(writer, true);
    append(writer, "), ");
}

static void
append_parent(struct writer *writer)
{
    if (!has_parents(writer))
        return;
    append(writer, "parent AS ");
    plan_append_parents(&writer->sql, writer->catalog, writer->write->path,
                        writer->write->path_count);
    append(writer, ", ");
}

/* --- what must hold -------------------------------------------------- */

static void
append_when(struct writer *writer, enum write_outcome outcome)
{
    buffer_printf(&writer->sql, " THEN '%s' WHEN ",
                  write_outcome_name(outcome));
}

/* The conditions that stand against a write, in the order in which they are
 * told: each is followed by the outcome that it leads to. */
static void
append_obstacles(struct writer *writer)
{
    const struct write *write = writer->write;

    if (has_viewer(writer)) {
        append(writer, "v.\"key\" IS NULL");
        if (writer->route->auth == ROUTE_AUTH_OPTIONAL) {
            append(writer, " AND ");
            append_parameter(writer, write->viewer);
            append(writer, " IS NOT NULL");
        }
        append_when(writer, WRITE_UNKNOWN);
    }
    if (!is_create(writer)) {
        append(writer, "t.key1 IS NULL");
        append_when(writer, WRITE_MISSING);
        append(writer, "t.owns IS NOT TRUE");
        append_when(writer, WRITE_FORBIDDEN);
    } else if (has_parents(writer)) {
        append(writer, "parent.\"here\" IS NULL");
        append_when(writer, WRITE_MISSING);
    }
    if (writer->route->role[0] != '\0') {
        append(writer, "(");
        viewer_append_role(&writer->sql, writer->route->role);
        append(writer, ") IS NOT TRUE");
        append_when(writer, WRITE_FORBIDDEN);
    }
    if (has_viewer(writer) && has_roles(writer)) {
        append(writer, "v.\"role\" = ");
        append_parameter(writer, write->malformed);
        append_when(writer, WRITE_MALFORMED);
    }
    for (size_t i = 1; !is_create(writer) && i < write->object_count; i++) {
        if (write->objects[i].action == WRITE_NO_PARAMETER)
            continue;
        append_parameter(writer, write->objects[i].action);
        buffer_printf(&writer->sql, " = 'change' AND t.o%zu IS NULL", i);
        append_when(writer, WRITE_INCOMPLETE);
    }
}

static void
append_from_request(struct writer *writer)
{
    append(writer, " FROM (VALUES (0)) AS request");
    append_join_v(writer);
    if (has_parents(writer))
        append(writer, " LEFT JOIN parent ON true");
    if (!is_create(writer))
        append(writer, " LEFT JOIN t ON true");
}

static void
append_passed(struct writer *writer)
{
    append(writer, "checked AS (SELECT CASE WHEN ");
    append_obstacles(writer);
    append(writer, "true THEN 'written' END AS outcome");
    append(writer, is_create(writer) ? "" : ", t.*");
    append_from_request(writer);
    append(writer, "), passed AS (SELECT * FROM checked WHERE outcome = "
                   "'written'), ");
}

/* --- values ---------------------------------------------------------- */

/* The value that a body sets. What has no text of its own in JSON is made by
 * PostgreSQL from JSON. */
static void
append_value(struct writer *writer, const struct write_object *object,
             const struct write_field *field)
{
    if (field->type.input != TYPE_INPUT_FROM_JSON) {
        append_parameter(writer, field->value);
        return;
    }
    append(writer, "(jsonb_populate_record(NULL::");
    sql_append_table(&writer->sql, object->resource);
    append(writer, ", jsonb_build_object(");
    sql_append_literal(&writer->sql, field->column);
    append(writer, ", ");
    append_parameter(writer, field->value);
    append(writer, "))).");
    append_identifier(writer, field->column);
}

static bool
is_guarded(const struct write_field *field)
{
    return field->rules && field->rules->role[0] != '\0';
}

static bool
is_owner(const struct writer *writer, const struct write_object *object,
         const char *column)
{
    return !object->owned &&
           write_fills_owner(writer->catalog, writer->route) &&
           strcmp(writer->route->resource->owner, column) == 0;
}

/* What a column becomes that the body does not set. `current` is the alias of
 * the row as it is, NULL for one that is created. */
static void
append_otherwise(struct writer *writer, const struct write_object *object,
                 const struct write_field *field, const char *current)
{
    bool keeps = current && (writer->route->handler == HANDLER_UPDATE ||
                             is_guarded(field));

    if (keeps) {
        append(writer, current);
        append_identifier(writer, field->column);
    } else if (!current && is_owner(writer, object, field->column)) {
        append(writer, "v.\"key\"");
    } else {
        append(writer, field->default_sql ? field->default_sql : "NULL");
    }
}

static void
append_field(struct writer *writer, const struct write_object *object,
             const struct write_field *field, const char *current)
{
    if (field->flag == WRITE_NO_PARAMETER) {
        append_value(writer, object, field);
        return;
    }
    append(writer, "CASE WHEN ");
    append_parameter(writer, field->flag);
    if (is_guarded(field)) {
        append(writer, " AND ");
        if (has_viewer(writer))
            viewer_append_role(&writer->sql, field->rules->role);
        else
            append(writer, "false");
    }
    append(writer, " THEN ");
    append_value(writer, object, field);
    append(writer, " ELSE ");
    append_otherwise(writer, object, field, current);
    append(writer, " END");
}

/* --- owned rows ------------------------------------------------------ */

static const char *
target_of(const struct writer *writer, const struct write_object *object)
{
    return fit_target_column(writer->catalog, object->owned);
}

static void
append_owned_insert(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    buffer_printf(&writer->sql, "o%zu AS (INSERT INTO ", index);
    sql_append_table(&writer->sql, object->resource);
    append(writer, " (");
    for (size_t i = 0; i < object->field_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append_identifier(writer, object->fields[i].column);
    }
    append(writer, ") SELECT ");
    for (size_t i = 0; i < object->field_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append_field(writer, object, &object->fields[i], NULL);
    }
    append(writer, " FROM passed");
    append_join_v(writer);
    append(writer, " WHERE ");
    append_parameter(writer, object->action);
    append(writer, " = 'put'");
    if (!is_create(writer))
        buffer_printf(&writer->sql, " AND passed.o%zu IS NULL", index);
    append(writer, " RETURNING ");
    append_identifier(writer, target_of(writer, object));
    append(writer, " AS key), ");
}

static void
append_owned_update(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    buffer_printf(&writer->sql, ", c%zu AS (UPDATE ", index);
    sql_append_table(&writer->sql, object->resource);
    append(writer, " AS o SET ");
    for (size_t i = 0; i < object->field_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append_identifier(writer, object->fields[i].column);
        append(writer, " = ");
        append_field(writer, object, &object->fields[i], "o.");
    }
    append(writer, " FROM passed");
    append_join_v(writer);
    append(writer, " WHERE o.");
    append_identifier(writer, target_of(writer, object));
    buffer_printf(&writer->sql, " = passed.o%zu AND ", index);
    append_parameter(writer, object->action);
    append(writer, " IN ('put', 'change'))");
}

static void
append_owned_delete(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    buffer_printf(&writer->sql, ", d%zu AS (DELETE FROM ", index);
    sql_append_table(&writer->sql, object->resource);
    append(writer, " AS o USING passed WHERE o.");
    append_identifier(writer, target_of(writer, object));
    buffer_printf(&writer->sql, " = passed.o%zu", index);
    if (object->action != WRITE_NO_PARAMETER) {
        append(writer, " AND ");
        append_parameter(writer, object->action);
        append(writer, " = 'remove'");
    }
    append(writer, ")");
}

/* --- the row --------------------------------------------------------- */

/* The columns of a new row that no body sets, and their values. */
static void
append_fixed(struct writer *writer, bool wants_names)
{
    const struct write *write = writer->write;
    const struct write_object *body = &write->objects[0];
    const char *owner = writer->route->resource->owner;
    bool has_owner = false;

    for (size_t i = 0; i < body->field_count; i++)
        has_owner = has_owner || strcmp(body->fields[i].column, owner) == 0;
    for (size_t i = 0; i < write->path_count; i++) {
        append(writer, ", ");
        if (wants_names)
            append_identifier(writer, write->path[i].name);
        else
            append_parameter(writer, i);
    }
    if (writer->route->viewer[0] != '\0') {
        append(writer, ", ");
        if (wants_names)
            append_identifier(writer, writer->route->viewer);
        else
            append(writer, "v.\"key\"");
    }
    if (!has_owner && write_fills_owner(writer->catalog, writer->route) &&
        strcmp(writer->route->viewer, owner) != 0) {
        append(writer, ", ");
        if (wants_names)
            append_identifier(writer, owner);
        else
            append(writer, "v.\"key\"");
    }
}

static void
append_insert(struct writer *writer)
{
    const struct write *write = writer->write;
    const struct write_object *body = &write->objects[0];

    append(writer, "w AS (INSERT INTO ");
    sql_append_table(&writer->sql, writer->route->resource);
    append(writer, " AS t0 (");
    for (size_t i = 0; i < body->field_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append_identifier(writer, body->fields[i].column);
    }
    for (size_t i = 1; i < write->object_count; i++) {
        append(writer, ", ");
        append_identifier(writer, write->objects[i].owned->via);
    }
    append_fixed(writer, true);
    append(writer, ") SELECT ");
    for (size_t i = 0; i < body->field_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append_field(writer, body, &body->fields[i], NULL);
    }
    for (size_t i = 1; i < write->object_count; i++)
        buffer_printf(&writer->sql, ", (SELECT key FROM o%zu)", i);
    append_fixed(writer, false);
    append(writer, " FROM passed");
    append_join_v(writer);
    append(writer, " RETURNING ");
    append_key(writer, "t0.");
    append(writer, ")");
}

static void
append_owned_via(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    append_identifier(writer, object->owned->via);
    append(writer, " = CASE ");
    append_parameter(writer, object->action);
    append(writer, " WHEN 'remove' THEN NULL WHEN 'put' THEN coalesce(");
    sql_append_column(&writer->sql, 0, object->owned->via);
    buffer_printf(&writer->sql, ", (SELECT key FROM o%zu)) ELSE ", index);
    sql_append_column(&writer->sql, 0, object->owned->via);
    append(writer, " END");
}

/* Who owns the row is looked at once more: it may have changed since, and
 * PostgreSQL then looks at these conditions alone. */
static void
append_still(struct writer *writer)
{
    for (size_t i = 0; i < writer->key.column_count; i++) {
        append(writer, i > 0 ? " AND " : " WHERE ");
        sql_append_column(&writer->sql, 0, writer->key.columns[i]);
        buffer_printf(&writer->sql, " = passed.key%zu", i + 1);
    }
    append(writer, " AND ");
    append_owns(writer);
}

static void
append_update(struct writer *writer)
{
    const struct write *write = writer->write;
    const struct write_object *body = &write->objects[0];

    append(writer, "w AS (UPDATE ");
    sql_append_table(&writer->sql, writer->route->resource);
    append(writer, " AS t0 SET ");
    for (size_t i = 0; i < body->field_count; i++) {
        append(writer, i > 0 ? ", " : "");
        append_identifier(writer, body->fields[i].column);
        append(writer, " = ");
        append_field(writer, body, &body->fields[i], "t0.");
    }
    for (size_t i = 1; i < write->object_count; i++) {
        append(writer, i > 1 || body->field_count > 0 ? ", " : "");
        append_owned_via(writer, i);
    }
    append(writer, " FROM passed");
    append_join_v(writer);
    append_still(writer);
    if (write->any != WRITE_NO_PARAMETER) {
        append(writer, " AND ");
        append_parameter(writer, write->any);
    }
    append(writer, " RETURNING ");
    append_key(writer, "t0.");
    append(writer, ")");
}

static void
append_delete(struct writer *writer)
{
    append(writer, "w AS (DELETE FROM ");
    sql_append_table(&writer->sql, writer->route->resource);
    append(writer, " AS t0 USING passed");
    append_join_v(writer);
    append_still(writer);
    append(writer, " RETURNING ");
    append_key(writer, "t0.");
    append(writer, ")");
}

/* --- the outcome ----------------------------------------------------- */

/* A row that was there and is not written was removed meanwhile. */
static void
append_outcome(struct writer *writer)
{
    append(writer, " SELECT CASE WHEN checked.outcome <> 'written' THEN "
                   "checked.outcome WHEN w.key1 IS NULL");
    if (writer->write->any != WRITE_NO_PARAMETER) {
        append(writer, " AND ");
        append_parameter(writer, writer->write->any);
    }
    append(writer, " THEN 'missing' ELSE 'written' END AS outcome, ");
}

static bool
is_of_accounts(const struct writer *writer)
{
    return writer->route->resource ==
           writer->catalog->config->accounts.resource;
}

static void
append_is_self(struct writer *writer)
{
    append(writer, is_of_accounts(writer) && has_viewer(writer)
                       ? "w.key1 = v.\"key\""
                       : "false");
    append(writer, " AS is_self");
}

/* Who has just been created sees what the account itself may see. */
static void
append_settings(struct writer *writer)
{
    const char *row = is_create(writer) ? "w" : "t";

    for (size_t i = 0; i < writer->key.column_count; i++)
        buffer_printf(&writer->sql,
                      ", set_config('" KEY_SETTING_NAME
                      "%zu', coalesce(w.key%zu, %s.key%zu)::text, true)",
                      i + 1, i + 1, row, i + 1);
    append(writer, ", set_config('" VIEWER_SETTING_NAME "', ");
    if (has_viewer(writer))
        append(writer, "v.\"key\"::text");
    else
        append(writer, is_of_accounts(writer) && is_create(writer)
                           ? "w.key1::text"
                           : "''");
    append(writer, ", true)");
}

static void
append_end(struct writer *writer)
{
    append_outcome(writer);
    append_is_self(writer);
    if (writer->route->handler != HANDLER_REMOVE)
        append_settings(writer);
    append(writer, " FROM checked LEFT JOIN w ON true");
    append_join_v(writer);
    if (!is_create(writer))
        append(writer, " LEFT JOIN t ON true");
}

/* --- the statements -------------------------------------------------- */

static void
append_write(struct writer *writer)
{
    const size_t count = writer->write->object_count;
    bool is_remove = writer->route->handler == HANDLER_REMOVE;

    append(writer, "WITH ");
    append_v(writer);
    append_parent(writer);
    if (!is_create(writer))
        append_t(writer);
    append_passed(writer);
    for (size_t i = 1; !is_remove && i < count; i++)
        append_owned_insert(writer, i);
    if (is_create(writer))
        append_insert(writer);
    else if (is_remove)
        append_delete(writer);
    else
        append_update(writer);
    for (size_t i = 1; !is_create(writer) && i < count; i++) {
        if (!is_remove)
            append_owned_update(writer, i);
        append_owned_delete(writer, i);
    }
    append_end(writer);
}

/* The row is locked by a statement of its own, so that the next one sees the
 * rows that it owned when the lock was had. */
static void
append_lock(struct writer *writer)
{
    append(writer, "SELECT FROM ");
    sql_append_table(&writer->sql, writer->route->resource);
    append(writer, " AS t0");
    append_which(writer, false);
    append(writer, " FOR UPDATE");
}

void
write_compose_sql(struct arena *arena, const struct catalog *catalog,
                  const struct route *route, struct write *write)
{
    struct writer writer = {
        .arena = arena,
        .catalog = catalog,
        .route = route,
        .write = write,
        .key = catalog_key_of(catalog, route->resource),
    };

    append_write(&writer);
    write->sql = arena_strdup(arena, buffer_text(&writer.sql));
    buffer_clear(&writer.sql);
    if (!is_create(&writer) && write->object_count > 1) {
        append_lock(&writer);
        write->lock_sql = arena_strdup(arena, buffer_text(&writer.sql));
    }
    buffer_free(&writer.sql);
}
