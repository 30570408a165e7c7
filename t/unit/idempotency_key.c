/* What the header Idempotency-Key may hold, and which key that is. */
#include "http/idempotency_key.h"

#include <string.h>

#include "tap.h"

static struct arena *arena;

/* The key, or the code of what is wrong. */
static const char *
parse(const char *value)
{
    struct problem problem = {.arena = arena};
    const char *key = idempotency_key_parse(arena, value, &problem);

    if (key)
        return arena_printf(arena, "<%s>", key);
    return problem.kind == PROBLEM_BAD_REQUEST && problem.field_count == 1
               ? problem.fields[0].code
               : "no problem";
}

static const char *
repeat(char c, int count, const char *before, const char *after)
{
    char *text = arena_alloc(arena, (size_t)count + 1);

    memset(text, c, (size_t)count);
    return arena_printf(arena, "%s%s%s", before, text, after);
}

static void
takes_keys(void)
{
    is_text(parse("\"a b\""), "<a b>", "a string");
    is_text(parse("x-1_2.3:4/5+6="), "<x-1_2.3:4/5+6=>", "without quotes");
    is_text(parse("\"x\""), parse("x"), "both are one key");
    is_text(parse(" \t\"x\" "), "<x>", "blanks around it");
    is_text(parse("\"a\\\"b\\\\c\""), "<a\"b\\c>", "what is escaped");
    is_text(parse("\"a,b;c\""), "<a,b;c>", "separators in quotes");
    is_text(parse(repeat('k', 255, "", "")), repeat('k', 255, "<", ">"),
            "the longest");
    is_text(parse(repeat('k', 255, "\"", "\"")), repeat('k', 255, "<", ">"),
            "and in quotes, which do not count");
}

static void
refuses_others(void)
{
    static const char *const malformed[] = {
        "\"",       "\"a",          "a\"",      "\"a\"b",   "\"a\\\"",
        "\"a\\n\"", "\"a\\",        "a b",      "a,b",      "a;b",
        "a\\b",     "\"a\", \"b\"", "\"a\";q",  "\"a\tb\"", "a\tb",
        "\x01",     "\"\x7f\"",     "\xc3\xa9", "\"\xc3\"",
    };

    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        is_text(parse(malformed[i]), "format", "%s", malformed[i]);
    is_text(parse(""), "min_length", "nothing");
    is_text(parse("  "), "min_length", "blanks");
    is_text(parse("\"\""), "min_length", "an empty string");
    is_text(parse(repeat('k', 256, "", "")), "max_length", "256 characters");
    is_text(parse(repeat('k', 256, "\"", "\"")), "max_length", "in quotes");
}

int
main(void)
{
    arena = arena_new();
    takes_keys();
    refuses_others();
    arena_free(arena);
    return done();
}
