/* A value of a body against the column that it is for. */
#include "query/value.h"

#include "tap.h"

/* Of src/include/catalog/pg_type.dat. */
enum {
    BOOL = 16,
    BYTEA = 17,
    INT8 = 20,
    INT2 = 21,
    INT4 = 23,
    TEXT = 25,
    JSONB = 3802,
    FLOAT8 = 701,
    INT4_ARRAY = 1007,
    VARCHAR = 1043,
    DATE = 1082,
    TIME = 1083,
    TIMESTAMPTZ = 1184,
    NUMERIC = 1700,
    UUID = 2950,
    AN_ENUM = 90000,
};

static struct arena *arena;

static struct write_field
field_of(uint32_t oid)
{
    char kind = oid == AN_ENUM ? 'e' : 'b';
    char category = oid == INT4_ARRAY ? 'A' : 'U';

    return (struct write_field){
        .name = "field",
        .type = type_classify(oid, oid, kind, category, oid != AN_ENUM),
        .type_modifier = -1,
        .labels = "good\x1fso so\x1f",
    };
}

static struct field
no_rules(void)
{
    return (struct field){
        .min_length = -1,
        .max_length = -1,
        .min = "",
        .max = "",
        .pattern = "",
        .role = "",
    };
}

static struct json_value
value_of(enum json_kind kind, const char *text)
{
    return (struct json_value){kind, text, strlen(text), false};
}

/* Checks one value; the result is "= text", "null", or the code and message
 * of the one mistake. */
static const char *
check(const struct write_field *field, struct json_value value)
{
    struct problem problem;
    const char *text = "unset";

    problem_reset(&problem, arena);
    if (value_check(arena, field, &value, &text, &problem) == 0)
        return problem.field_count > 0 ? "a mistake in passing"
               : text                  ? arena_printf(arena, "= %s", text)
                                       : "null";
    if (problem.field_count != 1 ||
        strcmp(problem.fields[0].field, "field") != 0)
        return "not one mistake";
    return arena_printf(arena, "%s: %s", problem.fields[0].code,
                        problem.fields[0].message);
}

/* --- types ----------------------------------------------------------- */

static const struct {
    uint32_t oid;
    enum json_kind kind;
    const char *text;
    const char *expected;
} examples[] = {
    {TEXT, JSON_STRING, "a", "= a"},
    {TEXT, JSON_STRING, "", "= "},
    {TEXT, JSON_INTEGER, "1", "type: text is expected"},
    {TEXT, JSON_OBJECT, "{}", "type: text is expected"},
    {BOOL, JSON_BOOLEAN, "true", "= true"},
    {BOOL, JSON_STRING, "true", "type: true or false is expected"},
    {BOOL, JSON_INTEGER, "1", "type: true or false is expected"},
    {INT2, JSON_INTEGER, "-32768", "= -32768"},
    {INT2, JSON_INTEGER, "32768", "range: between -32768 and 32767"},
    {INT4, JSON_INTEGER, "2147483648",
     "range: between -2147483648 and 2147483647"},
    {INT4, JSON_NUMBER, "1.0", "type: a whole number is expected"},
    {INT4, JSON_NUMBER, "1e2", "type: a whole number is expected"},
    {INT4, JSON_STRING, "1", "type: a whole number is expected"},
    {INT4, JSON_BOOLEAN, "true", "type: a whole number is expected"},
    {INT8, JSON_INTEGER, "-9223372036854775808", "= -9223372036854775808"},
    {INT8, JSON_INTEGER, "9223372036854775808",
     "range: between -9223372036854775808 and 9223372036854775807"},
    {NUMERIC, JSON_NUMBER, "1e400", "= 1e400"},
    {NUMERIC, JSON_INTEGER, "18446744073709551616", "= 18446744073709551616"},
    {NUMERIC, JSON_NUMBER, "1e200000",
     "range: a number that cannot be stored"},
    {NUMERIC, JSON_STRING, "1", "type: a number is expected"},
    {NUMERIC, JSON_ARRAY, "[]", "type: a number is expected"},
    {FLOAT8, JSON_NUMBER, "1e400", "range: a number that cannot be stored"},
    {FLOAT8, JSON_NUMBER, "0.1", "= 0.1"},
    {UUID, JSON_STRING, "x", "type: a UUID is expected"},
    {UUID, JSON_STRING, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
     "= a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {DATE, JSON_STRING, "2024-02-29", "= 2024-02-29"},
    {DATE, JSON_STRING, "2023-02-29",
     "type: a date such as 2026-01-31 is expected"},
    {DATE, JSON_INTEGER, "20240229",
     "type: a date such as 2026-01-31 is expected"},
    {TIME, JSON_STRING, "12:30", "= 12:30"},
    {TIME, JSON_STRING, "noon", "type: a time such as 12:30:00 is expected"},
    {TIMESTAMPTZ, JSON_STRING, "now",
     "type: a time such as 2026-01-31T12:30:00Z is expected"},
    {AN_ENUM, JSON_STRING, "so so", "= so so"},
    {AN_ENUM, JSON_STRING, "so", "one_of: one of: good, so so"},
    {AN_ENUM, JSON_STRING, "", "one_of: one of: good, so so"},
    {AN_ENUM, JSON_INTEGER, "1", "type: text is expected"},
    {JSONB, JSON_OBJECT, "{\"a\":1}", "= {\"a\":1}"},
    {JSONB, JSON_STRING, "a\"b", "= \"a\\\"b\""},
    {JSONB, JSON_NUMBER, "1.50", "= 1.50"},
    {JSONB, JSON_OBJECT, "{\"a\":\"\\u0000\"}",
     "nul: the character U+0000 cannot be stored"},
    {JSONB, JSON_ARRAY, "[\"\\\\u0000\"]", "= [\"\\\\u0000\"]"},
    {INT4_ARRAY, JSON_ARRAY, "[1]", "= [1]"},
    {INT4_ARRAY, JSON_STRING, "{1}", "= \"{1}\""},
    {BYTEA, JSON_STRING, "\\x00", "= \\x00"},
    {BYTEA, JSON_INTEGER, "5", "= 5"},
    {BYTEA, JSON_BOOLEAN, "true", "type: text or a number is expected"},
};

static void
knows_types(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct write_field field = field_of(examples[i].oid);

        is_text(check(&field, value_of(examples[i].kind, examples[i].text)),
                examples[i].expected, "type %u, %s", examples[i].oid,
                examples[i].text);
    }
}

static void
knows_null(void)
{
    struct write_field field = field_of(TEXT);

    is_text(check(&field, value_of(JSON_NULL, "null")), "null",
            "null is no text");
    field.refuses_null = true;
    is_text(check(&field, value_of(JSON_NULL, "null")),
            "null: null is not allowed", "null where it cannot be");
}

static void
knows_nul(void)
{
    struct write_field field = field_of(TEXT);
    struct json_value value = {JSON_STRING, "a\0b", 3, false};

    is_text(check(&field, value), "nul: the character U+0000 cannot be stored",
            "a NUL in text");
    field = field_of(INT4);
    is_text(check(&field, value), "nul: the character U+0000 cannot be stored",
            "a NUL where no text should be");
}

static void
takes_strings_for_numbers(void)
{
    struct write_field field = field_of(INT8);

    field.takes_string = true;
    is_text(check(&field, value_of(JSON_STRING, "-7")), "= -7",
            "a bigint as a string");
    is_text(check(&field, value_of(JSON_INTEGER, "7")), "= 7",
            "or as a number");
    is_text(check(&field, value_of(JSON_STRING, "x")),
            "type: a whole number is expected", "but not any string");
    field = field_of(NUMERIC);
    field.takes_string = true;
    is_text(check(&field, value_of(JSON_STRING, "1.50")), "= 1.50",
            "a numeric as a string");
    is_text(check(&field, value_of(JSON_STRING, "NaN")),
            "type: a number is expected", "but no NaN");
}

/* --- rules ----------------------------------------------------------- */

static void
keeps_lengths(void)
{
    struct write_field field = field_of(VARCHAR);
    struct field rules = no_rules();

    field.type_modifier = 3 + 4;
    is_text(check(&field, value_of(JSON_STRING, "\xc3\xa9\xc3\xa9\xc3\xa9")),
            "= \xc3\xa9\xc3\xa9\xc3\xa9", "varchar(3) has characters");
    is_text(check(&field, value_of(JSON_STRING, "abcd")),
            "max_length: at most 3 characters", "of which three");
    field.rules = &rules;
    rules.max_length = 5;
    is_text(check(&field, value_of(JSON_STRING, "abcd")),
            "max_length: at most 3 characters", "the lesser limit counts");
    rules.max_length = 1;
    is_text(check(&field, value_of(JSON_STRING, "ab")),
            "max_length: at most 1 character", "whichever it is");
    rules.max_length = 0;
    is_text(check(&field, value_of(JSON_STRING, "a")),
            "max_length: at most 0 characters", "none at all");
    rules.max_length = -1;
    rules.min_length = 2;
    is_text(check(&field, value_of(JSON_STRING, "\xc3\xa9")),
            "min_length: at least 2 characters", "min_length has characters");
    is_text(check(&field, value_of(JSON_STRING, "ab")), "= ab", "enough");
}

static void
tells_limits(void)
{
    struct write_field field = field_of(TEXT);
    struct field rules = no_rules();
    struct json_value value = value_of(JSON_STRING, "a");
    struct problem problem;
    const char *text;

    field.rules = &rules;
    rules.min_length = 2;
    problem_reset(&problem, arena);
    is_int(value_check(arena, &field, &value, &text, &problem), -1, "refused");
    is_text(problem.fields[0].min, "2", "min is told");
    is_text(problem.fields[0].max, NULL, "and no max");
    field = field_of(INT2);
    value = value_of(JSON_INTEGER, "40000");
    is_int(value_check(arena, &field, &value, &text, &problem), -1,
           "a second mistake");
    is_int((int64_t)problem.field_count, 2, "is added");
    is_text(problem.fields[1].min, "-32768", "with min");
    is_text(problem.fields[1].max, "32767", "and max");
}

static void
keeps_numbers(void)
{
    struct write_field field = field_of(NUMERIC);
    struct field rules = no_rules();

    field.rules = &rules;
    rules.min = "0.5";
    is_text(check(&field, value_of(JSON_NUMBER, "0.49")),
            "range: at least 0.5", "min");
    is_text(check(&field, value_of(JSON_NUMBER, "0.50")), "= 0.50",
            "min itself");
    rules.max = "1e2";
    is_text(check(&field, value_of(JSON_INTEGER, "101")),
            "range: between 0.5 and 1e2", "min and max");
    is_text(check(&field, value_of(JSON_INTEGER, "100")), "= 100",
            "max itself");
    rules.min = "";
    is_text(check(&field, value_of(JSON_INTEGER, "101")), "range: at most 1e2",
            "max");
}

static void
keeps_forms(void)
{
    static const char *colours[] = {"red", "dark blue"};
    struct write_field field = field_of(TEXT);
    struct field rules = no_rules();
    regex_t expression;

    field.rules = &rules;
    rules.format = FIELD_FORMAT_EMAIL;
    is_text(check(&field, value_of(JSON_STRING, "a@b.c")), "= a@b.c",
            "an e-mail address");
    is_text(check(&field, value_of(JSON_STRING, "a")),
            "format: an e-mail address such as name@example.org is expected",
            "none");
    rules.format = FIELD_FORMAT_PHONE;
    is_text(check(&field, value_of(JSON_STRING, "+48 123-456-789")),
            "= +48123456789", "a phone number is stored plain");
    rules.format = FIELD_FORMAT_NONE;
    ok(regcomp(&expression, "^[a-c]+$", REG_EXTENDED | REG_NOSUB) == 0,
       "a regular expression");
    rules.expression = &expression;
    is_text(check(&field, value_of(JSON_STRING, "abc")), "= abc", "a pattern");
    is_text(check(&field, value_of(JSON_STRING, "abd")),
            "pattern: the text is not of the form that is expected",
            "that does not match");
    rules.expression = NULL;
    regfree(&expression);
    rules.one_of = colours;
    rules.one_of_count = 2;
    is_text(check(&field, value_of(JSON_STRING, "dark blue")), "= dark blue",
            "one of several");
    is_text(check(&field, value_of(JSON_STRING, "blue")),
            "one_of: one of: red, dark blue", "none of them");
    is_text(check(&field, value_of(JSON_NULL, "null")), "null",
            "null is not judged by rules");
}

static void
trims_first(void)
{
    struct write_field field = field_of(TEXT);
    struct field rules = no_rules();

    field.rules = &rules;
    rules.trim = true;
    rules.min_length = 1;
    rules.max_length = 2;
    is_text(check(&field, value_of(JSON_STRING, "  ab  ")), "= ab",
            "blanks do not count");
    is_text(check(&field, value_of(JSON_STRING, "   ")),
            "min_length: at least 1 character", "alone neither");
    field = field_of(DATE);
    field.rules = &rules;
    rules.max_length = -1;
    is_text(check(&field, value_of(JSON_STRING, " 2024-02-29 ")),
            "= 2024-02-29", "for other types as well");
    field = field_of(TEXT);
    is_text(check(&field, value_of(JSON_STRING, " a ")), "=  a ",
            "without trim they stay");
}

static void
tells_what_is_unknown(void)
{
    static const uint32_t unknown[] = {BYTEA, JSONB, INT4_ARRAY};
    static const uint32_t known[] = {TEXT, INT4, NUMERIC, BOOL,
                                     UUID, DATE, AN_ENUM};

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        struct write_field field = field_of(unknown[i]);

        ok(value_is_unknown(&field), "type %u is the database's to judge",
           unknown[i]);
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct write_field field = field_of(known[i]);

        ok(!value_is_unknown(&field), "type %u is judged here", known[i]);
    }
}

int
main(void)
{
    arena = arena_new();
    knows_types();
    knows_null();
    knows_nul();
    takes_strings_for_numbers();
    keeps_lengths();
    tells_limits();
    keeps_numbers();
    keeps_forms();
    trims_first();
    tells_what_is_unknown();
    arena_free(arena);
    return done();
}
