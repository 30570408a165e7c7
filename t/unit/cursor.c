/* Cursors go round, and nothing but what was made is taken. */
#include "handlers/cursor.h"

#include "tap.h"

#define FINGERPRINT UINT64_C(0x0123456789abcdef)

static struct arena *arena;

/* The values as text, `,` between them; NULL is `-`. */
static const char *
show(const char *const *values, size_t count)
{
    const char *all = "";

    if (!values)
        return NULL;
    for (size_t i = 0; i < count; i++)
        all = arena_printf(arena, "%s%s%s", all, i > 0 ? "," : "",
                           values[i] ? values[i] : "-");
    return all;
}

static const char *
decode(uint64_t fingerprint, const char *text)
{
    size_t count;
    const char **values = cursor_decode(arena, fingerprint, text, &count);

    return show(values, count);
}

static void
goes_round(const char *const *values, size_t count, const char *name)
{
    const char *text = cursor_encode(arena, FINGERPRINT, values, count);
    size_t found = 0;
    const char **decoded = cursor_decode(arena, FINGERPRINT, text, &found);

    is_int((int64_t)found, (int64_t)count, "%s: as many", name);
    if (!ok(decoded != NULL, "%s: is taken", name) || found != count)
        return;
    for (size_t i = 0; i < count; i++)
        is_text(decoded[i], values[i], "%s: value %zu", name, i + 1);
    is_int((int64_t)strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                 "qrstuvwxyz0123456789-_"),
           (int64_t)strlen(text), "%s: needs no encoding in an address", name);
}

static void
values_go_round(void)
{
    char longest[3001];

    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    goes_round((const char *[]){"7"}, 1, "a number");
    goes_round((const char *[]){NULL}, 1, "NULL");
    goes_round((const char *[]){""}, 1, "an empty text");
    goes_round((const char *[]){NULL, "", NULL, "7"}, 4, "both");
    goes_round((const char *[]){"-", "+1:x", ":"}, 3, "its own syntax");
    goes_round((const char *[]){"\xc3\xbc\xf0\x9f\x98\x80", "\n\t\"\\"}, 2,
               "more than ASCII");
    goes_round((const char *[]){"2026-01-01 12:00:00.000001+00", longest}, 2,
               "a long text");
}

static void
an_empty_one_is_none(void)
{
    is_text(decode(FINGERPRINT, cursor_encode(arena, FINGERPRINT, NULL, 0)),
            NULL, "no values");
    is_text(decode(FINGERPRINT, ""), NULL, "no text");
    is_text(decode(FINGERPRINT, "!"), NULL, "no base64url");
    is_text(decode(FINGERPRINT, "AAAAAAAAAAAA"), NULL, "a wrong hash");
}

/* Each byte of the text as each other byte, and each length but its own. */
static void
changes_are_noticed(void)
{
    const char *values[] = {"Ann", NULL, "17"};
    const char *text = cursor_encode(arena, FINGERPRINT, values, 3);
    size_t length = strlen(text);
    int taken = 0;

    is_text(decode(FINGERPRINT, text), "Ann,-,17", "as it was made");
    for (size_t at = 0; at < length; at++)
        for (int byte = 1; byte < 256; byte++) {
            char *changed = arena_strdup(arena, text);

            changed[at] = (char)byte;
            if (changed[at] != text[at])
                taken += decode(FINGERPRINT, changed) != NULL;
        }
    is_int(taken, 0, "no byte can be another");
    for (size_t at = 0; at < length; at++)
        taken += decode(FINGERPRINT, arena_strndup(arena, text, at)) != NULL;
    is_int(taken, 0, "no end can be missing");
    is_text(decode(FINGERPRINT, arena_printf(arena, "%sA", text)), NULL,
            "nothing can follow");
    is_text(decode(FINGERPRINT, arena_printf(arena, "%s%s", text, text)), NULL,
            "nor can another one");
}

static void
belongs_to_what_was_asked(void)
{
    const char *text =
        cursor_encode(arena, FINGERPRINT, (const char *[]){"7"}, 1);
    int taken = 0;

    for (int bit = 0; bit < 64; bit++)
        taken += decode(FINGERPRINT ^ UINT64_C(1) << bit, text) != NULL;
    is_int(taken, 0, "another fingerprint");
    is_text(decode(0, text), NULL, "none");
}

/* --- fingerprints ---------------------------------------------------- */

static const struct filterable year = {.path.json_name = "year"};
static const struct filterable title = {.path.json_name = "title"};
static const struct sort_key by_year = {.path.json_name = "year"};
static const struct sort_key by_year_down = {.path.json_name = "year",
                                             .is_descending = true};

static uint64_t
fingerprint(const char *route, const char *value, struct ask ask)
{
    struct route of = {.name = route, .parameter_count = 1};
    struct exchange exchange = {
        .arena = arena, .route = &of, .values = (const char *[]){value}};

    return cursor_fingerprint(&exchange, &ask);
}

static void
tells_apart(void)
{
    struct ask_filter filters[] = {
        {.filterable = &year, .operation = OPERATOR_EQ, .text = "1999"},
        {.filterable = &title, .operation = OPERATOR_EQ, .text = "1999"},
        {.filterable = &year, .operation = OPERATOR_NE, .text = "1999"},
        {.filterable = &year, .operation = OPERATOR_EQ, .text = "1998"},
    };
    uint64_t all[] = {
        fingerprint("a", "1", (struct ask){0}),
        fingerprint("b", "1", (struct ask){0}),
        fingerprint("a", "2", (struct ask){0}),
        fingerprint("a", "1", (struct ask){.sort = &by_year, .sort_count = 1}),
        fingerprint("a", "1",
                    (struct ask){.sort = &by_year_down, .sort_count = 1}),
        fingerprint("a", "1", (struct ask){.search = "dog"}),
        fingerprint("a", "1", (struct ask){.search = "cat"}),
        fingerprint("a", "1",
                    (struct ask){.search = "dog", .is_ranked = true}),
        fingerprint("a", "1", (struct ask){.filters = filters, 1}),
        fingerprint("a", "1", (struct ask){.filters = filters + 1, 1}),
        fingerprint("a", "1", (struct ask){.filters = filters + 2, 1}),
        fingerprint("a", "1", (struct ask){.filters = filters + 3, 1}),
        fingerprint("a", "1", (struct ask){.filters = filters, 2}),
    };
    const size_t count = sizeof all / sizeof all[0];
    int same = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            same += all[i] == all[k];
    is_int(same, 0, "route, path, order, search and filters count");
}

static void
does_not_mind(void)
{
    struct ask_filter there[] = {
        {.filterable = &year, .operation = OPERATOR_EQ, .text = "1999"},
        {.filterable = &title, .operation = OPERATOR_EQ, .text = "x"},
    };
    struct ask_filter back[] = {there[1], there[0]};

    ok(fingerprint("a", "1", (struct ask){.filters = there, 2}) ==
           fingerprint("a", "1", (struct ask){.filters = back, 2}),
       "the order of filters does not");
    ok(fingerprint("a", "1", (struct ask){.limit = 5, .wants_count = true}) ==
           fingerprint("a", "1", (struct ask){.limit = 7}),
       "nor do limit and count");
}

int
main(void)
{
    arena = arena_new();
    values_go_round();
    an_empty_one_is_none();
    changes_are_noticed();
    belongs_to_what_was_asked();
    tells_apart();
    does_not_mind();
    arena_free(arena);
    return done();
}
