/* The order of rows, and where a page of them begins. */
#include "query/order.h"

#include <string.h>

#include "query/sql.h"

/* --- keys ------------------------------------------------------------ */

static void
add_key(struct order *order, struct from *from, struct order_key key)
{
    order->keys = arena_push(from->statement->arena, order->keys, order->count,
                             sizeof *order->keys);
    order->keys[order->count++] = key;
}

static void
add_column(struct order *order, struct from *from, struct from_table table,
           const struct resource *resource, const char *name,
           bool is_descending)
{
    const struct catalog *catalog = from->statement->catalog;
    const struct catalog_column *column =
        catalog_column(catalog_table(catalog, resource), name);
    struct buffer sql = {0};

    sql_append_column(&sql, table.number, name);
    add_key(order, from,
            (struct order_key){
                .sql = arena_strdup(from->statement->arena, buffer_text(&sql)),
                .table = table.number,
                .column = name,
                .type = column->type.base_oid,
                .is_descending = is_descending,
                .is_nullable = !table.is_certain || !column->is_not_null,
            });
    buffer_free(&sql);
}

static void
add_sort_key(struct order *order, struct from *from,
             const struct sort_key *sort)
{
    struct from_table table = from->tables[0];

    for (size_t i = 0; i < sort->path.relation_count; i++)
        table = from_join(from, table, sort->path.relations[i]);
    add_column(order, from, table, sort->path.resource,
               sort->path.column->name, sort->is_descending);
}

static bool
is_sorted_by(const struct order *order, size_t table, const char *column)
{
    for (size_t i = 0; i < order->count; i++)
        if (order->keys[i].column && order->keys[i].table == table &&
            strcmp(order->keys[i].column, column) == 0)
            return true;
    return false;
}

struct order
order_of(struct from *from, const struct resource *resource,
         const struct sort_key *sort, size_t sort_count, const char *rank)
{
    struct catalog_key key =
        catalog_key_of(from->statement->catalog, resource);
    struct order order = {0};

    if (rank)
        add_key(&order, from,
                (struct order_key){
                    .sql = rank, .type = OID_FLOAT4, .is_descending = true});
    for (size_t i = 0; i < sort_count; i++)
        add_sort_key(&order, from, &sort[i]);
    for (size_t i = 0; i < key.column_count; i++)
        if (!is_sorted_by(&order, from->tables[0].number, key.columns[i]))
            add_column(&order, from, from->tables[0], resource, key.columns[i],
                       false);
    return order;
}

static bool
is_asked(const struct ask *ask, const char *column)
{
    for (size_t i = 0; i < ask->sort_count; i++)
        if (ask->sort[i].path.relation_count == 0 &&
            strcmp(ask->sort[i].path.column->name, column) == 0)
            return true;
    return false;
}

size_t
order_count(const struct catalog *catalog, const struct resource *resource,
            const struct ask *ask)
{
    struct catalog_key key = catalog_key_of(catalog, resource);
    size_t count = ask->sort_count + ask->is_ranked;

    for (size_t i = 0; i < key.column_count; i++)
        count += !is_asked(ask, key.columns[i]);
    return count;
}

/* --- ORDER BY -------------------------------------------------------- */

static void
append_direction(struct buffer *sql, const struct order_key *key,
                 bool is_backward)
{
    buffer_append_text(sql, key->is_descending != is_backward ? " DESC" : "");
}

void
order_append(struct buffer *sql, const struct order *order, bool is_backward)
{
    for (size_t i = 0; i < order->count; i++) {
        buffer_append_text(sql, i > 0 ? ", " : " ORDER BY ");
        buffer_append_text(sql, order->keys[i].sql);
        append_direction(sql, &order->keys[i], is_backward);
    }
}

void
order_append_names(struct buffer *sql, const struct order *order,
                   bool is_backward)
{
    for (size_t i = 0; i < order->count; i++) {
        buffer_append_text(sql, i > 0 ? ", page." : " ORDER BY page.");
        sql_append_identifier(sql, order->keys[i].name);
        append_direction(sql, &order->keys[i], is_backward);
    }
}

void
order_append_of_relation(struct buffer *sql, struct from *from,
                         const struct relation *relation)
{
    struct order order = order_of(from, relation->to, relation->order,
                                  relation->order_count, NULL);

    order_append(sql, &order, false);
}

/* --- cursors --------------------------------------------------------- */

static bool
descends(const struct order_key *key, const struct ask_cursor *cursor)
{
    return key->is_descending != cursor->is_backward;
}

size_t
order_parts(const struct order *order, const struct ask_cursor *cursor)
{
    const struct order_key *key = &order->keys[0];
    bool is_null = !cursor->values[0];

    if (!key->is_nullable)
        return 1;
    return descends(key, cursor) == is_null ? 2 : 1;
}

/* The rows whose key is the cursor's. */
static void
append_equal(struct buffer *sql, const struct order_key *key,
             const char *value, size_t parameter)
{
    if (value)
        buffer_printf(sql, "%s = $%zu", key->sql, parameter);
    else
        buffer_printf(sql, "%s IS NULL", key->sql);
}

/* The rows whose key comes behind the cursor's. */
static void
append_behind(struct buffer *sql, const struct order_key *key,
              const struct ask_cursor *cursor, const char *value,
              size_t parameter)
{
    if (!value)
        buffer_printf(sql, descends(key, cursor) ? "%s IS NOT NULL" : "false",
                      key->sql);
    else if (descends(key, cursor))
        buffer_printf(sql, "%s < $%zu", key->sql, parameter);
    else if (key->is_nullable)
        buffer_printf(sql, "(%s > $%zu OR %s IS NULL)", key->sql, parameter,
                      key->sql);
    else
        buffer_printf(sql, "%s > $%zu", key->sql, parameter);
}

/* a behind, or a equal and (b behind, or b equal and …) */
static void
append_from(struct buffer *sql, const struct order *order,
            const struct ask_cursor *cursor, size_t first, size_t index)
{
    const struct order_key *key = &order->keys[index];
    const char *value = cursor->values[index];

    if (index + 1 == order->count) {
        append_behind(sql, key, cursor, value, first + index);
        return;
    }
    buffer_append_char(sql, '(');
    append_behind(sql, key, cursor, value, first + index);
    buffer_append_text(sql, " OR (");
    append_equal(sql, key, value, first + index);
    buffer_append_text(sql, " AND ");
    append_from(sql, order, cursor, first, index + 1);
    buffer_append_text(sql, "))");
}

/* What an index has as one range; the rest of the condition only sorts out
 * ties. */
static void
append_bound(struct buffer *sql, const struct order_key *key,
             const struct ask_cursor *cursor, size_t first)
{
    if (!cursor->values[0])
        buffer_printf(sql, "%s IS NULL", key->sql);
    else
        buffer_printf(sql, "%s %s $%zu", key->sql,
                      descends(key, cursor) ? "<=" : ">=", first);
}

void
order_append_part(struct buffer *sql, const struct order *order,
                  const struct ask_cursor *cursor, size_t first, size_t part)
{
    const struct order_key *key = &order->keys[0];

    if (part > 0) {
        buffer_printf(sql, "%s IS %s", key->sql,
                      cursor->values[0] ? "NULL" : "NOT NULL");
        return;
    }
    append_bound(sql, key, cursor, first);
    buffer_append_text(sql, " AND ");
    append_from(sql, order, cursor, first, 0);
}
