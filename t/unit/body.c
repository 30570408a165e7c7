/* Bodies: what is accepted, and what becomes of the values. */
#include "http/body.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/json_scan.h"
#include "tap.h"

#define DEPTH 8

/* A body in its own arena, from a copy with nothing behind it. */
struct reading {
    struct arena *arena;
    struct problem problem;
    const struct body *body;
    int status;
};

static struct reading
read_bytes(const char *text, size_t length, int64_t depth_max)
{
    struct reading reading = {.arena = arena_new()};
    char *copy = malloc(length > 0 ? length : 1);

    if (!copy)
        abort();
    memcpy(copy, text, length);
    arena_on_reset(reading.arena, free, copy);
    problem_reset(&reading.problem, reading.arena);
    reading.status = body_parse(&reading.body, reading.arena, copy, length,
                                depth_max, &reading.problem);
    return reading;
}

static struct reading
read_text(const char *text)
{
    return read_bytes(text, strlen(text), DEPTH);
}

static const struct {
    const char *text;
    const char *detail;
    const char *code;
    const char *message;
} refused[] = {
    {"", "the body is empty; a JSON object is expected", "malformed",
     "a JSON object is expected"},
    {" \r\n", "the body is empty; a JSON object is expected", "malformed",
     "a JSON object is expected"},
    {"null", "the body is JSON, but no object", "type",
     "a JSON object is expected"},
    {"\"{}\"", "the body is JSON, but no object", "type",
     "a JSON object is expected"},
    {"[{}]", "the body is JSON, but no object", "type",
     "a JSON object is expected"},
    {"{\"a\":1", "the body is not well-formed JSON", "malformed",
     "at byte 6: a comma or } is expected"},
    {"[1,]", "the body is not well-formed JSON", "malformed",
     "at byte 3: a value is expected"},
    {"{'a':1}", "the body is not well-formed JSON", "malformed",
     "at byte 1: a name in quotes or } is expected"},
    {"{\"a\":NaN}", "the body is not well-formed JSON", "malformed",
     "at byte 5: a value is expected"},
    {"{\"a\":-01}", "the body is not well-formed JSON", "malformed",
     "at byte 7: a number has no leading zeros"},
    {"{\"a\":\"\xc0\xaf\"}", "the body is not well-formed JSON", "malformed",
     "at byte 6: the text is not UTF-8"},
    {"{\"a\":\"\xed\xa0\x80\"}", "the body is not well-formed JSON",
     "malformed", "at byte 6: the text is not UTF-8"},
    {"{}{}", "the body is not well-formed JSON", "malformed",
     "at byte 2: nothing can follow the value"},
    {"{\"a\\u0000\":1}", "a name in the body holds a NUL character",
     "malformed", "at byte 1: a name cannot hold \\u0000"},
    {"{\"a\":[{\"\\u0000b\":1}]}", "a name in the body holds a NUL character",
     "malformed", "at byte 7: a name cannot hold \\u0000"},
    {"{\"a\":[[[[[[[[]]]]]]]]}", "the body is nested too deeply", "too_deep",
     "at most 8 arrays and objects inside one another"},
};

static void
refuses_in_words(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct reading reading = read_text(refused[i].text);
        const struct problem *problem = &reading.problem;

        is_int(reading.status, -1, "refused: %s", refused[i].text);
        is_int(problem->kind, PROBLEM_BAD_REQUEST, "as a bad request");
        is_text(problem->detail, refused[i].detail, "in so many words");
        if (!is_int((int64_t)problem->field_count, 1, "with one field"))
            continue;
        is_text(problem->fields[0].field, "body", "which is the body");
        is_text(problem->fields[0].code, refused[i].code, "the code");
        is_text(problem->fields[0].message, refused[i].message, "the reason");
        arena_free(reading.arena);
    }
}

static void
refuses_no_bytes(void)
{
    struct arena *arena = arena_new();
    struct problem problem;
    const struct body *body;

    problem_reset(&problem, arena);
    is_int(body_parse(&body, arena, NULL, 0, DEPTH, &problem), -1,
           "no bytes are an empty body");
    arena_free(arena);
}

/* The member "a" of each. */
static const struct {
    const char *text;
    enum json_kind kind;
    const char *value;
    bool is_beyond;
} examples[] = {
    {"{\"a\":null}", JSON_NULL, "null", false},
    {"{\"a\":true}", JSON_BOOLEAN, "true", false},
    {"{\"a\" : false }", JSON_BOOLEAN, "false", false},
    {"{\"a\":0}", JSON_INTEGER, "0", false},
    {"{\"a\":-0}", JSON_INTEGER, "-0", false},
    {"{\"a\": 7 }", JSON_INTEGER, "7", false},
    {"{\"a\":9223372036854775807}", JSON_INTEGER, "9223372036854775807",
     false},
    {"{\"a\":-9223372036854775808}", JSON_INTEGER, "-9223372036854775808",
     false},
    {"{\"a\":9223372036854775808}", JSON_INTEGER, "9223372036854775808", true},
    {"{\"a\":-9223372036854775809}", JSON_INTEGER, "-9223372036854775809",
     true},
    {"{\"a\":18446744073709551616}", JSON_INTEGER, "18446744073709551616",
     true},
    {"{\"a\":-123456789012345678901234567890}", JSON_INTEGER,
     "-123456789012345678901234567890", true},
    {"{\"a\":1.0}", JSON_NUMBER, "1.0", false},
    {"{\"a\":-0.0}", JSON_NUMBER, "-0.0", false},
    {"{\"a\":1.10}", JSON_NUMBER, "1.10", false},
    {"{\"a\":1e5}", JSON_NUMBER, "1e5", false},
    {"{\"a\":1E+05}", JSON_NUMBER, "1E+05", false},
    {"{\"a\":1e400}", JSON_NUMBER, "1e400", false},
    {"{\"a\":-1e400}", JSON_NUMBER, "-1e400", false},
    {"{\"a\":1e-400}", JSON_NUMBER, "1e-400", false},
    {"{\"a\":0.1234567890123456789012345678901234567890}", JSON_NUMBER,
     "0.1234567890123456789012345678901234567890", false},
    {"{\"a\":123456789012345678901234567890e0}", JSON_NUMBER,
     "123456789012345678901234567890e0", false},
    {"{\"a\":\"\"}", JSON_STRING, "", false},
    {"{\"a\":\" b c \"}", JSON_STRING, " b c ", false},
    {"{\"a\":\"1\"}", JSON_STRING, "1", false},
    {"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", JSON_STRING, "\"\\/\b\f\n\r\t",
     false},
    {"{\"a\":\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"}", JSON_STRING,
     "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", false},
    {"{\"a\":\"\xc3\xa9\xf4\x8f\xbf\xbf\xef\xbf\xbf\"}", JSON_STRING,
     "\xc3\xa9\xf4\x8f\xbf\xbf\xef\xbf\xbf", false},
    {"{\"a\":[]}", JSON_ARRAY, "[]", false},
    {"{\"a\":[ 1 ,\t\"b \\\" c\" , [ ] ]}", JSON_ARRAY, "[1,\"b \\\" c\",[]]",
     false},
    {"{\"a\":[\"\\\\\" , \"x y\"]}", JSON_ARRAY, "[\"\\\\\",\"x y\"]", false},
    {"{\"a\":[123456789012345678901234567890, 1e400, -0, 1.50, null]}",
     JSON_ARRAY, "[123456789012345678901234567890,1e400,-0,1.50,null]", false},
    {"{\"a\":[\"\\u0000\",\"\\u00e9\"]}", JSON_ARRAY,
     "[\"\\u0000\",\"\\u00e9\"]", false},
    {"{\"a\":{}}", JSON_OBJECT, "{}", false},
    {"{\"a\":\r\n{ \"b\" : { \"c d\" : 99999999999999999999 } } }",
     JSON_OBJECT, "{\"b\":{\"c d\":99999999999999999999}}", false},
    {"{\"\\u0061\":[1 ]}", JSON_ARRAY, "[1]", false},
    {"{\"a\":1,\"a\":2}", JSON_INTEGER, "2", false},
    {"{\"a\":[1],\"a\":2}", JSON_INTEGER, "2", false},
    {"{\"a\":2,\"a\":[1]}", JSON_ARRAY, "[1]", false},
    {"{\"a\":2,\"\\u0061\":3}", JSON_INTEGER, "3", false},
    {"{\"\\u0061\":{\"x\":1},\"a\":{\"y\":2}}", JSON_OBJECT, "{\"y\":2}",
     false},
    {"{\"a\":2,\"a\":null}", JSON_NULL, "null", false},
    {"{\"a\":2,\"a\":0.5}", JSON_NUMBER, "0.5", false},
    {"{\"a\":0.5,\"b\":1,\"a\":\"x\"}", JSON_STRING, "x", false},
    {"{\"A\":1,\"a\":2,\"aa\":3}", JSON_INTEGER, "2", false},
};

static void
gives_values_as_they_were_sent(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct reading reading = read_text(examples[i].text);
        struct json_value value = {.kind = JSON_NULL};

        is_int(reading.status, 0, "accepted: %s", examples[i].text);
        ok(body_get(reading.body, reading.arena, "a", &value), "has \"a\"");
        is_int(value.kind, examples[i].kind, "the kind");
        is_text(value.text, examples[i].value, "the text");
        is_int((int64_t)value.length, (int64_t)strlen(examples[i].value),
               "the length");
        is_int(value.is_beyond, examples[i].is_beyond, "beyond 64 bits");
        arena_free(reading.arena);
    }
}

static void
keeps_nul_in_a_string(void)
{
    struct reading reading = read_text("{\"a\":\"b\\u0000c\"}");
    struct json_value value;

    ok(body_get(reading.body, reading.arena, "a", &value), "there is one");
    is_int(value.kind, JSON_STRING, "a string with \\u0000 is a string");
    is_int((int64_t)value.length, 3, "which has three characters");
    ok(memcmp(value.text, "b\0c", 4) == 0, "and a NUL among them");
    arena_free(reading.arena);
}

static void
finds_members_by_name(void)
{
    struct reading reading =
        read_text("{\"\":1,\"caf\\u00e9\":[2],\"a\":{\"b\":3},\"a\":4,"
                  "\"x\\\"y\":[5]}");
    struct json_value value;

    ok(!body_get(reading.body, reading.arena, "b", &value),
       "a member of a nested object is none of its own");
    ok(!body_get(reading.body, reading.arena, "A", &value),
       "and another case is another name");
    ok(body_get(reading.body, reading.arena, "", &value), "the empty name");
    ok(body_get(reading.body, reading.arena, "caf\xc3\xa9", &value),
       "a name that was escaped");
    is_text(value.text, "[2]", "has its value");
    ok(body_get(reading.body, reading.arena, "x\"y", &value),
       "a name with a quote");
    is_text(value.text, "[5]", "has its value");
    is_int((int64_t)body_count(reading.body), 4,
           "one name given twice is one member");
    arena_free(reading.arena);
}

static void
goes_into_nested_objects(void)
{
    struct reading reading = read_text(
        "{\"a\": { \"b\" : 18446744073709551617 , \"c\\u0064\" : { \"e\" : "
        "[ 1 ] }, \"f\" : \"x\" }, \"g\":[{}], \"h\":null, \"i\":{}}");
    const struct body *inside = body_object(reading.body, reading.arena, "a");
    const struct body *innermost;
    struct json_value value;

    ok(inside != NULL, "a nested object is found");
    is_int((int64_t)body_count(inside), 3, "with its members");
    ok(body_get(inside, reading.arena, "b", &value), "a number of it");
    is_text(value.text, "18446744073709551617", "is as it was sent");
    ok(value.is_beyond, "and known to be beyond 64 bits");
    ok(body_get(inside, reading.arena, "f", &value), "a string of it");
    is_text(value.text, "x", "is decoded");
    innermost = body_object(inside, reading.arena, "cd");
    ok(innermost != NULL, "an object inside of that");
    ok(body_get(innermost, reading.arena, "e", &value), "has its member");
    is_text(value.text, "[1]", "as it was sent");
    ok(body_object(reading.body, reading.arena, "a") != NULL,
       "it can be asked for again");
    is_int((int64_t)body_count(body_object(reading.body, reading.arena, "i")),
           0, "an empty object is an object");
    ok(!body_object(reading.body, reading.arena, "g"), "an array is none");
    ok(!body_object(reading.body, reading.arena, "h"), "null is none");
    ok(!body_object(reading.body, reading.arena, "z"), "nor what is absent");
    arena_free(reading.arena);
}

/* {"a":{"a":…1…}} with so many objects. */
static void
append_nested(struct buffer *text, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        buffer_append_text(text, "{\"a\":");
    buffer_append_char(text, '1');
    for (size_t i = 0; i < depth; i++)
        buffer_append_char(text, '}');
}

static void
bounds_the_depth(void)
{
    static const int64_t depths[] = {1, 2, 32, JSON_SCAN_DEPTH_MAX};

    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        size_t depth = (size_t)depths[i];
        struct buffer fits = {0}, over = {0};
        struct reading read, refused_one;

        append_nested(&fits, depth);
        append_nested(&over, depth + 1);
        read = read_bytes(fits.data, fits.length, depths[i]);
        refused_one = read_bytes(over.data, over.length, depths[i]);
        is_int(read.status, 0, "%zu objects inside one another", depth);
        is_int(refused_one.status, -1, "but no more");
        is_text(refused_one.problem.fields[0].code, "too_deep",
                "since that "
                "is too deep");
        is_int(atoll(refused_one.problem.fields[0].max), depths[i],
               "and how deep "
               "is allowed is told");
        arena_free(read.arena);
        arena_free(refused_one.arena);
        buffer_free(&fits);
        buffer_free(&over);
    }
}

static void
bounds_the_depth_by_the_scan(void)
{
    struct buffer text = {0};
    struct reading reading;

    append_nested(&text, JSON_SCAN_DEPTH_MAX + 1);
    reading = read_bytes(text.data, text.length, INT64_MAX);
    is_int(reading.status, -1, "there is a limit beyond what is configured");
    is_int(atoll(reading.problem.fields[0].max), JSON_SCAN_DEPTH_MAX,
           "which is told then");
    arena_free(reading.arena);
    buffer_free(&text);
}

static void
reads_many_members(void)
{
    struct buffer text = {0};
    struct reading reading;
    struct json_value value;

    buffer_append_char(&text, '{');
    for (int i = 0; i < 5000; i++)
        buffer_printf(&text, "%s\"\\u0061%d\":[%d ]", i > 0 ? "," : "", i, i);
    buffer_append_char(&text, '}');
    reading = read_bytes(text.data, text.length, DEPTH);
    is_int(reading.status, 0, "5,000 members are read");
    is_int((int64_t)body_count(reading.body), 5000, "all of them");
    ok(body_get(reading.body, reading.arena, "a4999", &value), "the last");
    is_text(value.text, "[4999]", "has its value");
    arena_free(reading.arena);
    buffer_free(&text);
}

static void
gives_elements_as_they_were_sent(void)
{
    static const struct {
        enum json_kind kind;
        const char *text;
    } expected[] = {
        {JSON_INTEGER, "1"},
        {JSON_INTEGER, "123456789012345678901234567890"},
        {JSON_NUMBER, "1.50e1"},
        {JSON_STRING, "b\""},
        {JSON_NULL, "null"},
        {JSON_BOOLEAN, "true"},
        {JSON_ARRAY, "[1,[2]]"},
        {JSON_OBJECT, "{\"c\":1}"},
    };
    const long count = sizeof expected / sizeof expected[0];
    struct reading reading = read_text(
        "{\"a\": [ 1, 123456789012345678901234567890 ,1.50e1, \"b\\\"\", "
        "null,true, [1, [2]], {\"c\" : 1}],\"b\":[],\"c\":{\"0\":1}}");
    struct json_value values[16] = {0};

    is_int(body_array(reading.body, reading.arena, "a", values, 16), count,
           "an array has all its elements");
    for (long i = 0; i < count; i++) {
        is_int(values[i].kind, expected[i].kind, "element %ld is", i);
        is_text(values[i].text, expected[i].text, "what was sent");
    }
    ok(values[1].is_beyond, "an integer beyond int64_t is known as one");
    memset(values, 0, sizeof values);
    is_int(body_array(reading.body, reading.arena, "a", values, 2), count,
           "those are counted for which there is no room");
    ok(values[1].text && !values[2].text, "and not read");
    is_int(body_array(reading.body, reading.arena, "b", values, 2), 0,
           "an array can be empty");
    is_int(body_array(reading.body, reading.arena, "c", values, 2), -1,
           "an object is no array");
    is_int(body_array(reading.body, reading.arena, "d", values, 2), -1,
           "nor is what is not there");
    arena_free(reading.arena);
}

/* Every character beyond U+FFFF, as a pair of escapes: json-c 0.16 has U+FFFD
 * for some of them. */
static void
joins_surrogates(void)
{
    unsigned wrong = 0;
    char text[64], utf8[8];

    for (unsigned code = 0x10000; code <= 0x10ffff; code += 0x101) {
        struct json_value value = {0};
        struct reading reading;

        snprintf(text, sizeof text, "{\"a\\\\\":\"\\u%04X\\u%04x\"}",
                 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
        snprintf(utf8, sizeof utf8, "%c%c%c%c", (int)(0xf0 | code >> 18),
                 (int)(0x80 | (code >> 12 & 0x3f)),
                 (int)(0x80 | (code >> 6 & 0x3f)),
                 (int)(0x80 | (code & 0x3f)));
        reading = read_text(text);
        if (reading.status == -1 ||
            !body_get(reading.body, reading.arena, "a\\", &value) ||
            strcmp(value.text, utf8) != 0)
            wrong++;
        arena_free(reading.arena);
    }
    ok(wrong == 0, "each pair of escapes is the character that it is");
}

int
main(void)
{
    refuses_in_words();
    refuses_no_bytes();
    gives_values_as_they_were_sent();
    keeps_nul_in_a_string();
    finds_members_by_name();
    goes_into_nested_objects();
    bounds_the_depth();
    bounds_the_depth_by_the_scan();
    reads_many_members();
    gives_elements_as_they_were_sent();
    joins_surrogates();
    return done();
}
