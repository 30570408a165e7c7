/* One logical line of an INI file. */
#include "config/ini_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* A copy of [start, end) without the blanks around it. */
static char *
stripped(struct arena *arena, const char *start, const char *end)
{
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return arena_strndup(arena, start, (size_t)(end - start));
}

static struct ini_line
wrong(const char *mistake)
{
    return (struct ini_line){.kind = INI_LINE_WRONG, .mistake = mistake};
}

static struct ini_line
parse_section(struct arena *arena, const char *text)
{
    const char *close = strchr(text, ']');
    const char *name;

    if (!close)
        return wrong("a section needs a closing ]");
    if (close[1] != '\0')
        return wrong("nothing may follow a [section] on its line, "
                     "not even a comment");
    name = stripped(arena, text + 1, close);
    if (name[0] == '\0')
        return wrong("a section needs a name");
    if (strchr(name, '\t') || strstr(name, "  "))
        return wrong("one blank separates a section's kind and name");
    if (strchr(name, ':'))
        return wrong("a section's name cannot hold a colon");
    return (struct ini_line){.kind = INI_LINE_SECTION, .name = name};
}

/* Whether only blanks and a comment stand at `text`. */
static bool
is_rest_empty(const char *text)
{
    text += strspn(text, " \t");
    return *text == '\0' || *text == ';' || *text == '#';
}

/* The value in double quotes that starts behind `quote`. */
static struct ini_line
parse_quoted(struct arena *arena, const char *key, const char *quote)
{
    const char *close = strchr(quote + 1, '"');

    if (!close)
        return wrong("the value begins with a quote that never closes");
    if (close[-1] == '\\')
        return wrong("\\\" cannot stand in a value: the quote would end it");
    if (!is_rest_empty(close + 1))
        return wrong("the value goes on after its closing quote; "
                     "what follows would be lost");
    return (struct ini_line){
        .kind = INI_LINE_ENTRY,
        .name = key,
        .value = arena_strndup(arena, quote + 1, (size_t)(close - quote) - 1),
    };
}

static struct ini_line
parse_unquoted(struct arena *arena, const char *key, const char *value)
{
    const char *end = value + strcspn(value, ";#");

    if (*end && end > value && !isspace((unsigned char)end[-1]))
        return wrong(*end == ';' ? "the value would be cut at ';': quote it"
                                 : "the value would be cut at '#': quote it");
    return (struct ini_line){
        .kind = INI_LINE_ENTRY,
        .name = key,
        .value = stripped(arena, value, end),
    };
}

static bool
is_key(const char *key)
{
    return key[0] != '\0' &&
           key[strspn(key, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")] == '\0';
}

static struct ini_line
parse_entry(struct arena *arena, const char *text)
{
    const char *equals = strchr(text, '=');
    const char *key, *value;

    if (!equals)
        return wrong("this is no [section], no key = value and no comment");
    key = stripped(arena, text, equals);
    if (!is_key(key))
        return wrong("a key is made of letters, digits, '_' and '.'");
    value = equals + 1;
    value += strspn(value, " \t");
    if (*value == '"')
        return parse_quoted(arena, key, value);
    if (*value == '\'')
        return wrong("a value cannot begin with a single quote, which would "
                     "be lost: put the value in double quotes");
    return parse_unquoted(arena, key, value);
}

struct ini_line
ini_line_parse(struct arena *arena, const char *text)
{
    const char *line = stripped(arena, text, text + strlen(text));

    if (line[0] == '\0')
        return (struct ini_line){.kind = INI_LINE_EMPTY};
    if (line[0] == ';' || line[0] == '#') {
        if (line[strlen(line) - 1] == '\\')
            return wrong("a comment that ends in \\ would swallow the next "
                         "line");
        return (struct ini_line){.kind = INI_LINE_EMPTY};
    }
    if (line[0] == '[')
        return parse_section(arena, line);
    return parse_entry(arena, line);
}

const char *
ini_line_mistake(const char *text, size_t length)
{
    if (memchr(text, '\0', length))
        return "the line holds a NUL byte";
    if (!utf8_is_valid(text, length))
        return "the line is not UTF-8";
    for (size_t i = 0; i < length; i++)
        if (iscntrl((unsigned char)text[i]) &&
            !isspace((unsigned char)text[i]))
            return "the line holds a control character";
    return NULL;
}
