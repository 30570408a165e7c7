/* The rows at the far ends of a write's row, by their keys: the array says
 * which rows of the table in between there are to be. */
#include <string.h>

#include "query/link.h"
#include "query/sql.h"
#include "query/viewer.h"
#include "query/visible.h"
#include "query/writer.h"

/* --- what it is about ------------------------------------------------ */

static const struct catalog_column *
key_column(const struct catalog *catalog, const struct relation *relation)
{
    return catalog_column(catalog_table(catalog, relation->to),
                          link_beyond(catalog, relation).far[0]);
}

struct write_set
write_set_make(struct arena *arena, const struct catalog *catalog,
               const struct relation *relation)
{
    const struct catalog_column *column = key_column(catalog, relation);
    const struct writable key = {
        .json_name = relation->set_name,
        .column = arena_strdup(arena, column->name),
        .role = "",
    };
    struct write_set set = {
        .relation = relation,
        .key = write_field_make(arena, catalog, relation->to, &key),
        .array_type = arena_printf(arena, "%s[]", column->base_name),
    };

    set.key.refuses_null = true;
    return set;
}

bool
write_set_has(const struct catalog *catalog, const struct write_set *set,
              const struct catalog_constraint *constraint)
{
    const struct relation *relation = set->relation;
    const char *column = link_beyond(catalog, relation).near[0];

    if (catalog_table(catalog, relation->through)->oid != constraint->oid)
        return false;
    for (size_t i = 0; i < constraint->column_count; i++)
        if (strcmp(constraint->columns[i], column) == 0)
            return true;
    return false;
}

/* Neither in the key nor the database's own, nor hashed. */
static bool
is_touchable(const struct catalog *catalog, const struct resource *resource,
             const char *name)
{
    const struct field *field =
        config_find_field(catalog->config, resource, name);
    const struct catalog_column *column =
        catalog_column(catalog_table(catalog, resource), name);

    return column && !column->is_computed &&
           (!field || field->hash == FIELD_HASH_NONE);
}

const char *
write_touched(const struct catalog *catalog, const struct route *route)
{
    const struct resource *resource = route->resource;
    struct catalog_key key = catalog_key_of(catalog, resource);
    const struct writables *all = &resource->writables;

    if (route->handler == HANDLER_CREATE)
        return NULL;
    for (size_t i = 0; i < route->writables.count; i++)
        if (!route->writables.items[i].set)
            return NULL;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].column &&
            is_touchable(catalog, resource, all->items[i].column))
            return all->items[i].column;
    for (size_t i = 0; i < resource->column_count; i++) {
        const char *name = resource->columns[i].name;

        if (is_touchable(catalog, resource, name) &&
            !catalog_key_is_within(
                &(struct catalog_key){.columns = &name, .column_count = 1},
                key.columns, key.column_count))
            return name;
    }
    return key.column_count > 0 &&
                   is_touchable(catalog, resource, key.columns[0])
               ? key.columns[0]
               : NULL;
}

/* --- the first statement --------------------------------------------- */

/* The rows that the relation shows at the other end, as r. */
static void
append_far_rows(struct buffer *sql, const struct statement *statement,
                const struct write_set *set)
{
    buffer_append_text(sql, "EXISTS (SELECT FROM ");
    visible_append(sql, statement, set->relation->to, set->relation->where);
    buffer_append_text(sql, " AS r WHERE r.");
    sql_append_identifier(sql, set->key.column);
}

bool
writer_has_lacking(const struct writer *writer)
{
    return writer->write->set_count + writer->write->reference_count > 0;
}

static void
append_lacking_key(struct writer *writer, const struct write_set *set)
{
    writer_append(writer, "EXISTS (SELECT FROM unnest(");
    writer_append_parameter(writer, set->key.value);
    buffer_printf(&writer->sql, "::%s) AS k (\"key\") WHERE NOT ",
                  set->array_type);
    append_far_rows(&writer->sql, &writer->statement, set);
    writer_append(writer, " = k.\"key\"))");
}

void
writer_append_lacking(struct writer *writer)
{
    const struct write *write = writer->write;
    size_t count = 0;

    if (!writer_has_lacking(writer))
        return;
    writer_append(writer, "lacking AS (SELECT ");
    for (size_t i = 0; i < write->set_count; i++) {
        writer_append(writer, count > 0 ? ", " : "");
        append_lacking_key(writer, &write->sets[i]);
        buffer_printf(&writer->sql, " AS s%zu", ++count);
    }
    for (size_t i = 0; i < write->reference_count; i++) {
        writer_append(writer, count > 0 ? ", " : "");
        writer_append_reference(writer, i);
        buffer_printf(&writer->sql, " AS s%zu", ++count);
    }
    writer_append(writer, " FROM (VALUES (0)) AS request");
    writer_append_join_v(writer);
    writer_append(writer, "), ");
}

void
writer_append_lacks(struct writer *writer, const char *between)
{
    const struct write *write = writer->write;

    for (size_t i = 0; i < write->set_count + write->reference_count; i++)
        buffer_printf(&writer->sql, "%slacking.s%zu", i > 0 ? between : "",
                      i + 1);
}

void
writer_append_cross_lacking(struct writer *writer)
{
    if (writer_has_lacking(writer))
        writer_append(writer, " CROSS JOIN lacking");
}

/* --- the statement of a set ------------------------------------------ */

/* A set's statement in the making. */
struct setting {
    const struct catalog *catalog;
    const struct route *route;
    const struct write_set *set;
    struct statement statement;
    struct link near; /* from the row to the table in between */
    const char *far;  /* the column there that points beyond */
    struct buffer sql;
};

static void
append(struct setting *setting, const char *text)
{
    buffer_append_text(&setting->sql, text);
}

static void
append_of(struct setting *setting, const char *alias, const char *column)
{
    append(setting, alias);
    sql_append_identifier(&setting->sql, column);
}

static void
append_keys(struct setting *setting)
{
    buffer_printf(&setting->sql, "$1::%s", setting->set->array_type);
}

/* The row that the statement in front has written, if it has; whoever sees
 * it. */
static void
append_row(struct setting *setting)
{
    const struct resource *resource = setting->route->resource;
    const struct catalog_table *table =
        catalog_table(setting->catalog, resource);
    struct catalog_key key = catalog_key_of(setting->catalog, resource);

    append(setting, "t AS (SELECT ");
    for (size_t i = 0; i < setting->near.count; i++) {
        append(setting, i > 0 ? ", " : "");
        append_of(setting, "t0.", setting->near.near[i]);
        buffer_printf(&setting->sql, " AS near%zu", i + 1);
    }
    append(setting, " FROM ");
    sql_append_table(&setting->sql, resource);
    append(setting, " AS t0");
    for (size_t i = 0; i < key.column_count; i++) {
        append(setting, i > 0 ? " AND " : " WHERE ");
        append_of(setting, "t0.", key.columns[i]);
        append(setting, " = ");
        viewer_append_setting(&setting->sql,
                              arena_printf(setting->statement.arena,
                                           KEY_SETTING_NAME "%zu", i + 1),
                              catalog_column(table, key.columns[i]));
    }
    append(setting, ")");
}

/* x is a row in between of t. */
static void
append_is_ours(struct setting *setting)
{
    for (size_t i = 0; i < setting->near.count; i++) {
        append(setting, i > 0 ? " AND " : "");
        append_of(setting, "x.", setting->near.far[i]);
        buffer_printf(&setting->sql, " = t.near%zu", i + 1);
    }
}

/* Where the table in between is a resource, only rows that are seen go. */
static void
append_is_seen(struct setting *setting)
{
    const struct resource *through = setting->set->relation->through;

    if (!visible_is_part(through))
        return;
    append(setting, " AND EXISTS (SELECT FROM ");
    visible_append(&setting->sql, &setting->statement, through, "");
    append(setting, " AS r WHERE ");
    append_of(setting, "r.", setting->far);
    append_of(setting, " = x.", setting->far);
    for (size_t i = 0; i < setting->near.count; i++) {
        append_of(setting, " AND r.", setting->near.far[i]);
        append_of(setting, " = x.", setting->near.far[i]);
    }
    append(setting, ")");
}

/* What leads to rows that are not seen stays, as they do. */
static void
append_delete(struct setting *setting)
{
    const struct relation *relation = setting->set->relation;

    append(setting, ", gone AS (DELETE FROM ");
    sql_append_table(&setting->sql, relation->through);
    append(setting, " AS x USING t WHERE ");
    append_is_ours(setting);
    append_of(setting, " AND x.", setting->far);
    append(setting, " <> ALL (");
    append_keys(setting);
    append(setting, ")");
    if (visible_is_part(relation->to) || relation->where[0] != '\0') {
        append(setting, " AND ");
        append_far_rows(&setting->sql, &setting->statement, setting->set);
        append_of(setting, " = x.", setting->far);
        append(setting, ")");
    }
    append_is_seen(setting);
    append(setting, ")");
}

static void
append_columns(struct setting *setting)
{
    const struct names *columns = &setting->set->relation->through_columns;

    append(setting, " (");
    for (size_t i = 0; i < setting->near.count; i++) {
        append_of(setting, "", setting->near.far[i]);
        append(setting, ", ");
    }
    append_of(setting, "", columns->items[columns->count - 1]);
    append(setting, ")");
}

/* From the other end the same row may be written at the same time. */
static void
append_insert(struct setting *setting)
{
    const struct relation *relation = setting->set->relation;
    const struct catalog_key *key;

    append(setting, " INSERT INTO ");
    sql_append_table(&setting->sql, relation->through);
    append_columns(setting);
    append(setting, " SELECT ");
    for (size_t i = 0; i < setting->near.count; i++)
        buffer_printf(&setting->sql, "t.near%zu, ", i + 1);
    append(setting, "k.\"key\" FROM t CROSS JOIN (SELECT DISTINCT u.\"key\" "
                    "FROM unnest(");
    append_keys(setting);
    append(setting, ") AS u (\"key\")) AS k WHERE NOT EXISTS (SELECT FROM ");
    sql_append_table(&setting->sql, relation->through);
    append(setting, " AS x WHERE ");
    append_is_ours(setting);
    append_of(setting, " AND x.", setting->far);
    append(setting, " = k.\"key\") ORDER BY k.\"key\"");
    key = write_set_key(setting->catalog, relation);
    if (!key || !key->is_immediate)
        return;
    append(setting, " ON CONFLICT");
    append_columns(setting);
    append(setting, " DO NOTHING");
}

const struct catalog_key *
write_set_key(const struct catalog *catalog, const struct relation *relation)
{
    const struct catalog_table *table =
        catalog_table(catalog, relation->through);
    const struct names *columns = &relation->through_columns;
    const struct catalog_key *found = NULL;

    for (size_t i = 0; i < table->key_count; i++) {
        const struct catalog_key *key = &table->keys[i];

        if (key->column_count == columns->count &&
            catalog_key_is_within(key, columns->items, columns->count) &&
            (!found || key->is_immediate))
            found = key;
    }
    return found;
}

const char *
write_set_sql(struct arena *arena, const struct catalog *catalog,
              const struct route *route, const struct write_set *set)
{
    const bool has_viewer = route->auth != ROUTE_AUTH_NONE;
    struct setting setting = {
        .catalog = catalog,
        .route = route,
        .set = set,
        .statement = statement_start_write(arena, catalog, has_viewer),
        .near = link_of(catalog, set->relation),
        .far = link_beyond(catalog, set->relation).near[0],
    };
    const char *sql;

    append(&setting, "WITH ");
    if (setting.statement.has_viewer) {
        append(&setting, "v AS ");
        viewer_append(&setting.sql, catalog, VIEWER_SETTING, 0);
        append(&setting, ", ");
    }
    append_row(&setting);
    if (route->handler != HANDLER_CREATE)
        append_delete(&setting);
    append_insert(&setting);
    sql = arena_strdup(arena, buffer_text(&setting.sql));
    buffer_free(&setting.sql);
    return sql;
}
