/* The statements by which a password is changed. */
#include "query/account.h"

#include "query/sql.h"
#include "query/viewer.h"

static void
append_column(struct buffer *sql, const char *name)
{
    buffer_append_text(sql, "a.");
    sql_append_identifier(sql, name);
}

/* FROM who asks: v has the key of an account whose token counts. */
static void
append_viewer(struct buffer *sql, const struct catalog *catalog)
{
    viewer_append(sql, catalog, VIEWER_TOKEN, 1);
    buffer_append_text(sql, " AS v");
}

static void
append_is_viewer(struct buffer *sql, const struct catalog *catalog)
{
    struct catalog_key key =
        catalog_key_of(catalog, catalog->config->accounts.resource);

    append_column(sql, key.columns[0]);
    buffer_append_text(sql, " = v.\"key\"");
    /* The parameter has a type even where no column says since when. */
    buffer_append_text(sql, " AND $2 IS NOT NULL");
}

static void
compose_password(struct buffer *sql, const struct catalog *catalog)
{
    const struct accounts *accounts = &catalog->config->accounts;

    buffer_append_text(sql, "SELECT ");
    append_column(sql, accounts->password);
    buffer_append_text(sql, " FROM ");
    append_viewer(sql, catalog);
    buffer_append_text(sql, " JOIN ");
    sql_append_table(sql, accounts->resource);
    buffer_append_text(sql, " AS a ON ");
    append_is_viewer(sql, catalog);
}

/* Tokens are issued in whole seconds: those of this second end as well, and
 * the next one is issued in the second that follows. */
static void
compose_change(struct buffer *sql, const struct catalog *catalog)
{
    const struct accounts *accounts = &catalog->config->accounts;
    const char *next = "date_trunc('second', now()) + interval '1 second'";

    buffer_append_text(sql, "UPDATE ");
    sql_append_table(sql, accounts->resource);
    buffer_append_text(sql, " AS a SET ");
    sql_append_identifier(sql, accounts->password);
    buffer_append_text(sql, " = $3");
    if (accounts->since[0] != '\0') {
        buffer_append_text(sql, ", ");
        sql_append_identifier(sql, accounts->since);
        buffer_printf(sql, " = %s", next);
    }
    buffer_append_text(sql, " FROM ");
    append_viewer(sql, catalog);
    buffer_append_text(sql, " WHERE ");
    append_is_viewer(sql, catalog);
    buffer_append_text(sql, " AND ");
    append_column(sql, accounts->password);
    buffer_printf(sql, " = $4 RETURNING floor(extract(epoch FROM %s))::bigint",
                  accounts->since[0] != '\0' ? next : "now()");
}

static struct account_statement
statement_new(struct arena *arena, const struct catalog *catalog,
              size_t type_count,
              void (*compose)(struct buffer *, const struct catalog *))
{
    struct account_statement statement = {
        .types = {0, OID_INT8, OID_TEXT, OID_TEXT},
        .type_count = type_count,
    };
    uint32_t types[2];
    struct buffer sql = {0};

    viewer_parameters(catalog, VIEWER_TOKEN, types);
    statement.types[0] = types[0];
    compose(&sql, catalog);
    statement.sql = arena_strdup(arena, buffer_text(&sql));
    buffer_free(&sql);
    return statement;
}

struct account *
account_compose(struct arena *arena, const struct catalog *catalog)
{
    const struct accounts *accounts = &catalog->config->accounts;
    struct account *account = arena_alloc(arena, sizeof *account);
    const struct writable password = {
        .json_name = plan_json_name(arena, catalog->config, accounts->resource,
                                    accounts->password),
        .column = accounts->password,
        .role = "",
        .field = config_find_field(catalog->config, accounts->resource,
                                   accounts->password),
    };

    account->field =
        write_field_make(arena, catalog, accounts->resource, &password);
    account->password = statement_new(arena, catalog, 2, compose_password);
    account->change = statement_new(arena, catalog, 4, compose_change);
    return account;
}
