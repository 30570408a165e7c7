/* The rows of a write: values, what is owned, and the row itself. */
#include <string.h>

#include "query/fit.h"
#include "query/sql.h"
#include "query/viewer.h"
#include "query/writer.h"

/* --- values ---------------------------------------------------------- */

/* The value that a body sets. What has no text of its own in JSON is made by
 * PostgreSQL from JSON, as a record of this column alone: among others, a
 * domain that refuses NULL would refuse that they are absent. */
static void
append_value(struct writer *writer, const struct write_field *field)
{
    if (field->type.input != TYPE_INPUT_FROM_JSON) {
        writer_append_parameter(writer, field->value);
        return;
    }
    writer_append(writer, "(SELECT x.\"value\" FROM "
                          "jsonb_to_record(jsonb_build_object('value', ");
    writer_append_parameter(writer, field->value);
    buffer_printf(&writer->sql, ")) AS x (\"value\" %s))", field->type_name);
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
                             write_is_guarded(field));

    if (keeps) {
        writer_append(writer, current);
        writer_append_identifier(writer, field->column);
    } else if (!current && is_owner(writer, object, field->column)) {
        writer_append(writer, "v.\"key\"");
    } else {
        writer_append(writer,
                      field->default_sql ? field->default_sql : "NULL");
    }
}

void
writer_append_is_set(struct writer *writer, const struct write_field *field)
{
    writer_append_parameter(writer, field->flag);
    if (!write_is_guarded(field))
        return;
    writer_append(writer, " AND ");
    if (writer_has_viewer(writer))
        viewer_append_role(&writer->sql, field->role);
    else
        writer_append(writer, "false");
}

void
writer_append_any(struct writer *writer)
{
    const struct write_object *body = &writer->write->objects[0];

    writer_append(writer, "(");
    writer_append_parameter(writer, writer->write->any);
    for (size_t i = 0; i < body->field_count; i++) {
        if (!write_is_guarded(&body->fields[i]))
            continue;
        writer_append(writer, " OR ");
        writer_append_is_set(writer, &body->fields[i]);
    }
    writer_append(writer, ")");
}

static void
append_field(struct writer *writer, const struct write_object *object,
             const struct write_field *field, const char *current)
{
    if (field->flag == WRITE_NO_PARAMETER) {
        append_value(writer, field);
        return;
    }
    writer_append(writer, "CASE WHEN ");
    writer_append_is_set(writer, field);
    writer_append(writer, " THEN ");
    append_value(writer, field);
    writer_append(writer, " ELSE ");
    append_otherwise(writer, object, field, current);
    writer_append(writer, " END");
}

/* --- owned rows ------------------------------------------------------ */

static const char *
target_of(const struct writer *writer, const struct write_object *object)
{
    return fit_target_column(writer->catalog, object->owned);
}

void
writer_append_owned_insert(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    buffer_printf(&writer->sql, "o%zu AS (INSERT INTO ", index);
    sql_append_table(&writer->sql, object->resource);
    writer_append(writer, " (");
    for (size_t i = 0; i < object->field_count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        writer_append_identifier(writer, object->fields[i].column);
    }
    writer_append(writer, ") SELECT ");
    for (size_t i = 0; i < object->field_count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        append_field(writer, object, &object->fields[i], NULL);
    }
    writer_append(writer, " FROM passed");
    writer_append_join_v(writer);
    writer_append(writer, " WHERE ");
    writer_append_parameter(writer, object->action);
    writer_append(writer, " = 'put'");
    if (!writer_is_create(writer))
        buffer_printf(&writer->sql, " AND passed.o%zu IS NULL", index);
    writer_append(writer, " RETURNING ");
    writer_append_identifier(writer, target_of(writer, object));
    writer_append(writer, " AS key), ");
}

void
writer_append_owned_update(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    buffer_printf(&writer->sql, ", c%zu AS (UPDATE ", index);
    sql_append_table(&writer->sql, object->resource);
    writer_append(writer, " AS o SET ");
    for (size_t i = 0; i < object->field_count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        writer_append_identifier(writer, object->fields[i].column);
        writer_append(writer, " = ");
        append_field(writer, object, &object->fields[i], "o.");
    }
    writer_append(writer, " FROM passed");
    writer_append_join_v(writer);
    writer_append(writer, " WHERE o.");
    writer_append_identifier(writer, target_of(writer, object));
    buffer_printf(&writer->sql, " = passed.o%zu AND ", index);
    writer_append_parameter(writer, object->action);
    writer_append(writer, " IN ('put', 'change'))");
}

void
writer_append_owned_delete(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    buffer_printf(&writer->sql, ", d%zu AS (DELETE FROM ", index);
    sql_append_table(&writer->sql, object->resource);
    writer_append(writer, " AS o USING passed WHERE o.");
    writer_append_identifier(writer, target_of(writer, object));
    buffer_printf(&writer->sql, " = passed.o%zu", index);
    if (object->action != WRITE_NO_PARAMETER) {
        writer_append(writer, " AND ");
        writer_append_parameter(writer, object->action);
        writer_append(writer, " = 'remove'");
    }
    writer_append(writer, ")");
}

/* --- the row --------------------------------------------------------- */

/* Where a column of a new row comes from. */
struct filling {
    const char *column;
    enum {
        FILLING_BODY,
        FILLING_OWNED,
        FILLING_PATH,
        FILLING_VIEWER,
    } source;
    size_t index;
};

struct fillings {
    struct filling *items;
    size_t count;
};

/* The first to name a column fills it. */
static void
fill(struct writer *writer, struct fillings *fillings, struct filling added)
{
    for (size_t i = 0; i < fillings->count; i++)
        if (strcmp(fillings->items[i].column, added.column) == 0)
            return;
    fillings->items = arena_push(writer->arena, fillings->items,
                                 fillings->count, sizeof added);
    fillings->items[fillings->count++] = added;
}

static struct fillings
collect_fillings(struct writer *writer)
{
    const struct write *write = writer->write;
    const struct write_object *body = &write->objects[0];
    const struct route *route = writer->route;
    struct fillings all = {0};

    for (size_t i = 0; i < write->path_count; i++)
        fill(writer, &all,
             (struct filling){write->path[i].name, FILLING_PATH, i});
    if (route->viewer[0] != '\0')
        fill(writer, &all, (struct filling){route->viewer, FILLING_VIEWER, 0});
    for (size_t i = 0; i < body->field_count; i++)
        fill(writer, &all,
             (struct filling){body->fields[i].column, FILLING_BODY, i});
    for (size_t i = 1; i < write->object_count; i++)
        fill(writer, &all,
             (struct filling){write->objects[i].owned->via.items[0],
                              FILLING_OWNED, i});
    if (write_fills_owner(writer->catalog, route))
        fill(writer, &all,
             (struct filling){route->resource->owner, FILLING_VIEWER, 0});
    return all;
}

static void
append_filling(struct writer *writer, const struct filling *filling)
{
    const struct write_object *body = &writer->write->objects[0];

    switch (filling->source) {
    case FILLING_BODY:
        append_field(writer, body, &body->fields[filling->index], NULL);
        break;
    case FILLING_OWNED:
        buffer_printf(&writer->sql, "(SELECT key FROM o%zu)", filling->index);
        break;
    case FILLING_PATH:
        writer_append_parameter(writer, filling->index);
        break;
    case FILLING_VIEWER:
        writer_append(writer, "v.\"key\"");
        break;
    }
}

void
writer_append_insert(struct writer *writer)
{
    struct fillings fillings = collect_fillings(writer);

    writer_append(writer, "w AS (INSERT INTO ");
    sql_append_table(&writer->sql, writer->route->resource);
    writer_append(writer, " AS t0 (");
    for (size_t i = 0; i < fillings.count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        writer_append_identifier(writer, fillings.items[i].column);
    }
    writer_append(writer, ") SELECT ");
    for (size_t i = 0; i < fillings.count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        append_filling(writer, &fillings.items[i]);
    }
    writer_append(writer, " FROM passed");
    writer_append_join_v(writer);
    writer_append(writer, " RETURNING ");
    writer_append_key(writer);
    writer_append(writer, ")");
}

static void
append_owned_via(struct writer *writer, size_t index)
{
    const struct write_object *object = &writer->write->objects[index];

    writer_append_identifier(writer, object->owned->via.items[0]);
    writer_append(writer, " = CASE ");
    writer_append_parameter(writer, object->action);
    writer_append(writer,
                  " WHEN 'remove' THEN NULL WHEN 'put' THEN coalesce(");
    sql_append_column(&writer->sql, 0, object->owned->via.items[0]);
    buffer_printf(&writer->sql, ", (SELECT key FROM o%zu)) ELSE ", index);
    sql_append_column(&writer->sql, 0, object->owned->via.items[0]);
    writer_append(writer, " END");
}

/* Where only sets are written, the row is, too. */
static void
append_touched(struct writer *writer)
{
    const char *touched = write_touched(writer->catalog, writer->route);

    if (!touched)
        return;
    writer_append_identifier(writer, touched);
    writer_append(writer, " = ");
    sql_append_column(&writer->sql, 0, touched);
}

void
writer_append_owns(struct writer *writer)
{
    const char *owner = writer->route->resource->owner;

    if (owner[0] != '\0')
        viewer_append_owns(&writer->sql, writer->catalog->config, 0, owner);
    else
        writer_append(writer, "true");
}

/* Which row it is, whose, and of which version, is looked at once more: all
 * may have changed since, and PostgreSQL then looks at these conditions
 * alone. */
static void
append_still(struct writer *writer)
{
    writer_append_which(writer);
    writer_append(writer, " AND ");
    writer_append_owns(writer);
    writer_append_current(writer);
}

void
writer_append_update(struct writer *writer)
{
    const struct write *write = writer->write;
    const struct write_object *body = &write->objects[0];

    writer_append(writer, "w AS (UPDATE ");
    sql_append_table(&writer->sql, writer->route->resource);
    writer_append(writer, " AS t0 SET ");
    for (size_t i = 0; i < body->field_count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        writer_append_identifier(writer, body->fields[i].column);
        writer_append(writer, " = ");
        append_field(writer, body, &body->fields[i], "t0.");
    }
    for (size_t i = 1; i < write->object_count; i++) {
        writer_append(writer, i > 1 || body->field_count > 0 ? ", " : "");
        append_owned_via(writer, i);
    }
    append_touched(writer);
    writer_append(writer, " FROM passed");
    writer_append_join_v(writer);
    append_still(writer);
    if (write->any != WRITE_NO_PARAMETER) {
        writer_append(writer, " AND ");
        writer_append_any(writer);
    }
    writer_append(writer, " RETURNING ");
    writer_append_key(writer);
    writer_append(writer, ")");
}

void
writer_append_delete(struct writer *writer)
{
    writer_append(writer, "w AS (DELETE FROM ");
    sql_append_table(&writer->sql, writer->route->resource);
    writer_append(writer, " AS t0 USING passed");
    writer_append_join_v(writer);
    append_still(writer);
    writer_append(writer, " RETURNING ");
    writer_append_key(writer);
    writer_append(writer, ")");
}
