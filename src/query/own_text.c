/* The SQL around a statement of the site's own. */
#include "base/sql_scan.h"
#include "query/own_parts.h"
#include "query/sql.h"

/* Nobody names a table so by chance. */
#define VIEWER_TABLE "\"byline viewer\""

#define ROLE_SETTING_NAME "byline.role"

/* Evaluated once, as a One-Time Filter, before there is any row. That a
 * transaction only reads cannot be taken back within it. */
#define ONLY_READS                                                        \
    " WHERE (SELECT set_config('transaction_read_only', 'on', true)) IS " \
    "NOT NULL"

/* --- placeholders ---------------------------------------------------- */

static const struct catalog_column *
key_of_accounts(const struct catalog *catalog)
{
    const struct resource *resource = catalog->config->accounts.resource;
    struct catalog_key key = catalog_key_of(catalog, resource);

    return catalog_column(catalog_table(catalog, resource), key.columns[0]);
}

static void
append_viewer(struct buffer *sql, const struct own_text *text)
{
    const struct catalog_column *key = key_of_accounts(text->catalog);

    if (text->source == VIEWER_TOKEN)
        buffer_append_text(sql, "(SELECT \"key\" FROM " VIEWER_TABLE ")");
    else if (text->source == VIEWER_NONE)
        buffer_printf(sql, "(NULL::%s)", key->type_name);
    else {
        buffer_append_char(sql, '(');
        viewer_append_setting(sql, VIEWER_SETTING_NAME, key);
        buffer_append_char(sql, ')');
    }
}

static void
append_role(struct buffer *sql, const struct own_text *text)
{
    static const struct catalog_column role = {.type_name = "text"};

    if (text->source == VIEWER_TOKEN)
        buffer_append_text(sql, "(SELECT \"role\" FROM " VIEWER_TABLE ")");
    else if (text->source == VIEWER_NONE)
        buffer_append_text(sql, "(NULL::text)");
    else {
        buffer_append_char(sql, '(');
        viewer_append_setting(sql, ROLE_SETTING_NAME, &role);
        buffer_append_char(sql, ')');
    }
}

/* What has no text of its own in JSON is made by PostgreSQL from JSON. */
static void
append_parameter(struct buffer *sql, const struct own_text *text,
                 const struct sql_token *token)
{
    size_t i = 0;
    const struct write_field *field;

    while (!sql_token_is(token, text->statement->parameters[i].field.name))
        i++;
    field = &text->statement->parameters[i].field;
    if (field->type.input == TYPE_INPUT_FROM_JSON)
        buffer_printf(sql,
                      "(SELECT x.\"value\" FROM jsonb_to_record("
                      "jsonb_build_object('value', $%zu::jsonb)) "
                      "AS x (\"value\" %s))",
                      i + 1, field->type_name);
    else
        buffer_printf(sql, "($%zu::%s)", i + 1, field->type_name);
}

void
own_append(struct buffer *sql, const struct own_text *text)
{
    const struct own_sql *own = &text->route->own;
    struct sql_scan scan;
    struct sql_token token;

    sql_scan_start(&scan, own->text, own->length);
    while (sql_scan_next(&scan, &token)) {
        if (token.kind != SQL_TOKEN_PLACEHOLDER)
            buffer_append(sql, token.start, token.length);
        else if (sql_token_is(&token, "viewer"))
            append_viewer(sql, text);
        else if (sql_token_is(&token, "role"))
            append_role(sql, text);
        else
            append_parameter(sql, text, &token);
    }
}

/* --- around it ------------------------------------------------------- */

/* Columns have names of ours, since theirs may be the same. */
static void
append_names(struct buffer *sql, const struct own_text *text)
{
    for (size_t i = 0; i < text->column_count; i++)
        buffer_printf(sql, "%s\"c%zu\"", i > 0 ? ", " : " (", i + 1);
    buffer_append_text(sql, ")");
}

static void
append_columns(struct buffer *sql, const struct own_text *text)
{
    for (size_t i = 0; i < text->column_count; i++) {
        bool is_json = text->columns[i].form == TYPE_TO_JSON;

        buffer_append_text(sql, i > 0 ? ", " : "");
        buffer_printf(sql, is_json ? "to_json(q.\"c%zu\")" : "q.\"c%zu\"",
                      i + 1);
        buffer_append_text(sql, " AS ");
        sql_append_identifier(sql, text->columns[i].name);
    }
}

/* FROM (SELECT … ) AS q (c1, c2); a comment may end with the text. */
static void
append_source(struct buffer *sql, const struct own_text *text)
{
    buffer_append_text(sql, " FROM (");
    own_append(sql, text);
    buffer_append_text(sql, "\n) AS q");
    append_names(sql, text);
}

static void
append_frame(struct buffer *sql, const struct own_text *text,
             struct plan_frame *frame)
{
    const char *role = text->route->role;
    size_t count = 0;

    buffer_append_text(sql, "WITH " VIEWER_TABLE " AS ");
    viewer_append(sql, text->catalog, VIEWER_TOKEN,
                  text->statement->parameter_count + 1);
    buffer_append_text(sql, " SELECT v.\"key\" AS \"viewer\", ");
    frame->viewer = count++;
    if (role[0] != '\0') {
        viewer_append_role(sql, role);
        buffer_append_text(sql, " AS \"allowed\", ");
        frame->allowed = count++;
    }
    frame->key = count;
    buffer_append_text(sql, "page.* FROM (VALUES (0)) AS request"
                            " LEFT JOIN " VIEWER_TABLE " AS v ON true"
                            " LEFT JOIN (SELECT row_number() OVER ()"
                            " AS \"*\", ");
}

void
own_append_read(struct buffer *sql, const struct own_text *text,
                struct plan *plan)
{
    plan->has_frame = text->source == VIEWER_TOKEN;
    if (plan->has_frame)
        append_frame(sql, text, &plan->frame);
    else
        buffer_append_text(sql, "SELECT ");
    append_columns(sql, text);
    append_source(sql, text);
    if (plan->has_frame)
        buffer_append_text(sql, ") AS page ON true" ONLY_READS
                                " ORDER BY page.\"*\"");
    else
        buffer_append_text(sql, ONLY_READS);
}

static bool
needs_json(const struct own_text *text)
{
    for (size_t i = 0; i < text->column_count; i++)
        if (text->columns[i].form == TYPE_TO_JSON)
            return true;
    return false;
}

void
own_append_write(struct buffer *sql, const struct own_text *text)
{
    if (!needs_json(text)) {
        own_append(sql, text);
        return;
    }
    buffer_append_text(sql, "WITH q");
    append_names(sql, text);
    buffer_append_text(sql, " AS (");
    own_append(sql, text);
    buffer_append_text(sql, "\n) SELECT ");
    append_columns(sql, text);
    buffer_append_text(sql, " FROM q");
}

void
own_append_check(struct buffer *sql, const struct own_text *text)
{
    const char *role = text->route->role;

    buffer_append_text(sql, "SELECT ");
    viewer_append_set(sql, VIEWER_SETTING_NAME, "v.\"key\"");
    if (text->catalog->config->accounts.role[0] != '\0') {
        buffer_append_text(sql, ", ");
        viewer_append_set(sql, ROLE_SETTING_NAME, "v.\"role\"");
    }
    buffer_append_text(sql, ", CASE WHEN v.\"key\" IS NULL THEN"
                            " current_setting('" OWN_UNKNOWN "')");
    if (role[0] != '\0') {
        buffer_append_text(sql, " WHEN (");
        viewer_append_role(sql, role);
        buffer_append_text(sql, ") IS NOT TRUE THEN"
                                " current_setting('" OWN_FORBIDDEN "')");
    }
    buffer_append_text(sql, " END FROM (VALUES (0)) AS request LEFT JOIN ");
    viewer_append(sql, text->catalog, VIEWER_TOKEN, 1);
    buffer_append_text(sql, " AS v ON true");
}
