/* What PostgreSQL's scan.l does, as far as it matters here. */
#include "base/sql_scan.h"

#include <string.h>
#include <strings.h>

void
sql_scan_start(struct sql_scan *scan, const char *text, size_t length)
{
    memset(scan, 0, sizeof *scan);
    scan->at = scan->last = text;
    scan->end = text + length;
}

static void
complain(struct sql_scan *scan, const char *mistake)
{
    if (!scan->mistake)
        scan->mistake = mistake;
}

/* The byte that is so far ahead; '\0' behind the end, which SQL never has. */
static char
peek(const struct sql_scan *scan, size_t ahead)
{
    return (size_t)(scan->end - scan->at) > ahead ? scan->at[ahead] : '\0';
}

static bool
is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Beyond ASCII every byte is a letter. */
static bool
begins_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static bool
continues_name(char byte)
{
    return begins_name(byte) || is_digit(byte);
}

static void
skip_while(struct sql_scan *scan, bool (*belongs)(char byte))
{
    while (scan->at < scan->end && belongs(*scan->at))
        scan->at++;
}

/* Goes behind the quote that ends what `at` is in; a doubled one does not. */
static bool
skip_quoted(struct sql_scan *scan, char quote, bool has_escapes)
{
    for (; scan->at < scan->end; scan->at++) {
        if (has_escapes && *scan->at == '\\' && scan->at + 1 < scan->end) {
            scan->at++;
        } else if (*scan->at == quote) {
            if (peek(scan, 1) != quote) {
                scan->at++;
                return true;
            }
            scan->at++;
        }
    }
    return false;
}

static void
skip_line(struct sql_scan *scan)
{
    while (scan->at < scan->end && *scan->at != '\n' && *scan->at != '\r')
        scan->at++;
}

/* A string goes on behind a quote on a later line, with its escapes. */
static bool
string_goes_on(struct sql_scan *scan)
{
    const char *start = scan->at;
    bool is_later = false;

    for (;; scan->at++) {
        if (peek(scan, 0) == '-' && peek(scan, 1) == '-')
            skip_line(scan);
        if (!is_blank(peek(scan, 0)))
            break;
        is_later |= *scan->at == '\n' || *scan->at == '\r';
    }
    if (is_later && peek(scan, 0) == '\'') {
        scan->at++;
        return true;
    }
    scan->at = start;
    return false;
}

static void
skip_string(struct sql_scan *scan, bool has_escapes)
{
    do {
        if (!skip_quoted(scan, '\'', has_escapes))
            complain(scan, "has a string that does not end");
    } while (has_escapes && string_goes_on(scan));
}

/* At the first of a dollar-quoted string, `$tag$`: goes behind its last, and
 * else stays. */
static bool
skip_dollars(struct sql_scan *scan)
{
    const char *tag = scan->at++;
    size_t length;

    if (begins_name(peek(scan, 0)))
        skip_while(scan, continues_name);
    if (peek(scan, 0) != '$') {
        scan->at = tag;
        return false;
    }
    scan->at++;
    length = (size_t)(scan->at - tag);
    scan->at = memmem(scan->at, (size_t)(scan->end - scan->at), tag, length);
    if (scan->at) {
        scan->at += length;
    } else {
        complain(scan, "has a string that does not end");
        scan->at = scan->end;
    }
    return true;
}

/* Comments nest. */
static void
skip_comment(struct sql_scan *scan)
{
    size_t depth = 0;

    do {
        if (peek(scan, 0) == '/' && peek(scan, 1) == '*') {
            depth++;
            scan->at += 2;
        } else if (peek(scan, 0) == '*' && peek(scan, 1) == '/') {
            depth--;
            scan->at += 2;
        } else {
            scan->at++;
        }
    } while (depth > 0 && scan->at < scan->end);
    if (depth > 0)
        complain(scan, "has a comment that does not end");
}

/* Blanks, or a comment. */
static bool
skip_nothing(struct sql_scan *scan)
{
    if (is_blank(peek(scan, 0)))
        skip_while(scan, is_blank);
    else if (peek(scan, 0) == '-' && peek(scan, 1) == '-')
        skip_line(scan);
    else if (peek(scan, 0) == '/' && peek(scan, 1) == '*')
        skip_comment(scan);
    else
        return false;
    return true;
}

/* At a letter: an identifier, or a string with letters before its quote. */
static enum sql_token_kind
skip_word(struct sql_scan *scan)
{
    const char *start = scan->at;
    size_t length;

    if (strchr("uU", *start) && peek(scan, 1) == '&' &&
        (peek(scan, 2) == '\'' || peek(scan, 2) == '"')) {
        complain(scan, "has U& before a quote; write the characters");
        scan->at += 2;
        return SQL_TOKEN_OTHER;
    }
    while (continues_name(peek(scan, 0)) || peek(scan, 0) == '$')
        scan->at++;
    length = (size_t)(scan->at - start);
    if (length == 1 && peek(scan, 0) == '\'' && strchr("eEbBxXnN", *start)) {
        scan->at++;
        skip_string(scan, *start == 'e' || *start == 'E');
        return SQL_TOKEN_OTHER;
    }
    scan->in_array = length == 5 && strncasecmp(start, "array", 5) == 0;
    return SQL_TOKEN_IDENTIFIER;
}

static bool
is_subscript(const struct sql_scan *scan)
{
    return scan->depth > 0 && scan->open[scan->depth - 1] == ':';
}

/* At a colon. */
static enum sql_token_kind
skip_colon(struct sql_scan *scan)
{
    char next = peek(scan, 1);

    scan->at++;
    if (next == ':' || next == '=') {
        scan->at++;
    } else if (begins_name(next) && !is_subscript(scan)) {
        skip_while(scan, continues_name);
        return SQL_TOKEN_PLACEHOLDER;
    }
    return SQL_TOKEN_OTHER;
}

static void
open_bracket(struct sql_scan *scan, char bracket, bool in_array)
{
    if (scan->depth == SQL_SCAN_DEPTH_MAX) {
        complain(scan, "has too many brackets inside one another");
        return;
    }
    if (bracket == '[' && !in_array)
        bracket = ':';
    scan->open[scan->depth++] = bracket;
    /* An array of arrays. */
    scan->in_array = bracket == '[';
}

static void
close_bracket(struct sql_scan *scan, char bracket)
{
    char open = scan->depth > 0 ? scan->open[scan->depth - 1] : '\0';

    if (open == '\0' || (open == '(') != (bracket == ')'))
        complain(scan, "closes a bracket that is not open");
    else
        scan->depth--;
}

/* One byte that is neither of a word nor of a string. */
static void
skip_sign(struct sql_scan *scan, bool in_array)
{
    char sign = *scan->at++;

    if (sign == '(' || sign == '[')
        open_bracket(scan, sign, in_array);
    else if (sign == ')' || sign == ']')
        close_bracket(scan, sign);
    else if (sign == '$' && is_digit(peek(scan, 0)))
        complain(scan, "has a parameter with a number; write :name");
    else if (sign == ',')
        scan->in_array = scan->depth > 0 && scan->open[scan->depth - 1] == '[';
    else if (sign == '\0')
        complain(scan, "has a byte of 0");
}

/* What is neither blank nor comment. */
static enum sql_token_kind
skip_token(struct sql_scan *scan)
{
    bool in_array = scan->in_array;

    scan->in_array = false;
    if (begins_name(*scan->at))
        return skip_word(scan);
    if (*scan->at == ':')
        return skip_colon(scan);
    if (*scan->at == '"') {
        scan->at++;
        if (!skip_quoted(scan, '"', false))
            complain(scan, "has a quoted name that does not end");
        return SQL_TOKEN_IDENTIFIER;
    }
    if (*scan->at == '\'') {
        scan->at++;
        skip_string(scan, false);
    } else if (is_digit(*scan->at)) {
        skip_while(scan, continues_name);
    } else if (*scan->at != '$' || !skip_dollars(scan)) {
        skip_sign(scan, in_array);
    }
    return SQL_TOKEN_OTHER;
}

bool
sql_scan_next(struct sql_scan *scan, struct sql_token *token)
{
    *token = (struct sql_token){.kind = SQL_TOKEN_OTHER, .start = scan->at};
    if (scan->at == scan->end) {
        if (scan->depth > 0)
            complain(scan, "has a bracket that is not closed");
        return false;
    }
    if (!skip_nothing(scan)) {
        if (scan->semicolon)
            complain(scan, "has something behind a semicolon");
        else if (*scan->at == ';')
            scan->semicolon = scan->at;
        token->kind = skip_token(scan);
        if (!scan->semicolon)
            scan->last = scan->at;
    }
    token->length = (size_t)(scan->at - token->start);
    return true;
}

/* A quoted identifier, quotes doubled within. */
static bool
is_quoted(const struct sql_token *token, const char *name)
{
    for (size_t i = 1; i + 1 < token->length; i++, name++) {
        if (token->start[i] != *name)
            return false;
        i += *name == '"';
    }
    return *name == '\0';
}

bool
sql_token_is(const struct sql_token *token, const char *name)
{
    size_t length = strlen(name);

    switch (token->kind) {
    case SQL_TOKEN_PLACEHOLDER:
        return token->length == length + 1 &&
               memcmp(token->start + 1, name, length) == 0;
    case SQL_TOKEN_IDENTIFIER:
        if (*token->start == '"')
            return is_quoted(token, name);
        return token->length == length &&
               strncasecmp(token->start, name, length) == 0;
    case SQL_TOKEN_OTHER:
        break;
    }
    return false;
}

static const char *
look_at(const char *text, size_t *length, const char **semicolon)
{
    struct sql_scan scan;
    struct sql_token token;

    sql_scan_start(&scan, text, strlen(text));
    while (sql_scan_next(&scan, &token))
        continue;
    *length = (size_t)(scan.last - text);
    *semicolon = scan.semicolon;
    if (!scan.mistake && *length == 0)
        return "is empty";
    return scan.mistake;
}

const char *
sql_scan_statement(const char *text, size_t *length)
{
    const char *semicolon;

    return look_at(text, length, &semicolon);
}

const char *
sql_scan_expression(const char *text, size_t *length)
{
    const char *semicolon;
    const char *mistake = look_at(text, length, &semicolon);

    return !mistake && semicolon ? "has a semicolon" : mistake;
}
