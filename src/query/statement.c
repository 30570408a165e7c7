/* What all parts of one statement have in common. */
#include "query/statement.h"

#include "query/viewer.h"

struct statement
statement_start(struct arena *arena, const struct catalog *catalog,
                bool has_viewer)
{
    const struct accounts *accounts = &catalog->config->accounts;
    struct statement statement = {
        .arena = arena,
        .catalog = catalog,
        .has_viewer = has_viewer && accounts->resource,
        .viewer = "v.\"key\"",
        .role = accounts->role[0] != '\0' ? "v.\"role\"" : "NULL::text",
    };

    if (statement.has_viewer)
        return statement;
    statement.role = "NULL::text";
    statement.viewer =
        accounts->resource
            ? arena_printf(arena, "NULL::%s", viewer_type_name(catalog))
            : "NULL::text";
    return statement;
}

struct statement
statement_start_write(struct arena *arena, const struct catalog *catalog,
                      bool has_viewer)
{
    struct statement statement = statement_start(arena, catalog, has_viewer);

    if (!statement.has_viewer)
        return statement;
    statement.viewer = "(SELECT v.\"key\" FROM v)";
    if (catalog->config->accounts.role[0] != '\0')
        statement.role = "(SELECT v.\"role\" FROM v)";
    return statement;
}
