/* Rows as JSON: fragments of text with values between them. */
#include "query/shape.h"

#include <stdint.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "tap.h"

/* One row of `count` text values; NULL is NULL. */
static PGresult *
make_row(const char *const *values, int count)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[8] = {{0}};
    char name[] = "c";

    for (int i = 0; i < count; i++)
        columns[i].name = name;
    if (!result || !PQsetResultAttrs(result, count, columns))
        abort();
    for (int i = 0; i < count; i++) {
        char *text = values[i] ? strdup(values[i]) : NULL;

        if (!PQsetvalue(result, 0, i, text, text ? (int)strlen(text) : -1))
            abort();
        free(text);
    }
    return result;
}

/* The row in this shape; the result lives in the shape's arena. */
static const char *
render(const struct shape *shape, const char *const *values, int count)
{
    PGresult *result = make_row(values, count);
    struct buffer out = {0};
    const char *text;

    shape_render(shape, (const struct pg_result *)(const void *)result, 0,
                 &out);
    text = arena_strdup(shape->arena, buffer_text(&out));
    buffer_free(&out);
    PQclear(result);
    return text;
}

static const struct {
    enum type_form form;
    const char *text;
    const char *expected;
} values[] = {
    {TYPE_STRING, "", "\"\""},
    {TYPE_STRING, "say \"hi\"\n", "\"say \\\"hi\\\"\\n\""},
    {TYPE_STRING, "42", "\"42\""},
    {TYPE_NUMBER, "42", "42"},
    {TYPE_NUMBER, "-42", "-42"},
    {TYPE_NUMBER, "1.5e-07", "1.5e-07"},
    {TYPE_NUMBER, "NaN", "\"NaN\""},
    {TYPE_NUMBER, "Infinity", "\"Infinity\""},
    {TYPE_NUMBER, "-Infinity", "\"-Infinity\""},
    {TYPE_BIGINT, "9223372036854775807", "9223372036854775807"},
    {TYPE_NUMERIC, "0.10", "0.10"},
    {TYPE_NUMERIC, "NaN", "\"NaN\""},
    {TYPE_BOOLEAN, "t", "true"},
    {TYPE_BOOLEAN, "f", "false"},
    {TYPE_TIMESTAMP, "2026-01-31 12:00:00", "\"2026-01-31T12:00:00\""},
    {TYPE_TIMESTAMP, "2026-01-31 12:00:00.25", "\"2026-01-31T12:00:00.25\""},
    {TYPE_TIMESTAMP, "0044-03-15 12:00:00 BC", "\"0044-03-15T12:00:00 BC\""},
    {TYPE_TIMESTAMP, "infinity", "\"infinity\""},
    {TYPE_TIMESTAMPTZ, "2026-01-31 12:00:00+00",
     "\"2026-01-31T12:00:00+00:00\""},
    {TYPE_TIMESTAMPTZ, "2026-01-31 12:00:00.123456+00",
     "\"2026-01-31T12:00:00.123456+00:00\""},
    {TYPE_TIMESTAMPTZ, "0044-03-15 12:00:00+00 BC",
     "\"0044-03-15T12:00:00+00:00 BC\""},
    {TYPE_TIMESTAMPTZ, "-infinity", "\"-infinity\""},
    {TYPE_JSON, "{\"a\": [1, null]}", "{\"a\": [1, null]}"},
    {TYPE_TO_JSON, "[1,2]", "[1,2]"},
    {TYPE_HIDDEN, "secret", "null"},
    {TYPE_STRING, NULL, "null"},
    {TYPE_NUMBER, NULL, "null"},
    {TYPE_BOOLEAN, NULL, "null"},
    {TYPE_TIMESTAMPTZ, NULL, "null"},
    {TYPE_JSON, NULL, "null"},
};

static void
shows_values_by_their_form(void)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct arena *arena = arena_new();
        struct shape shape = shape_new(arena);
        const char *text = values[i].text ? values[i].text : "NULL";

        shape_add_value(&shape, values[i].form, 0);
        shape_finish(&shape);
        is_text(render(&shape, &values[i].text, 1), values[i].expected,
                "%s, form %d", text, (int)values[i].form);
        arena_free(arena);
    }
}

static void
puts_text_between_values(void)
{
    struct arena *arena = arena_new();
    struct shape shape = shape_new(arena);

    shape_add_text(&shape, "{");
    shape_add_name(&shape, "id", 0);
    shape_add_value(&shape, TYPE_NUMBER, 1);
    shape_add_name(&shape, "a \"name\"", 1);
    shape_add_value(&shape, TYPE_STRING, 0);
    shape_add_text(&shape, "}");
    shape_finish(&shape);
    is_text(render(&shape, (const char *[]){"x", "7"}, 2),
            "{\"id\":7,\"a \\\"name\\\"\":\"x\"}",
            "names, values, and columns in any order");
    is_text(render(&shape, (const char *[]){NULL, NULL}, 2),
            "{\"id\":null,\"a \\\"name\\\"\":null}",
            "NULL is null, and what follows goes on");
    arena_free(arena);
}

/* {"a":{"id":…,"b":{"id":…}},"z":…} of columns 0, 1 and 2. */
static struct shape
make_nested(struct arena *arena)
{
    struct shape shape = shape_new(arena);
    size_t outer, inner;

    shape_add_text(&shape, "{");
    shape_add_name(&shape, "a", 0);
    outer = shape_begin_optional(&shape, 0);
    shape_add_text(&shape, "{");
    shape_add_name(&shape, "id", 0);
    shape_add_value(&shape, TYPE_NUMBER, 0);
    shape_add_name(&shape, "b", 1);
    inner = shape_begin_optional(&shape, 1);
    shape_add_text(&shape, "{");
    shape_add_name(&shape, "id", 0);
    shape_add_value(&shape, TYPE_NUMBER, 1);
    shape_add_text(&shape, "}");
    shape_end_optional(&shape, inner);
    shape_add_text(&shape, "}");
    shape_end_optional(&shape, outer);
    shape_add_name(&shape, "z", 1);
    shape_add_value(&shape, TYPE_STRING, 2);
    shape_add_text(&shape, "}");
    shape_finish(&shape);
    return shape;
}

static void
leaves_out_what_is_not_there(void)
{
    struct arena *arena = arena_new();
    struct shape shape = make_nested(arena);

    is_text(render(&shape, (const char *[]){"1", "2", "x"}, 3),
            "{\"a\":{\"id\":1,\"b\":{\"id\":2}},\"z\":\"x\"}",
            "both objects are there");
    is_text(render(&shape, (const char *[]){"1", NULL, "x"}, 3),
            "{\"a\":{\"id\":1,\"b\":null},\"z\":\"x\"}",
            "the inner object is null");
    is_text(render(&shape, (const char *[]){NULL, NULL, "x"}, 3),
            "{\"a\":null,\"z\":\"x\"}", "the outer object is null");
    is_text(render(&shape, (const char *[]){NULL, "2", NULL}, 3),
            "{\"a\":null,\"z\":null}",
            "and nothing of it is shown, whatever is inside");
    arena_free(arena);
}

static void
appends_rows(void)
{
    struct arena *arena = arena_new();
    struct shape shape = shape_new(arena);
    PGresult *result = make_row((const char *[]){"1"}, 1);
    struct buffer out = {0};

    shape_add_text(&shape, "<");
    shape_add_value(&shape, TYPE_NUMBER, 0);
    shape_add_text(&shape, ">");
    shape_finish(&shape);
    if (!PQsetvalue(result, 1, 0, (char[]){"2"}, 1))
        abort();
    for (size_t row = 0; row < 2; row++)
        shape_render(&shape, (const struct pg_result *)(const void *)result,
                     row, &out);
    is_text(buffer_text(&out), "<1><2>", "rows stand one behind the other");
    buffer_free(&out);
    PQclear(result);
    arena_free(arena);
}

int
main(void)
{
    shows_values_by_their_form();
    puts_text_between_values();
    leaves_out_what_is_not_there();
    appends_rows();
    return done();
}
