/* SQL text: placeholders, identifiers, and where a statement ends. */
#include "base/sql_scan.h"

#include "tap.h"

/* What the tokens of one kind are, with a blank behind each. */
static const char *
tokens_of(const char *text, enum sql_token_kind kind)
{
    static char found[1024];
    struct sql_scan scan;
    struct sql_token token;
    size_t used = 0;

    sql_scan_start(&scan, text, strlen(text));
    while (sql_scan_next(&scan, &token))
        if (token.kind == kind)
            used += (size_t)snprintf(found + used, sizeof found - used,
                                     "%.*s ", (int)token.length, token.start);
    found[used] = '\0';
    return found;
}

static const struct {
    const char *text;
    const char *placeholders;
} placeholders[] = {
    {"SELECT 1", ""},
    {":a", ":a "},
    {"x = :viewer OR :role = 'admin'", ":viewer :role "},
    {"(:a)", ":a "},
    {":a,:b+:c", ":a :b :c "},
    {":_a9b", ":_a9b "},
    {":aB", ":aB "},
    {":a.b", ":a "},
    {":a-b", ":a "},
    {":9", ""},
    {": a", ""},
    {":", ""},
    {"a :", ""},
    {"x::text", ""},
    {"x :: text", ""},
    {":a::text", ":a "},
    {"CAST(:a AS int)", ":a "},
    {"f(x := 1, y := :a)", ":a "},
    {"f(x => :a)", ":a "},
    {"':a'", ""},
    {"'it''s :a'", ""},
    {"'' :a", ":a "},
    {"'\\' :a", ":a "},
    {"'\\'':a'", ""},
    {"E'\\':a'", ""},
    {"e'\\\\' :a", ":a "},
    {"E''':a' :b", ":b "},
    {"E'a'\n'\\':b' :c", ":c "},
    {"E'a' -- x\n  '\\':b' :c", ":c "},
    {"E'a' '\\' :c", ":c "},
    {"E'a' - 1\n :c", ":c "},
    {"e 'x' :a", ":a "},
    {"the'\\' :a", ":a "},
    {"B'1' X'f' N'x' :a", ":a "},
    {"\":a\"", ""},
    {"\"a\"\":b\" :c", ":c "},
    {"$$:a$$ :b", ":b "},
    {"$x$:a$$:b$x$ :c", ":c "},
    {"$x$ $X$ :a $x$", ""},
    {"a$b$:c$b$", ":c "},
    {"$b:c$b$", ":c "},
    {"-- :a\n:b", ":b "},
    {"-- :a\r:b", ":b "},
    {"1--:a", ""},
    {"1 - -:a", ":a "},
    {"/* :a */ :b", ":b "},
    {"/* /* :a */ :b */ :c", ":c "},
    {"/*/:a*/:b", ":b "},
    {"/**/:b", ":b "},
    {"2*/*:a*/3*:b", ":b "},
    {"x[1:2]", ""},
    {"x[a:b]", ""},
    {"x[:b]", ""},
    {"x[a:]", ""},
    {"x[f(:a):b]", ":a "},
    {"x[(:a):(:b)]", ":a :b "},
    {"x[1:2][a:b] = :c", ":c "},
    {"(x)[a:b] = :c", ":c "},
    {"\"array\"[a:b]", ""},
    {"ARRAY[:a, :b]", ":a :b "},
    {"array /* x */ [:a]", ":a "},
    {"ARRAY[[:a], [:b]]", ":a :b "},
    {"ARRAY[x[a:b], :c]", ":c "},
    {"ARRAY[ARRAY[:a]]", ":a "},
    {"x = ANY(ARRAY(SELECT :a))", ":a "},
};

static void
finds_placeholders(void)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++)
        is_text(tokens_of(placeholders[i].text, SQL_TOKEN_PLACEHOLDER),
                placeholders[i].placeholders, "placeholders of %s",
                placeholders[i].text);
}

static void
finds_identifiers(void)
{
    is_text(tokens_of("a.\"B c\" = 'x' /* y */ || :z || E'w'::text",
                      SQL_TOKEN_IDENTIFIER),
            "a \"B c\" text ", "bare and quoted ones");
    is_text(tokens_of("1e5 + 0x1f + a1$b", SQL_TOKEN_IDENTIFIER), "a1$b ",
            "no part of a number");
    is_text(tokens_of("n\xc3\xa4he", SQL_TOKEN_IDENTIFIER), "n\xc3\xa4he ",
            "letters beyond ASCII");
}

static const struct {
    const char *text;
    const char *name;
    bool is;
} names[] = {
    {"author_id", "author_id", true},
    {"AUTHOR_ID", "author_id", true},
    {"author_id", "author", false},
    {"author", "author_id", false},
    {"\"a\"", "a", true},
    {"\"A\"", "a", false},
    {"\"a b\"", "a b", true},
    {"\"a\"\"b\"", "a\"b", true},
    {"\"a\"\"b\"", "a\"", false},
    {"\"ab\"", "a", false},
    {"\"a\"", "ab", false},
    {"\"a", "a", false},
    {":a", "a", true},
    {":A", "a", false},
    {":ab", "a", false},
    {"'a'", "a", false},
};

static void
compares_names(void)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sql_scan scan;
        struct sql_token token;

        sql_scan_start(&scan, names[i].text, strlen(names[i].text));
        sql_scan_next(&scan, &token);
        ok(sql_token_is(&token, names[i].name) == names[i].is, "%s is%s %s",
           names[i].text, names[i].is ? "" : " not", names[i].name);
    }
}

#define STRING "has a string that does not end"
#define OPEN "has a bracket that is not closed"
#define CLOSED "closes a bracket that is not open"
#define BEHIND "has something behind a semicolon"

static const struct {
    const char *text;
    const char *mistake; /* NULL: none */
    int length;          /* of the statement, then */
} statements[] = {
    {"SELECT 1", NULL, 8},
    {"SELECT 1;", NULL, 8},
    {"SELECT 1 ; -- done\n", NULL, 8},
    {"SELECT 1 -- done;", NULL, 8},
    {"/* x */ SELECT 1 /* y */\n", NULL, 16},
    {"SELECT ';'", NULL, 10},
    {"SELECT $$;$$;", NULL, 12},
    {"", "is empty", 0},
    {" \n", "is empty", 0},
    {"-- nothing", "is empty", 0},
    {";", "is empty", 0},
    {"SELECT 1; SELECT 2", BEHIND, 0},
    {"SELECT 1;;", BEHIND, 0},
    {"SELECT 'x", STRING, 0},
    {"SELECT E'x\\'", STRING, 0},
    {"SELECT E'x\\", STRING, 0},
    {"SELECT $a$ x $b$", STRING, 0},
    {"SELECT \"x", "has a quoted name that does not end", 0},
    {"SELECT 1 /* /* */", "has a comment that does not end", 0},
    {"SELECT (1", OPEN, 0},
    {"SELECT x[1", OPEN, 0},
    {"SELECT 1)", CLOSED, 0},
    {"SELECT 1) (", CLOSED, 0},
    {"SELECT (1]", CLOSED, 0},
    {"SELECT x[1)", CLOSED, 0},
    {"SELECT ARRAY[1)", CLOSED, 0},
    {"SELECT $1", "has a parameter with a number; write :name", 0},
    {"SELECT '$1', a$1", NULL, 16},
    {"SELECT U&'x'", "has U& before a quote; write the characters", 0},
    {"SELECT u&\"x\"", "has U& before a quote; write the characters", 0},
    {"SELECT u & 'x'", NULL, 14},
};

static void
finds_the_end(void)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        size_t length = 0;

        is_text(sql_scan_statement(statements[i].text, &length),
                statements[i].mistake, "the statement %s", statements[i].text);
        if (!statements[i].mistake)
            is_int((int64_t)length, statements[i].length, "the length of %s",
                   statements[i].text);
    }
}

static void
knows_expressions(void)
{
    size_t length = 0;

    is_text(sql_scan_expression("a = :b", &length), NULL, "an expression");
    is_text(sql_scan_expression("a = b -- x;y", &length), NULL,
            "a semicolon in a comment");
    is_int((int64_t)length, 5, "the comment is left out");
    is_text(sql_scan_expression("a = b;", &length), "has a semicolon",
            "a semicolon");
    is_text(sql_scan_expression("true) OR (true", &length), CLOSED,
            "one that would leave its parentheses");
}

/* All tokens are the text, whatever it is cut to. */
static void
loses_nothing(void)
{
    static const char text[] =
        "SELECT a.\"b\"\"c\", E'\\'x'\n'y', $t$ $$ $t$, x[1:b], :p::int -- z\n"
        "FROM /* a /* b */ c */ t WHERE ARRAY[[:q]] @> '{}' AND n := 1e5;";

    for (size_t length = 0; length < sizeof text; length++) {
        struct sql_scan scan;
        struct sql_token token;
        const char *at = text;
        bool whole = true;

        sql_scan_start(&scan, text, length);
        while (sql_scan_next(&scan, &token)) {
            whole = whole && token.start == at && token.length > 0;
            at = token.start + token.length;
        }
        ok(whole && at == text + length, "nothing of %zu bytes is lost",
           length);
    }
}

static void
bears_many_brackets(void)
{
    char text[SQL_SCAN_DEPTH_MAX * 2 + 3];
    size_t length;

    memset(text, '(', SQL_SCAN_DEPTH_MAX);
    memset(text + SQL_SCAN_DEPTH_MAX, ')', SQL_SCAN_DEPTH_MAX);
    text[SQL_SCAN_DEPTH_MAX * 2] = '\0';
    is_text(sql_scan_statement(text, &length), NULL, "as many as there may");
    memset(text, '(', SQL_SCAN_DEPTH_MAX + 1);
    memset(text + SQL_SCAN_DEPTH_MAX + 1, ')', SQL_SCAN_DEPTH_MAX + 1);
    text[SQL_SCAN_DEPTH_MAX * 2 + 2] = '\0';
    is_text(sql_scan_statement(text, &length),
            "has too many brackets inside one another", "one more");
}

int
main(void)
{
    finds_placeholders();
    finds_identifiers();
    compares_names();
    finds_the_end();
    knows_expressions();
    loses_nothing();
    bears_many_brackets();
    return done();
}
