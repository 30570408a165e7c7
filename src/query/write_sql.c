/*
 * The statements of a write. Their parts, as common table expressions:
 *
 *     v        who asks
 *     parent   the rows that the path goes through, of a create
 *     t        the row, and whether who asks may change it
 *     known    what the request's key is claimed for, if it has one
 *     lacking  of each set and reference, whether a key is of no row
 *     checked  the outcome, as far as it is known before
 *     passed   a row if all is as it must be
 *     o1 …     rows that the row is to own, created
 *     w        the row, written
 *     c1 …     rows that it owns, changed
 *     d1 …     and those, removed
 *
 * If `passed` is empty nothing is written, and the outcome says why.
 */
#include <string.h>

#include "query/claim.h"
#include "query/fit.h"
#include "query/sql.h"
#include "query/viewer.h"
#include "query/visible.h"
#include "query/writer.h"

void
writer_append(struct writer *writer, const char *text)
{
    buffer_append_text(&writer->sql, text);
}

const char *
writer_take_sql(struct writer *writer)
{
    const char *sql = arena_strdup(writer->arena, buffer_text(&writer->sql));

    buffer_clear(&writer->sql);
    return sql;
}

void
writer_append_identifier(struct writer *writer, const char *name)
{
    sql_append_identifier(&writer->sql, name);
}

void
writer_append_parameter(struct writer *writer, size_t parameter)
{
    buffer_printf(&writer->sql, "$%zu", parameter + 1);
}

bool
writer_is_create(const struct writer *writer)
{
    return writer->route->handler == HANDLER_CREATE;
}

bool
writer_has_viewer(const struct writer *writer)
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
    for (size_t i = 0;
         writer_is_create(writer) && i < writer->write->path_count; i++)
        if (writer->write->path[i].parent)
            return true;
    return false;
}

void
writer_append_key(struct writer *writer)
{
    writer_append(writer, "true AS here");
    for (size_t i = 0; i < writer->key.column_count; i++) {
        writer_append(writer, ", ");
        sql_append_column(&writer->sql, 0, writer->key.columns[i]);
        buffer_printf(&writer->sql, " AS key%zu", i + 1);
    }
}

/* --- who and which --------------------------------------------------- */

void
writer_append_which(struct writer *writer)
{
    const struct write *write = writer->write;
    const char *viewer = writer->route->viewer;

    writer_append(writer, " WHERE ");
    for (size_t i = 0; i < write->path_count; i++) {
        writer_append(writer, i > 0 ? " AND " : "");
        sql_append_column(&writer->sql, 0, write->path[i].name);
        writer_append(writer, " = ");
        writer_append_parameter(writer, i);
    }
    if (viewer[0] == '\0')
        return;
    writer_append(writer, write->path_count > 0 ? " AND " : "");
    sql_append_column(&writer->sql, 0, viewer);
    writer_append(writer, " = ");
    writer_append_parameter(writer, write->viewer);
}

static void
append_v(struct writer *writer)
{
    if (!writer_has_viewer(writer))
        return;
    writer_append(writer, "v AS ");
    viewer_append(&writer->sql, writer->catalog, VIEWER_TOKEN,
                  writer->write->viewer + 1);
    writer_append(writer, ", ");
}

void
writer_append_join_v(struct writer *writer)
{
    if (writer_has_viewer(writer))
        writer_append(writer, " LEFT JOIN v ON true");
}

/* Each owned row's key is in t as o1, o2 … */
static void
append_t(struct writer *writer)
{
    const struct write *write = writer->write;

    writer_append(writer, "t AS (SELECT ");
    writer_append_key(writer);
    for (size_t i = 1; i < write->object_count; i++) {
        writer_append(writer, ", ");
        sql_append_column(&writer->sql, 0,
                          write->objects[i].owned->via.items[0]);
        buffer_printf(&writer->sql, " AS o%zu", i);
    }
    writer_append(writer, ", ");
    writer_append_owns(writer);
    writer_append(writer, " AS owns");
    writer_append_version(writer);
    writer_append(writer, " FROM ");
    visible_append(&writer->sql, &writer->statement, writer->route->resource,
                   writer->route->where);
    writer_append(writer, " AS t0");
    writer_append_join_v(writer);
    writer_append_which(writer);
    writer_append(writer, "), ");
}

static void
append_parent(struct writer *writer)
{
    if (!has_parents(writer))
        return;
    writer_append(writer, "parent AS ");
    plan_append_parents(&writer->sql, &writer->statement, writer->write->path,
                        writer->write->path_count);
    writer_append(writer, ", ");
}

/* --- what must hold -------------------------------------------------- */

static void
append_when(struct writer *writer, enum write_outcome outcome)
{
    buffer_printf(&writer->sql, " THEN '%s' WHEN ",
                  write_outcome_name(outcome));
}

/* A path that names the owner of the new row makes nobody that owner. */
static void
append_owner_of_path(struct writer *writer)
{
    const struct write *write = writer->write;

    if (!write_fills_owner(writer->catalog, writer->route))
        return;
    for (size_t i = 0; i < write->path_count; i++) {
        if (strcmp(write->path[i].name, writer->route->resource->owner) != 0)
            continue;
        writer_append(writer, "(v.\"key\" = ");
        writer_append_parameter(writer, i);
        if (has_roles(writer)) {
            writer_append(writer, " OR ");
            viewer_append_role(&writer->sql, ROLE_ADMIN);
        }
        writer_append(writer, ") IS NOT TRUE");
        append_when(writer, WRITE_FORBIDDEN);
    }
}

/* Who asks is nobody any more. */
static void
append_unknown(struct writer *writer)
{
    if (!writer_has_viewer(writer))
        return;
    writer_append(writer, "v.\"key\" IS NULL");
    if (writer->write->strict != WRITE_NO_PARAMETER) {
        writer_append(writer, " AND ");
        writer_append_parameter(writer, writer->write->strict);
    }
    append_when(writer, WRITE_UNKNOWN);
}

/* Which row, and whose. */
static void
append_missing(struct writer *writer)
{
    if (!writer_is_create(writer)) {
        writer_append(writer, "t.here IS NULL");
        append_when(writer, WRITE_MISSING);
        writer_append(writer, "t.owns IS NOT TRUE");
        append_when(writer, WRITE_FORBIDDEN);
        return;
    }
    if (has_parents(writer)) {
        writer_append(writer, "parent.\"here\" IS NULL");
        append_when(writer, WRITE_MISSING);
    }
    append_owner_of_path(writer);
}

static void
append_wrong_role(struct writer *writer)
{
    if (writer->route->role[0] == '\0')
        return;
    writer_append(writer, "(");
    viewer_append_role(&writer->sql, writer->route->role);
    writer_append(writer, ") IS NOT TRUE");
    append_when(writer, WRITE_FORBIDDEN);
}

/* Of the roles whose fields are malformed, who asks has one; admins have all
 * of them. */
static void
append_malformed(struct writer *writer)
{
    if (!writer_has_viewer(writer) || !has_roles(writer))
        return;
    writer_append_parameter(writer, writer->write->malformed);
    writer_append(writer, " IS NOT NULL AND (");
    viewer_append_role(&writer->sql, ROLE_ADMIN);
    writer_append(writer, " OR v.\"role\" = ANY (");
    writer_append_parameter(writer, writer->write->malformed);
    writer_append(writer, "))");
    append_when(writer, WRITE_MALFORMED);
}

static void
append_incomplete(struct writer *writer)
{
    const struct write *write = writer->write;

    for (size_t i = 1; i < write->object_count; i++) {
        if (write->objects[i].action == WRITE_NO_PARAMETER)
            continue;
        writer_append_parameter(writer, write->objects[i].action);
        buffer_printf(&writer->sql, " = 'change' AND t.o%zu IS NULL", i);
        append_when(writer, WRITE_INCOMPLETE);
    }
}

/* The conditions that stand against a write, in the order in which they are
 * told: each is followed by the outcome that it leads to. */
static void
append_obstacles(struct writer *writer)
{
    append_unknown(writer);
    claim_append_outcomes(writer);
    append_missing(writer);
    append_wrong_role(writer);
    if (writer_has_version(writer)) {
        writer_append_stale(writer);
        append_when(writer, WRITE_STALE);
    }
    append_malformed(writer);
    if (!writer_is_create(writer))
        append_incomplete(writer);
    if (writer_has_lacking(writer)) {
        writer_append_lacks(writer, " OR ");
        append_when(writer, WRITE_LACKING);
    }
}

static void
append_from_request(struct writer *writer)
{
    writer_append(writer, " FROM (VALUES (0)) AS request");
    writer_append_join_v(writer);
    if (has_parents(writer))
        writer_append(writer, " LEFT JOIN parent ON true");
    claim_append_join(writer);
    if (!writer_is_create(writer))
        writer_append(writer, " LEFT JOIN t ON true");
    writer_append_cross_lacking(writer);
}

static void
append_passed(struct writer *writer)
{
    writer_append(writer, "checked AS (SELECT CASE WHEN ");
    append_obstacles(writer);
    writer_append(writer, "true THEN 'written' END AS outcome");
    writer_append(writer, writer_is_create(writer) ? "" : ", t.*");
    append_from_request(writer);
    writer_append(writer,
                  "), passed AS (SELECT * FROM checked WHERE outcome = "
                  "'written'), ");
}

/* --- the outcome ----------------------------------------------------- */

/* A row that was there and is not written was removed meanwhile, or, where
 * that matters, has another version by now. */
static void
append_outcome(struct writer *writer)
{
    writer_append(writer,
                  " SELECT CASE WHEN checked.outcome <> 'written' THEN "
                  "checked.outcome WHEN w.here IS NULL");
    if (writer->write->any != WRITE_NO_PARAMETER) {
        writer_append(writer, " AND ");
        writer_append_any(writer);
    }
    writer_append(writer, " THEN ");
    writer_append_lost(writer);
    writer_append(writer, " ELSE 'written' END AS outcome, ");
}

static bool
is_of_accounts(const struct writer *writer)
{
    return writer->route->resource ==
           writer->catalog->config->accounts.resource;
}

/* What is to be known of who asks. */
static void
append_viewer(struct writer *writer)
{
    bool has_viewer = writer_has_viewer(writer);

    writer_append(writer, has_viewer ? "v.\"key\" IS NOT NULL" : "false");
    writer_append(writer, " AS is_known, ");
    writer_append(writer,
                  has_viewer && has_roles(writer) ? "v.\"role\"" : "NULL");
    writer_append(writer, " AS role");
    if (writer->route->handler != HANDLER_REMOVE)
        return;
    writer_append(writer, is_of_accounts(writer) && has_viewer
                              ? ", w.key1 = v.\"key\""
                              : ", false");
    writer_append(writer, " AS is_self");
}

/* Who has just been created sees what the account itself may see. */
static void
append_viewer_setting(struct writer *writer)
{
    bool is_account = is_of_accounts(writer) && writer_is_create(writer);
    const char *value = is_account ? "w.key1::text" : "NULL";

    if (writer_has_viewer(writer))
        value = is_account ? "coalesce(v.\"key\", w.key1)::text"
                           : "v.\"key\"::text";
    writer_append(writer, ", ");
    viewer_append_set(&writer->sql, VIEWER_SETTING_NAME, value);
}

/* A part of the key of what was written or, if an update had nothing to set,
 * of what it would have been: sets are written only where there is a key. */
static const char *
key_of_answer(const struct writer *writer, size_t number)
{
    size_t any = writer->write->any;

    if (any == WRITE_NO_PARAMETER)
        return arena_printf(writer->arena, "w.key%zu::text", number);
    return arena_printf(writer->arena,
                        "(CASE WHEN $%zu THEN w.key%zu "
                        "ELSE coalesce(w.key%zu, t.key%zu) END)::text",
                        any + 1, number, number, number);
}

static void
append_settings(struct writer *writer)
{
    for (size_t i = 1; i <= writer->key.column_count; i++) {
        writer_append(writer, ", ");
        viewer_append_set(
            &writer->sql,
            arena_printf(writer->arena, KEY_SETTING_NAME "%zu", i),
            key_of_answer(writer, i));
    }
    append_viewer_setting(writer);
    claim_append_setting(writer);
}

static void
append_end(struct writer *writer)
{
    append_outcome(writer);
    append_viewer(writer);
    writer_append(writer, writer_has_lacking(writer) ? ", " : "");
    writer_append_lacks(writer, ", ");
    if (writer->route->handler != HANDLER_REMOVE)
        append_settings(writer);
    writer_append(writer, " FROM checked LEFT JOIN w ON true");
    writer_append_join_v(writer);
    if (!writer_is_create(writer))
        writer_append(writer, " LEFT JOIN t ON true");
    writer_append_cross_lacking(writer);
}

/* --- the statements -------------------------------------------------- */

static void
append_write(struct writer *writer)
{
    const size_t count = writer->write->object_count;
    bool is_remove = writer->route->handler == HANDLER_REMOVE;

    writer_append(writer, "WITH ");
    append_v(writer);
    append_parent(writer);
    if (!writer_is_create(writer))
        append_t(writer);
    claim_append_known(writer);
    writer_append_lacking(writer);
    append_passed(writer);
    for (size_t i = 1; !is_remove && i < count; i++)
        writer_append_owned_insert(writer, i);
    if (writer_is_create(writer))
        writer_append_insert(writer);
    else if (is_remove)
        writer_append_delete(writer);
    else
        writer_append_update(writer);
    for (size_t i = 1; !writer_is_create(writer) && i < count; i++) {
        if (!is_remove)
            writer_append_owned_update(writer, i);
        writer_append_owned_delete(writer, i);
    }
    append_end(writer);
}

/* The row is locked by a statement of its own, so that the next one sees the
 * rows that it owned when the lock was had. */
static void
append_lock(struct writer *writer)
{
    writer_append(writer, "SELECT FROM ");
    sql_append_table(&writer->sql, writer->route->resource);
    writer_append(writer, " AS t0");
    writer_append_which(writer);
    writer_append(writer, " FOR UPDATE");
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
        .statement = statement_start_write(
            arena, catalog, write->viewer != WRITE_NO_PARAMETER),
    };

    append_write(&writer);
    write->sql = writer_take_sql(&writer);
    if (write->claim) {
        writer.claim = write->claim;
        append_write(&writer);
        write->claim->write_sql = writer_take_sql(&writer);
    }
    if (!writer_is_create(&writer) && write->object_count > 1) {
        append_lock(&writer);
        write->lock_sql = writer_take_sql(&writer);
    }
    buffer_free(&writer.sql);
}
