/* The one list grammar, by recursive descent. */
#include "config/list.h"

#include <string.h>

/* Deeper lists are nobody's intention. */
#define DEPTH_MAX 16

struct parser {
    struct arena *arena;
    const char *at;
    const char *mistake;
    unsigned depth;
};

static void parse_items(struct parser *parser, struct list_item **items,
                        size_t *count);

static void
skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->at, " \t");
}

static void
parse_arguments(struct parser *parser, struct list_item *item)
{
    parser->at++;
    item->has_arguments = true;
    if (++parser->depth > DEPTH_MAX) {
        parser->mistake = "parentheses nest too deep";
        return;
    }
    parse_items(parser, &item->arguments, &item->argument_count);
    parser->depth--;
    if (parser->mistake)
        return;
    if (*parser->at != ')') {
        parser->mistake = "a ( is never closed";
        return;
    }
    parser->at++;
    skip_blanks(parser);
}

static void
parse_item(struct parser *parser, struct list_item *item)
{
    size_t length;

    skip_blanks(parser);
    length = strcspn(parser->at, ",()");
    item->text = parser->at;
    parser->at += length;
    while (length > 0 && strchr(" \t", item->text[length - 1]))
        length--;
    if (length == 0) {
        parser->mistake = "an item is missing";
        return;
    }
    item->text = arena_strndup(parser->arena, item->text, length);
    if (*parser->at == '(')
        parse_arguments(parser, item);
}

static void
parse_items(struct parser *parser, struct list_item **items, size_t *count)
{
    for (;;) {
        struct list_item item = {0};

        parse_item(parser, &item);
        if (parser->mistake)
            return;
        *items = arena_push(parser->arena, *items, *count, sizeof **items);
        (*items)[(*count)++] = item;
        if (*parser->at != ',')
            return;
        parser->at++;
    }
}

const char *
list_parse(struct arena *arena, const char *text, struct list *list)
{
    struct parser parser = {.arena = arena, .at = text};

    *list = (struct list){0};
    skip_blanks(&parser);
    if (*parser.at == '\0')
        return NULL;
    parse_items(&parser, &list->items, &list->count);
    if (!parser.mistake && *parser.at == ')')
        parser.mistake = "a ) was never opened";
    else if (!parser.mistake && *parser.at != '\0')
        parser.mistake = "a comma is missing after )";
    return parser.mistake;
}
