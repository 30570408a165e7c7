/*
 * SQL text, as PostgreSQL cuts it into tokens, as far as placeholders,
 * identifiers and the end of a statement need it. A placeholder is `:name`;
 * none is in a string, a comment, a quoted identifier, behind another colon
 * (`x::text`), or between the brackets of a subscript (`x[a:b]`; a value
 * stands there in parentheses: `x[(:name)]`). Strings are read as with
 * standard_conforming_strings. Allocates nothing.
 */
#ifndef BYLINE_BASE_SQL_SCAN_H
#define BYLINE_BASE_SQL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* So many brackets inside one another are the most. */
#define SQL_SCAN_DEPTH_MAX 200

enum sql_token_kind {
    SQL_TOKEN_PLACEHOLDER, /* with its colon */
    SQL_TOKEN_IDENTIFIER,  /* also a key word; quoted: with its quotes */
    SQL_TOKEN_OTHER,       /* also blanks, strings and comments */
};

/* Borrowed from the text. All tokens of a text, one after the other, are the
 * text. */
struct sql_token {
    enum sql_token_kind kind;
    const char *start;
    size_t length;
};

struct sql_scan {
    const char *at;
    const char *end;
    const char *mistake;   /* static, for people: what no statement has, such
                              as "has a string that does not end"; NULL: none
                              so far */
    const char *semicolon; /* the first; NULL: none so far */
    const char *last;      /* behind the last token that is no blank and no
                              comment, up to the first semicolon */
    bool in_array;         /* the next '[' opens an array, no subscript */
    size_t depth;
    char open[SQL_SCAN_DEPTH_MAX]; /* '(', '[' of an array, ':' for '[' of a
                                      subscript */
};

/* Starts with the first `length` bytes of `text`. */
void sql_scan_start(struct sql_scan *scan, const char *text, size_t length);

/* The next token; false at the end, when `mistake` is complete as well. */
bool sql_scan_next(struct sql_scan *scan, struct sql_token *token);

/* Whether an identifier names that column, or a placeholder that parameter
 * (without its colon). Bare identifiers are in any case, the others exact. */
bool sql_token_is(const struct sql_token *token, const char *name);

/*
 * Looks at a whole text. Returns what is wrong with it, as
 * "has a string that does not end", or NULL; then `*length` is that of the
 * one statement without what ends it: a semicolon, blanks, comments. A query
 * can be put into parentheses after that, and what it is put into cannot be
 * left. The second is for an expression, which has no semicolon.
 */
const char *sql_scan_statement(const char *text, size_t *length);
const char *sql_scan_expression(const char *text, size_t *length);

#endif
