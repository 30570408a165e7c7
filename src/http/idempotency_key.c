/* The header Idempotency-Key. */
#include "http/idempotency_key.h"

#include <stdbool.h>
#include <string.h>

static const char *
refuse(struct problem *problem, const char *code, const char *message)
{
    problem_add_field(problem, "Idempotency-Key", code, "%s", message);
    problem_set_fields(problem, PROBLEM_BAD_REQUEST, "header");
    return NULL;
}

static bool
is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* What follows the opening quote; NULL if that is not well-formed. */
static const char *
unquote(struct arena *arena, const char *text)
{
    char *key = arena_alloc(arena, strlen(text) + 1);
    size_t length = 0;

    for (; *text != '"'; text++) {
        if (*text == '\\' && *++text != '"' && *text != '\\')
            return NULL;
        if (!is_printable(*text))
            return NULL;
        key[length++] = *text;
    }
    return text[1] == '\0' ? key : NULL;
}

/* Without quotes, what would end a key in a list is none, nor a blank. */
static const char *
take_bare(struct arena *arena, const char *text)
{
    for (const char *at = text; *at; at++)
        if (!is_printable(*at) || strchr(" \",;\\", *at))
            return NULL;
    return arena_strdup(arena, text);
}

const char *
idempotency_key_parse(struct arena *arena, const char *value,
                      struct problem *problem)
{
    const char *text = value + strspn(value, " \t");
    size_t length = strlen(text);
    const char *key;

    while (length > 0 && strchr(" \t", text[length - 1]))
        length--;
    text = arena_strndup(arena, text, length);
    key = *text == '"' ? unquote(arena, text + 1) : take_bare(arena, text);
    if (!key)
        return refuse(
            problem, "format",
            "one key of printable ASCII is expected, in double quotes");
    if (key[0] == '\0')
        return refuse(problem, "min_length", "it is empty");
    if (strlen(key) > IDEMPOTENCY_KEY_MAX)
        return refuse(problem, "max_length", "at most 255 characters");
    return key;
}
