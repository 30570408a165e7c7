/* Which rows a read is about. */
#include "query/composer.h"
#include "query/filter.h"
#include "query/sql.h"

static void
begin_condition(struct buffer *sql)
{
    if (sql->length > 0)
        buffer_append_text(sql, " AND ");
}

/* The key that the statement in front left in settings. */
static void
append_key_settings(struct composer *composer, size_t table,
                    struct buffer *sql)
{
    const struct catalog_table *known =
        catalog_table(composer->catalog, composer->route->resource);

    for (size_t i = 0; i < composer->key.column_count; i++) {
        const char *name = composer->key.columns[i];

        begin_condition(sql);
        sql_append_column(sql, table, name);
        buffer_append_text(sql, " = ");
        viewer_append_setting(
            sql, arena_printf(composer->arena, KEY_SETTING_NAME "%zu", i + 1),
            catalog_column(known, name));
    }
}

/* t0.a = $1 AND t0.b = v.key */
static void
append_fixed(struct composer *composer, size_t table, struct buffer *sql)
{
    const struct plan *plan = composer->plan;
    const char *viewer = composer->route->viewer;

    if (plan->source == VIEWER_SETTING) {
        append_key_settings(composer, table, sql);
        return;
    }
    if (plan->source == VIEWER_LOGIN)
        viewer = composer->key.columns[0];
    for (size_t i = 0; i < plan->parameter_count; i++) {
        begin_condition(sql);
        sql_append_column(sql, table, plan->parameters[i].name);
        buffer_printf(sql, " = $%zu", i + 1);
    }
    if (viewer[0] == '\0')
        return;
    begin_condition(sql);
    sql_append_column(sql, table, viewer);
    buffer_append_text(sql, " = v.\"key\"");
}

static void
append_query(const struct composer *composer, struct buffer *sql)
{
    buffer_append_text(sql, "websearch_to_tsquery(");
    sql_append_literal(sql, composer->route->search_config);
    buffer_printf(sql, "::regconfig, $%zu)", composer->search);
}

const char *
composer_rank(const struct composer *composer, size_t table)
{
    struct buffer sql = {0};
    const char *rank;

    buffer_append_text(&sql, "ts_rank(");
    sql_append_column(&sql, table, composer->route->search);
    buffer_append_text(&sql, ", ");
    append_query(composer, &sql);
    buffer_append_char(&sql, ')');
    rank = arena_strdup(composer->arena, buffer_text(&sql));
    buffer_free(&sql);
    return rank;
}

static void
append_search(const struct composer *composer, size_t table,
              struct buffer *sql)
{
    if (composer->search == 0)
        return;
    begin_condition(sql);
    sql_append_column(sql, table, composer->route->search);
    buffer_append_text(sql, " @@ ");
    append_query(composer, sql);
}

void
composer_append_conditions(struct composer *composer, struct from *from,
                           struct buffer *conditions)
{
    struct buffer filters = {0};
    size_t table = from->tables[0].number;
    /* Each of them begins with AND. */
    const size_t skipped = sizeof " AND " - 1;

    append_fixed(composer, table, conditions);
    append_search(composer, table, conditions);
    filter_append(&filters, from, composer->ask->filters,
                  composer->ask->filter_count, composer->filters);
    if (filters.length > 0) {
        begin_condition(conditions);
        buffer_append(conditions, filters.data + skipped,
                      filters.length - skipped);
    }
    buffer_free(&filters);
}
