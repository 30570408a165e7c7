/*
 * SQL that somebody wrote: its tokens are the text again, and what is taken
 * for one statement stays one between parentheses. Values are held against
 * the types of columns besides.
 */
#include <string.h>

#include "base/arena.h"
#include "base/sql_scan.h"
#include "db/type.h"
#include "fuzz.h"

static void
scan(const char *text, size_t length)
{
    struct sql_scan scan;
    struct sql_token token;
    const char *at = text;

    sql_scan_start(&scan, text, length);
    while (sql_scan_next(&scan, &token)) {
        must(token.start == at && token.length > 0);
        at += token.length;
        must(at <= text + length);
        if (token.kind == SQL_TOKEN_PLACEHOLDER)
            must(token.length > 1 && token.start[0] == ':');
        sql_token_is(&token, "name");
    }
    must(scan.mistake || at == text + length);
}

static void
wrap(struct arena *arena, const char *text, size_t length)
{
    size_t kept = length, again;
    const char *wrapped;

    if (sql_scan_statement(text, &kept) || kept == 0)
        return;
    must(kept <= length);
    wrapped = arena_printf(arena, "(%.*s\n)", (int)kept, text);
    again = strlen(wrapped);
    must(!sql_scan_statement(wrapped, &again));
    must(again == strlen(wrapped));
}

/* A value that any column has is found or refused, and never more. */
static void
match(const char *text)
{
    for (int input = TYPE_INPUT_TEXT; input <= TYPE_INPUT_OTHER; input++) {
        struct type type = {.oid = OID_INT4,
                            .base_oid = OID_INT4,
                            .input = (enum type_input)input};

        type_match(type, text);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *text = arena_strndup(arena, (const char *)data, size);
    size_t length = strlen(text);

    scan(text, length);
    wrap(arena, text, length);
    sql_scan_expression(text, &length);
    match(text);
    arena_free(arena);
    return 0;
}
