/* JSON to the letter of RFC 8259. */
#include "base/json_scan.h"

#include <stdlib.h>

#include "tap.h"

#define DEPTH 8

static const struct {
    const char *text;
    enum json_kind kind;
} accepted[] = {
    {"null", JSON_NULL},
    {"true", JSON_BOOLEAN},
    {"false", JSON_BOOLEAN},
    {"0", JSON_INTEGER},
    {"-0", JSON_INTEGER},
    {"7", JSON_INTEGER},
    {"-10", JSON_INTEGER},
    {"1234567890123456789012345678901234567890", JSON_INTEGER},
    {"0.0", JSON_NUMBER},
    {"-0.50", JSON_NUMBER},
    {"0e0", JSON_NUMBER},
    {"1E5", JSON_NUMBER},
    {"1e+05", JSON_NUMBER},
    {"10.01e-400", JSON_NUMBER},
    {"1e400", JSON_NUMBER},
    {"\"\"", JSON_STRING},
    {"\"a b\"", JSON_STRING},
    {"\"'/`<\x7f\"", JSON_STRING},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", JSON_STRING},
    {"\"\\u0000\\u001f\\u00e9\\uFFFF\"", JSON_STRING},
    {"\"\\ud7ff\\ue000\"", JSON_STRING},
    {"\"\\ud800\\udc00\\uDBFF\\uDFFF\"", JSON_STRING},
    {"\"\\\\ud800\"", JSON_STRING},
    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", JSON_STRING},
    {"\"\xef\xbb\xbf\"", JSON_STRING},
    {"\"\xe2\x80\xa8\xf4\x8f\xbf\xbf\"", JSON_STRING},
    {"[]", JSON_ARRAY},
    {"[ ]", JSON_ARRAY},
    {"[1]", JSON_ARRAY},
    {"[1,\"a\",null,true,[],{}]", JSON_ARRAY},
    {"[[[[[[[[]]]]]]]]", JSON_ARRAY},
    {"[[],[[]],[]]", JSON_ARRAY},
    {"{}", JSON_OBJECT},
    {"{\t}", JSON_OBJECT},
    {"{\"\":0}", JSON_OBJECT},
    {"{\"a\":{\"a\":{}},\"b\":[{}]}", JSON_OBJECT},
    {"{\"a\":1,\"a\":2}", JSON_OBJECT},
    {"{\"a\\u0000\":1}", JSON_OBJECT},
    {" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n", JSON_OBJECT},
    {" 1 ", JSON_INTEGER},
};

static const struct {
    const char *text;
    size_t offset;
    const char *message;
} refused[] = {
    {"tru", 0, "a value is expected"},
    {"True", 0, "a value is expected"},
    {"truer", 4, "nothing can follow the value"},
    {"nul", 0, "a value is expected"},
    {"fals", 0, "a value is expected"},
    {"undefined", 0, "a value is expected"},
    {"NaN", 0, "a value is expected"},
    {"Infinity", 0, "a value is expected"},
    {"-Infinity", 1, "a digit is expected"},
    {"-", 1, "a digit is expected"},
    {"--1", 1, "a digit is expected"},
    {"+1", 0, "a value is expected"},
    {".5", 0, "a value is expected"},
    {"-.5", 1, "a digit is expected"},
    {"1.", 2, "a digit is expected"},
    {"1.e5", 2, "a digit is expected"},
    {"1e", 2, "a digit is expected"},
    {"1e+", 3, "a digit is expected"},
    {"1e+-1", 3, "a digit is expected"},
    {"1e5.5", 3, "nothing can follow the value"},
    {"01", 1, "a number has no leading zeros"},
    {"-00", 2, "a number has no leading zeros"},
    {"0x10", 1, "nothing can follow the value"},
    {"1 2", 2, "nothing can follow the value"},
    {"\"", 1, "the string has no end"},
    {"\"a", 2, "the string has no end"},
    {"\"a\\\"", 4, "the string has no end"},
    {"\"a\nb\"", 2, "a control character must be escaped"},
    {"\"\t\"", 1, "a control character must be escaped"},
    {"\"\x1f\"", 1, "a control character must be escaped"},
    {"\"\\", 2, "there is no such escape"},
    {"\"\\a\"", 2, "there is no such escape"},
    {"\"\\'\"", 2, "there is no such escape"},
    {"\"\\U0041\"", 2, "there is no such escape"},
    {"\"\\\xc3\xa9\"", 2, "there is no such escape"},
    {"\"\\u", 3, "four hexadecimal digits are expected"},
    {"\"\\u004\"", 6, "four hexadecimal digits are expected"},
    {"\"\\u00g1\"", 5, "four hexadecimal digits are expected"},
    {"\"\\u+041\"", 3, "four hexadecimal digits are expected"},
    {"\"\\ud800\"", 1, "half of a surrogate pair is no character"},
    {"\"\\udbff\\n\"", 1, "half of a surrogate pair is no character"},
    {"\"\\udc00\"", 1, "half of a surrogate pair is no character"},
    {"\"a\\udfff\"", 2, "half of a surrogate pair is no character"},
    {"\"\\ud800\\ud800\"", 1, "half of a surrogate pair is no character"},
    {"\"\\ud800\\u0041\"", 1, "half of a surrogate pair is no character"},
    {"\"\\udc00\\ud800\"", 1, "half of a surrogate pair is no character"},
    {"\"\\ud800\\udc0\"", 12, "four hexadecimal digits are expected"},
    {"\"\xff\"", 1, "the text is not UTF-8"},
    {"\"a\xe9\"", 2, "the text is not UTF-8"},
    {"\"\xc3\"", 1, "the text is not UTF-8"},
    {"\"\x80\"", 1, "the text is not UTF-8"},
    {"\"\xc3\xa9\xa9\"", 1, "the text is not UTF-8"},
    {"\"\xc0\x80\"", 1, "the text is not UTF-8"},
    {"\"\xc1\xbf\"", 1, "the text is not UTF-8"},
    {"\"\xe0\x80\xaf\"", 1, "the text is not UTF-8"},
    {"\"\xf0\x80\x80\xaf\"", 1, "the text is not UTF-8"},
    {"\"\xed\xa0\x80\"", 1, "the text is not UTF-8"},
    {"\"\xf4\x90\x80\x80\"", 1, "the text is not UTF-8"},
    {"\"\xe2\x82", 1, "the text is not UTF-8"},
    {"'a'", 0, "a value is expected"},
    {"[", 1, "a value is expected"},
    {"]", 0, "a value is expected"},
    {"[1", 2, "a comma or ] is expected"},
    {"[1 2]", 3, "a comma or ] is expected"},
    {"[1,]", 3, "a value is expected"},
    {"[,1]", 1, "a value is expected"},
    {"[1,,2]", 3, "a value is expected"},
    {"[1}", 2, "a comma or ] is expected"},
    {"[\"a\":1]", 4, "a comma or ] is expected"},
    {"[]]", 2, "nothing can follow the value"},
    {"[\v]", 1, "a value is expected"},
    {"[\f]", 1, "a value is expected"},
    {"[\xc2\xa0]", 1, "a value is expected"},
    {"{", 1, "a name in quotes or } is expected"},
    {"}", 0, "a value is expected"},
    {"{a:1}", 1, "a name in quotes or } is expected"},
    {"{'a':1}", 1, "a name in quotes or } is expected"},
    {"{1:1}", 1, "a name in quotes or } is expected"},
    {"{,}", 1, "a name in quotes or } is expected"},
    {"{]", 1, "a name in quotes or } is expected"},
    {"{\"a", 3, "the string has no end"},
    {"{\"a\"", 4, "a colon is expected"},
    {"{\"a\"}", 4, "a colon is expected"},
    {"{\"a\",1}", 4, "a colon is expected"},
    {"{\"a\" 1}", 5, "a colon is expected"},
    {"{\"a\":", 5, "a value is expected"},
    {"{\"a\":}", 5, "a value is expected"},
    {"{\"a\"::1}", 5, "a value is expected"},
    {"{\"a\":1", 6, "a comma or } is expected"},
    {"{\"a\":1]", 6, "a comma or } is expected"},
    {"{\"a\":1 \"b\":2}", 7, "a comma or } is expected"},
    {"{\"a\":1,", 7, "a name in quotes is expected"},
    {"{\"a\":1,}", 7, "a name in quotes is expected"},
    {"{\"a\":1,,}", 7, "a name in quotes is expected"},
    {"{\"a\":[{\"b\":01}]}", 12, "a number has no leading zeros"},
    {"{\"\\ud800\":1}", 2, "half of a surrogate pair is no character"},
    {"{}{}", 2, "nothing can follow the value"},
    {"{}x", 2, "nothing can follow the value"},
    {"{} // no", 3, "nothing can follow the value"},
    {"{/**/}", 1, "a name in quotes or } is expected"},
    {"# no\n1", 0, "a value is expected"},
    {"\xef\xbb\xbf{}", 0, "a byte order mark is not allowed"},
    {"\xef\xbb\xbf", 0, "a byte order mark is not allowed"},
    {" \xef\xbb\xbf{}", 1, "a value is expected"},
    {"\xff\xfe{", 0, "a value is expected"},
};

/* From a copy with nothing behind it. */
static struct json_scan
scan_bytes(const char *text, size_t length, size_t depth)
{
    char *copy = malloc(length > 0 ? length : 1);
    struct json_scan scan;

    if (!copy)
        abort();
    memcpy(copy, text, length);
    scan = json_scan_text(copy, length, depth, NULL, NULL);
    free(copy);
    return scan;
}

static struct json_scan
scan_text(const char *text)
{
    return scan_bytes(text, strlen(text), DEPTH);
}

static void
accepts_the_grammar(void)
{
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct json_scan scan = scan_text(accepted[i].text);

        is_int(scan.status, JSON_SCAN_OK, "accepted: %s", accepted[i].text);
        is_int(scan.kind, accepted[i].kind, "its kind: %s", accepted[i].text);
        ok(!scan.message, "and there is nothing to say");
    }
}

static void
refuses_all_else(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct json_scan scan = scan_text(refused[i].text);

        is_int(scan.status, JSON_SCAN_MALFORMED, "refused: %s",
               refused[i].text);
        is_int((int64_t)scan.offset, (int64_t)refused[i].offset, "the byte");
        is_text(scan.message, refused[i].message, "the reason");
    }
}

static void
refuses_nothing_and_blanks(void)
{
    struct json_scan none = json_scan_text(NULL, 0, DEPTH, NULL, NULL);
    struct json_scan blanks = scan_text(" \t\r\n");

    is_int(none.status, JSON_SCAN_EMPTY, "no text at all is empty");
    is_int((int64_t)none.offset, 0, "at its beginning");
    is_text(none.message, "a value is expected", "and lacks a value");
    is_int(blanks.status, JSON_SCAN_EMPTY, "so are blanks");
    is_int((int64_t)blanks.offset, 4, "at their end");
}

/* Any document cut off anywhere is none, unless it is a number. */
static void
refuses_what_is_cut_off(void)
{
    static const char text[] =
        "{\"a\\u0041\\ud83d\\ude00\xc3\xa9\":[-1.5e+7,true,{\"b\":null},"
        "\"c\"],\"d\":false}";
    int wrong = 0;

    for (size_t length = 1; length < sizeof text - 1; length++)
        wrong += scan_bytes(text, length, DEPTH).status != JSON_SCAN_MALFORMED;
    is_int(wrong, 0, "a text that is cut off is refused wherever it is cut");
    is_int(scan_bytes(text, sizeof text - 1, DEPTH).status, JSON_SCAN_OK,
           "and accepted when it is whole");
}

static void
refuses_nul_bytes(void)
{
    static const struct {
        const char *text;
        size_t length;
        size_t offset;
    } examples[] = {
        {"\0", 1, 0},          {"1\0", 2, 1},          {"[\0]", 3, 1},
        {"\"\0\"", 3, 1},      {"\"\\\0\"", 4, 2},     {"\"\\u\0\"", 5, 3},
        {"{\"a\0\":1}", 8, 3}, {"{\"a\":\0 1}", 9, 5}, {"-\0", 2, 1},
    };

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct json_scan scan =
            scan_bytes(examples[i].text, examples[i].length, DEPTH);

        is_int(scan.status, JSON_SCAN_MALFORMED, "NUL byte %zu is refused", i);
        is_int((int64_t)scan.offset, (int64_t)examples[i].offset,
               "at its place");
    }
}

/* All of 80..FF alone, and all of ASCII. */
static void
holds_every_byte_to_its_rule(void)
{
    int wrong = 0;

    for (int byte = 0; byte < 256; byte++) {
        char text[] = {'"', (char)byte, '"'};
        bool is_legal =
            byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';

        wrong +=
            is_legal != (scan_bytes(text, 3, DEPTH).status == JSON_SCAN_OK);
    }
    is_int(wrong, 0, "every byte as a string of its own");
}

static void
holds_every_escape_to_its_rule(void)
{
    int wrong = 0;

    for (int code = 0; code < 0x10000; code++) {
        char text[16];
        bool is_legal = code < 0xd800 || code > 0xdfff;

        snprintf(text, sizeof text, code % 2 ? "\"\\u%04x\"" : "\"\\u%04X\"",
                 (unsigned)code);
        wrong += is_legal != (scan_text(text).status == JSON_SCAN_OK);
    }
    is_int(wrong, 0, "every \\uXXXX");
}

static void
bounds_the_depth(void)
{
    static const struct {
        const char *text;
        size_t depth;
    } examples[] = {
        {"1", 0},
        {"{}", 1},
        {"[1]", 1},
        {"[[]]", 2},
        {"[{}]", 2},
        {"{\"a\":[{\"b\":[]}]}", 4},
        {"[[],[],[[]],[]]", 3},
    };

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const char *text = examples[i].text;
        size_t depth = examples[i].depth;

        is_int(scan_bytes(text, strlen(text), depth).status, JSON_SCAN_OK,
               "%s has the depth %zu", text, depth);
        if (depth > 0)
            is_int(scan_bytes(text, strlen(text), depth - 1).status,
                   JSON_SCAN_TOO_DEEP, "and not less");
    }
    is_int((int64_t)scan_bytes("[1,{}]", 6, 1).offset, 3,
           "the bracket that is too much is told");
}

static void
bounds_the_depth_by_itself(void)
{
    char text[2 * (JSON_SCAN_DEPTH_MAX + 1)];

    memset(text, '[', JSON_SCAN_DEPTH_MAX + 1);
    memset(text + JSON_SCAN_DEPTH_MAX + 1, ']', JSON_SCAN_DEPTH_MAX + 1);
    is_int(scan_bytes(text + 1, sizeof text - 2, SIZE_MAX).status,
           JSON_SCAN_OK, "%d arrays inside one another", JSON_SCAN_DEPTH_MAX);
    is_int(scan_bytes(text, sizeof text, SIZE_MAX).status, JSON_SCAN_TOO_DEEP,
           "one more is too deep whatever the caller says");
    is_int((int64_t)scan_bytes(text, sizeof text, SIZE_MAX).offset,
           JSON_SCAN_DEPTH_MAX, "which is the last");
}

/* Collects what is told as "name=value kind;". */
static void
note_member(void *context, const struct json_member *member)
{
    char *noted = context;
    size_t used = strlen(noted);

    snprintf(noted + used, 256 - used, "%.*s=%.*s %d;",
             (int)member->name.length, member->name.text,
             (int)member->value.length, member->value.text, (int)member->kind);
}

static void
tells_the_members(void)
{
    static const struct {
        const char *behaviour;
        const char *text;
        const char *expected;
    } examples[] = {
        {"none of an empty object", "{}", ""},
        {"none of an empty array", "[]", ""},
        {"the elements of an array", "[ {\"a\":1} ,[2,3], 4,null]",
         "={\"a\":1} 6;=[2,3] 5;=4 2;=null 0;"},
        {"none of a scalar", "\"a\"", ""},
        {"each kind",
         "{\"a\":null,\"b\":false,\"c\":-7,\"d\":1e5,\"e\":\"x\"}",
         "a=null 0;b=false 1;c=-7 2;d=1e5 3;e=\"x\" 4;"},
        {"without the blanks around",
         " { \"a\" : 1 , \"b\" : [ 2 ] , \"c\" : { } } ",
         "a=1 2;b=[ 2 ] 5;c={ } 6;"},
        {"none of a nested object",
         "{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":[{\"f\":3}]}",
         "a={\"b\":{\"c\":1},\"d\":2} 6;e=[{\"f\":3}] 5;"},
        {"the same name again", "{\"a\":1,\"a\":\"2\"}", "a=1 2;a=\"2\" 4;"},
        {"escapes as they are", "{\"\\u0061\\\"\":\"\\n\"}",
         "\\u0061\\\"=\"\\n\" 4;"},
        {"an empty name", "{\"\":\"\"}", "=\"\" 4;"},
        {"what came before a mistake", "{\"a\":1,\"b\":2,]", "a=1 2;b=2 2;"},
    };

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char noted[256] = "";

        json_scan_text(examples[i].text, strlen(examples[i].text), DEPTH,
                       note_member, noted);
        is_text(noted, examples[i].expected, "members: %s",
                examples[i].behaviour);
    }
}

static void
tells_names_with_nul(void)
{
    struct json_scan own =
        scan_text("{\"b\":1,\"a\\u0000b\":1,\"\\u0000\":1}");
    struct json_scan nested = scan_text("[{\"a\":{ \"\\u0000\":1}}]");
    struct json_scan value = scan_text("{\"a\":\"\\u0000\"}");
    struct json_scan other = scan_text("{\"\\\\u0000\":\"\\u0000\"}");

    ok(own.has_nul_name, "a name with \\u0000 is told");
    is_int((int64_t)own.nul_name_offset, 7, "and where the first is");
    ok(nested.has_nul_name, "also of a nested object");
    is_int((int64_t)nested.nul_name_offset, 8, "and where it is");
    ok(!value.has_nul_name, "but not of a value");
    ok(!other.has_nul_name, "and not when the backslash itself is escaped");
    is_int(own.status, JSON_SCAN_OK, "all of that is JSON");
}

int
main(void)
{
    accepts_the_grammar();
    refuses_all_else();
    refuses_nothing_and_blanks();
    refuses_what_is_cut_off();
    refuses_nul_bytes();
    holds_every_byte_to_its_rule();
    holds_every_escape_to_its_rule();
    bounds_the_depth();
    bounds_the_depth_by_itself();
    tells_the_members();
    tells_names_with_nul();
    return done();
}
