/* The JSON of a row as one expression of SQL. */
#include "query/row_json.h"

#include "base/arena.h"
#include "tap.h"

/* FUNC_MAX_ARGS of PostgreSQL. */
#define FUNCTION_ARGUMENTS_MAX 100

static struct arena *arena;

static const char *
end(struct row_json *json)
{
    struct buffer sql = {0};
    const char *text;

    row_json_end(json, &sql);
    text = arena_strdup(arena, buffer_text(&sql));
    buffer_free(&sql);
    return text;
}

static void
makes_expressions(void)
{
    struct row_json json;

    row_json_begin(&json);
    is_text(end(&json), "concat()", "nothing");
    row_json_begin(&json);
    row_json_add_text(&json, "{\"id\":");
    row_json_add(&json, "t1.\"id\"");
    row_json_add_text(&json, ",\"it's\":");
    row_json_add_text(&json, "null");
    row_json_add_text(&json, "}");
    is_text(end(&json), "concat('{\"id\":', t1.\"id\", ',\"it''s\":null}')",
            "text that follows text is one literal, quoted");
}

static void
nests_what_may_be_null(void)
{
    struct row_json json;

    row_json_begin(&json);
    row_json_add_text(&json, "{\"a\":");
    row_json_begin_optional(&json, "t2.id");
    row_json_add_text(&json, "{\"b\":");
    row_json_begin_optional(&json, "t3.id");
    row_json_add(&json, "t3.x");
    row_json_end_optional(&json);
    row_json_add_text(&json, "}");
    row_json_end_optional(&json);
    row_json_add_text(&json, "}");
    is_text(end(&json),
            "concat('{\"a\":', CASE WHEN t2.id IS NULL THEN 'null' ELSE "
            "concat('{\"b\":', CASE WHEN t3.id IS NULL THEN 'null' ELSE "
            "concat(t3.x) END, '}') END, '}')",
            "one in the other");
}

/* How many arguments the longest call has; -1: parentheses do not pair. */
static int
longest_call(const char *sql)
{
    int arguments[16] = {0}, depth = 0, longest = 0;

    for (; *sql; sql++) {
        if (*sql == '(' && ++depth < 16)
            arguments[depth] = 1;
        else if (*sql == '(')
            return -1;
        else if (*sql == ',')
            arguments[depth]++;
        else if (*sql == ')' && depth == 0)
            return -1;
        else if (*sql == ')')
            depth--;
        if (arguments[depth] > longest)
            longest = arguments[depth];
    }
    return depth == 0 ? longest : -1;
}

static void
add_many(struct row_json *json, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row_json_add(json, "x");
}

static size_t
occurrences(const char *text, const char *of)
{
    size_t count = 0;

    for (; (text = strstr(text, of)); text += strlen(of))
        count++;
    return count;
}

static void
splits_long_calls(void)
{
    for (size_t count = 1; count <= 400; count++) {
        struct row_json json;
        const char *sql;
        int longest;

        row_json_begin(&json);
        add_many(&json, count);
        sql = end(&json);
        longest = longest_call(sql);
        if (longest < 1 || longest > FUNCTION_ARGUMENTS_MAX ||
            occurrences(sql, "x") != count)
            ok(false, "%zu arguments: %s", count, sql);
    }
    ok(true, "1 to 400 arguments");
}

static void
splits_at_each_depth(void)
{
    struct row_json json;
    const char *sql;
    int longest;

    row_json_begin(&json);
    add_many(&json, 89);
    row_json_begin_optional(&json, "p");
    add_many(&json, 200);
    row_json_end_optional(&json);
    add_many(&json, 200);
    row_json_begin_optional(&json, "p");
    add_many(&json, 91);
    row_json_end_optional(&json);
    sql = end(&json);
    longest = longest_call(sql);
    ok(longest > 0 && longest <= FUNCTION_ARGUMENTS_MAX,
       "the longest of several calls has %d", longest);
    is_int((int64_t)occurrences(sql, "x"), 580, "and all are there");
    is_int((int64_t)occurrences(sql, " END"), 2, "and both are ended");
}

static void
nests_as_deep_as_promised(void)
{
    struct row_json json;
    const char *sql;

    row_json_begin(&json);
    for (int i = 1; i < ROW_JSON_DEPTH_MAX; i++)
        row_json_begin_optional(&json, "p");
    row_json_add(&json, "x");
    for (int i = 1; i < ROW_JSON_DEPTH_MAX; i++)
        row_json_end_optional(&json);
    sql = end(&json);
    is_int((int64_t)occurrences(sql, "CASE"), ROW_JSON_DEPTH_MAX - 1,
           "objects in objects");
    is_int((int64_t)occurrences(sql, "END"), ROW_JSON_DEPTH_MAX - 1,
           "all of them ended");
}

int
main(void)
{
    arena = arena_new();
    makes_expressions();
    nests_what_may_be_null();
    splits_long_calls();
    splits_at_each_depth();
    nests_as_deep_as_promised();
    arena_free(arena);
    return done();
}
