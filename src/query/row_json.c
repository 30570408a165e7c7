/* The JSON of a row as one SQL expression. */
#include "query/row_json.h"

#include "query/sql.h"

/* A function takes a hundred arguments (PostgreSQL, FUNC_MAX_ARGS): beyond
 * these the last one is another concat(). */
#define ARGUMENTS_MAX 90

static void
open_concat(struct row_json *json)
{
    buffer_append_text(&json->sql, "concat(");
    json->levels[json->depth].arguments = 0;
    json->levels[json->depth].opened++;
}

static void
begin_argument(struct row_json *json)
{
    if (json->levels[json->depth].arguments > 0)
        buffer_append_text(&json->sql, ", ");
    if (json->levels[json->depth].arguments == ARGUMENTS_MAX)
        open_concat(json);
    json->levels[json->depth].arguments++;
}

static void
flush(struct row_json *json)
{
    if (json->text.length == 0)
        return;
    begin_argument(json);
    sql_append_literal(&json->sql, buffer_text(&json->text));
    buffer_clear(&json->text);
}

static void
open_level(struct row_json *json)
{
    json->levels[json->depth].opened = 0;
    open_concat(json);
}

static void
close_level(struct row_json *json)
{
    flush(json);
    for (size_t i = 0; i < json->levels[json->depth].opened; i++)
        buffer_append_char(&json->sql, ')');
}

void
row_json_begin(struct row_json *json)
{
    *json = (struct row_json){0};
    open_level(json);
}

void
row_json_add_text(struct row_json *json, const char *text)
{
    buffer_append_text(&json->text, text);
}

void
row_json_add(struct row_json *json, const char *expression)
{
    flush(json);
    begin_argument(json);
    buffer_append_text(&json->sql, expression);
}

void
row_json_begin_optional(struct row_json *json, const char *presence)
{
    flush(json);
    begin_argument(json);
    buffer_printf(&json->sql, "CASE WHEN %s IS NULL THEN 'null' ELSE ",
                  presence);
    json->depth++;
    open_level(json);
}

void
row_json_end_optional(struct row_json *json)
{
    close_level(json);
    json->depth--;
    buffer_append_text(&json->sql, " END");
}

void
row_json_end(struct row_json *json, struct buffer *sql)
{
    close_level(json);
    buffer_append(sql, json->sql.data, json->sql.length);
    buffer_free(&json->sql);
    buffer_free(&json->text);
}
