/* Whether what clients can ask of a list fits the database, and whether it
 * has an index for it. */
#include "base/buffer.h"
#include "config/operator.h"
#include "query/fit.h"
#include "query/link.h"
#include "query/sql.h"

/* What is asked of one column. */
struct asked {
    const struct catalog *catalog;
    bool is_narrow; /* an index finds the few rows that it is asked of */
    const struct column_path *path;
    struct place place;
    struct diagnostics *diagnostics;
};

static const struct catalog_column *
find(const struct asked *asked)
{
    return fit_column(asked->catalog, asked->path->resource,
                      asked->path->column->name, asked->place,
                      asked->diagnostics);
}

/* --- indexes --------------------------------------------------------- */

static void
warn(const struct asked *asked, const struct resource *resource,
     const char *column, const char *use)
{
    struct buffer sql = {0};

    buffer_append_text(&sql, "CREATE INDEX ON ");
    sql_append_table(&sql, resource);
    buffer_append_text(&sql, " (");
    sql_append_identifier(&sql, column);
    diagnostics_warning(asked->diagnostics, asked->place,
                        "%s has no index, and %s reads all rows: %s);",
                        asked->path->json_name, use, buffer_text(&sql));
    buffer_free(&sql);
}

/* A view has the indexes of what it is made of, which nobody knows here. */
static bool
has_index(const struct asked *asked, const struct catalog_column *column)
{
    return asked->is_narrow || column->leads_index ||
           catalog_table(asked->catalog, asked->path->resource)->is_view;
}

static bool
is_certain(const struct asked *asked)
{
    for (size_t i = 0; i < asked->path->relation_count; i++)
        if (!fit_is_certain(asked->catalog, asked->path->relations[i]))
            return false;
    return true;
}

static void
warn_of_order(const struct asked *asked, const struct catalog_column *column)
{
    if (asked->is_narrow)
        return;
    if (!is_certain(asked))
        diagnostics_warning(asked->diagnostics, asked->place,
                            "%s may not be there, so that no index has this "
                            "order, and sorting reads all rows",
                            asked->path->json_name);
    else if (!has_index(asked, column))
        warn(asked, asked->path->resource, column->name, "sorting");
}

/* --- what clients ask ------------------------------------------------ */

static int
fit_order(const struct asked *asked)
{
    const struct catalog_column *column = find(asked);

    if (!column)
        return -1;
    warn_of_order(asked, column);
    return 0;
}

/* Operators that text alone has, and no index of the common kind helps. */
static const unsigned text_operators =
    1U << OPERATOR_CONTAINS | 1U << OPERATOR_STARTS;

static int
fit_filter(const struct asked *asked, unsigned operators)
{
    const struct catalog_column *column = find(asked);

    if (!column)
        return -1;
    if (!type_has_filters(column->type))
        return diagnostics_error(asked->diagnostics, asked->place,
                                 "%s is of type %s, which has no filters",
                                 asked->path->json_name, column->type_name);
    if ((operators & text_operators) && column->type.input != TYPE_INPUT_TEXT)
        return diagnostics_error(asked->diagnostics, asked->place,
                                 "%s is of type %s; contains and starts are "
                                 "for text",
                                 asked->path->json_name, column->type_name);
    if ((operators & text_operators) && !column->is_deterministic)
        return diagnostics_error(asked->diagnostics, asked->place,
                                 "the collation of %s takes different texts "
                                 "for one, and has no contains and starts",
                                 asked->path->json_name);
    if ((operators & ~text_operators) && !has_index(asked, column))
        warn(asked, asked->path->resource, column->name, "filtering");
    return 0;
}

static void
warn_of_search(const struct route *route, const char *column,
               struct place place, struct diagnostics *diagnostics)
{
    struct buffer sql = {0};

    buffer_append_text(&sql, "CREATE INDEX ON ");
    sql_append_table(&sql, route->resource);
    buffer_append_text(&sql, " USING gin (");
    sql_append_identifier(&sql, column);
    diagnostics_warning(diagnostics, place,
                        "%s has no index, and searching reads all rows: %s);",
                        column, buffer_text(&sql));
    buffer_free(&sql);
}

static int
fit_search(const struct catalog *catalog, const struct route *route,
           struct diagnostics *diagnostics)
{
    struct place place = ini_place(route->section, "search");
    const struct catalog_column *column;

    if (!route->search)
        return 0;
    column = fit_column(catalog, route->resource, route->search, place,
                        diagnostics);
    if (!column)
        return -1;
    if (column->type.base_oid != OID_TSVECTOR)
        return diagnostics_error(diagnostics, place,
                                 "%s is of type %s; a search needs tsvector",
                                 column->name, column->type_name);
    if (!column->leads_index &&
        !catalog_table(catalog, route->resource)->is_view)
        warn_of_search(route, column->name, place, diagnostics);
    return 0;
}

static bool
leads_index(const struct catalog *catalog, const struct route *route,
            const char *name)
{
    const struct catalog_column *column =
        catalog_column(catalog_table(catalog, route->resource), name);

    return column && column->leads_index;
}

/* Whether a parameter of the path, or the viewer, has an index: what is asked
 * then is asked of the rows of one parent. */
static bool
is_narrow(const struct catalog *catalog, const struct route *route)
{
    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter &&
            leads_index(catalog, route, route->segments[i].text))
            return true;
    return leads_index(catalog, route, route->viewer);
}

/* Rows whose key is NULL have no place of their own, behind which a page
 * could begin. Of a view nobody knows. */
static int
fit_places(const struct catalog *catalog, const struct route *route,
           struct diagnostics *diagnostics)
{
    const struct catalog_table *table =
        catalog_table(catalog, route->resource);
    struct catalog_key key = catalog_key_of(catalog, route->resource);

    if (table->is_view ||
        !(handler_rule(route->handler)->traits & HANDLER_PAGES))
        return 0;
    for (size_t i = 0; i < key.column_count; i++) {
        const struct catalog_column *column =
            catalog_column(table, key.columns[i]);

        /* The password of an account is refused as a column already. */
        if (column && !column->refuses_null &&
            !fit_is_password(catalog, route->resource, column->name))
            return diagnostics_error(
                diagnostics, ini_place(route->section, "resource"),
                "%s of the key may be NULL, and no page can begin behind "
                "such a row",
                column->name);
    }
    return 0;
}

int
fit_asked(const struct catalog *catalog, const struct route *route,
          struct diagnostics *diagnostics)
{
    struct asked asked = {.catalog = catalog,
                          .is_narrow = is_narrow(catalog, route),
                          .diagnostics = diagnostics};
    int result = fit_search(catalog, route, diagnostics) |
                 fit_places(catalog, route, diagnostics);

    asked.place = ini_place(route->section, "sort");
    for (size_t i = 0; i < route->sort_count; i++) {
        asked.path = &route->sort[i].path;
        result |= fit_order(&asked);
    }
    asked.place = ini_place(route->section, "sortable");
    for (size_t i = 0; i < route->sortable_count; i++) {
        asked.path = &route->sortable[i];
        result |= fit_order(&asked);
    }
    asked.place = ini_place(route->section, "filterable");
    for (size_t i = 0; i < route->filterable_count; i++) {
        asked.path = &route->filterable[i].path;
        result |= fit_filter(&asked, route->filterable[i].operators);
    }
    return result;
}
