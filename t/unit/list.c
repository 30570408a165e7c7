/* The one list grammar. */
#include "config/list.h"

#include "tap.h"

/* The items as text in one way: `a|b(c|d)`. */
static const char *
show(struct arena *arena, const struct list_item *items, size_t count)
{
    const char *all = "";

    for (size_t i = 0; i < count; i++) {
        all = arena_printf(arena, "%s%s%s", all, i > 0 ? "|" : "",
                           items[i].text);
        if (items[i].has_arguments)
            all = arena_printf(
                arena, "%s(%s)", all,
                show(arena, items[i].arguments, items[i].argument_count));
    }
    return all;
}

struct example {
    const char *text;
    const char *expected;
};

static const struct example lists[] = {
    {"", ""},
    {" \t ", ""},
    {"id", "id"},
    {"id,name", "id|name"},
    {"  id ,\tname  ", "id|name"},
    {"full name as name", "full name as name"},
    {"-id, +x", "-id|+x"},
    {"a.b.c", "a.b.c"},
    {"a, b, c, d, e, f, g, h, i", "a|b|c|d|e|f|g|h|i"},
    {"director(id, name)", "director(id|name)"},
    {"id, director ( id , name ) , x", "id|director(id|name)|x"},
    {"a(b(c(d)), e), f", "a(b(c(d))|e)|f"},
    {"a(b),c(d)", "a(b)|c(d)"},
    {"a((((((((((((((((", NULL},
};

static const struct example mistakes[] = {
    {",", "an item is missing"},
    {"a,", "an item is missing"},
    {"a,,b", "an item is missing"},
    {",a", "an item is missing"},
    {"a, ,b", "an item is missing"},
    {"(a)", "an item is missing"},
    {"a()", "an item is missing"},
    {"a(b,)", "an item is missing"},
    {"a(b", "a ( is never closed"},
    {"a(b(c)", "a ( is never closed"},
    {"a)", "a ) was never opened"},
    {"a(b))", "a ) was never opened"},
    {"a(b) c", "a comma is missing after )"},
    {"a(b)(c)", "a comma is missing after )"},
};

static void
parses_lists(void)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct arena *arena = arena_new();
        const char *text = lists[i].text;
        struct list list;
        const char *mistake = list_parse(arena, text, &list);

        if (!lists[i].expected)
            ok(mistake, "\"%s\" is wrong", text);
        else if (is_text(mistake, NULL, "\"%s\" is a list", text))
            is_text(show(arena, list.items, list.count), lists[i].expected,
                    "\"%s\" has these items", text);
        arena_free(arena);
    }
}

static void
names_mistakes(void)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct arena *arena = arena_new();
        struct list list;

        is_text(list_parse(arena, mistakes[i].text, &list),
                mistakes[i].expected, "\"%s\" is refused", mistakes[i].text);
        arena_free(arena);
    }
}

/* a(a(…(a)…)) with that many pairs. */
static const char *
nest(struct arena *arena, size_t pairs)
{
    char *text = arena_alloc(arena, 3 * pairs + 2);

    for (size_t i = 0; i < pairs; i++) {
        memcpy(text + 2 * i, "a(", 2);
        text[2 * pairs + 1 + i] = ')';
    }
    text[2 * pairs] = 'a';
    return text;
}

static void
bounds_the_depth(void)
{
    struct arena *arena = arena_new();
    struct list list;

    is_text(list_parse(arena, nest(arena, 16), &list), NULL,
            "16 parentheses may nest");
    is_text(list_parse(arena, nest(arena, 17), &list),
            "parentheses nest too deep", "17 may not");
    is_text(list_parse(arena, nest(arena, 100000), &list),
            "parentheses nest too deep", "nor do 100,000 harm");
    is_text(list_parse(arena,
                       "a(b), a(b), a(b), a(b), a(b), a(b), a(b), "
                       "a(b), a(b), a(b), a(b), a(b), a(b), a(b), "
                       "a(b), a(b), a(b), a(b)",
                       &list),
            NULL, "18 beside one another are not deep");
    is_int((int64_t)list.count, 18, "and all are there");
    arena_free(arena);
}

int
main(void)
{
    parses_lists();
    names_mistakes();
    bounds_the_depth();
    return done();
}
