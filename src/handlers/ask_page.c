/* The order and the page of a list, and what it searches. */
#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "base/suggest.h"
#include "handlers/ask.h"
#include "handlers/cursor.h"
#include "http/query.h"

/* Far more than anybody pages through; keeps offset + limit in range. */
#define OFFSET_MAX INT64_C(1000000000000)

static const char *
parameter(const struct asking *asking, const char *name)
{
    return request_parameter(asking->exchange->request, name);
}

/* --- sort ------------------------------------------------------------ */

static const struct column_path *
find_sortable(const struct route *route, const char *name)
{
    for (size_t i = 0; i < route->sortable_count; i++)
        if (strcmp(route->sortable[i].json_name, name) == 0)
            return &route->sortable[i];
    return NULL;
}

static void
refuse_sort(const struct asking *asking, const char *name)
{
    const struct route *route = asking->exchange->route;
    struct problem *problem = asking->exchange->problem;
    struct suggestion suggestion = suggest_start(name);
    struct buffer list = {0};

    for (size_t i = 0; i < route->sortable_count; i++) {
        suggest_offer(&suggestion, route->sortable[i].json_name);
        buffer_printf(&list, "%s%s", i > 0 ? ", " : "",
                      route->sortable[i].json_name);
    }
    problem_add_field(problem, "sort", "unknown_field",
                      "there is no order by \"%s\"%s; allowed: %s", name,
                      suggest_clause(problem->arena, &suggestion),
                      buffer_text(&list));
    buffer_free(&list);
}

static bool
is_sorted_by(const struct ask *ask, const struct column_path *path)
{
    for (size_t i = 0; i < ask->sort_count; i++)
        if (ask->sort[i].path.json_name == path->json_name)
            return true;
    return false;
}

static void
add_sort(struct asking *asking, struct sort_key *keys, const char *text)
{
    struct ask *ask = &asking->ask;
    bool is_descending = text[0] == '-';
    const struct column_path *path =
        find_sortable(asking->exchange->route, text + is_descending);

    if (!path)
        refuse_sort(asking, text + is_descending);
    else if (is_sorted_by(ask, path))
        problem_add_field(asking->exchange->problem, "sort",
                          "repeated_parameter", "\"%s\" is there twice",
                          path->json_name);
    else
        keys[ask->sort_count++] =
            (struct sort_key){.path = *path, .is_descending = is_descending};
}

static void
read_sort(struct asking *asking)
{
    const char *text = parameter(asking, "sort");
    struct arena *arena = asking->exchange->arena;
    struct ask *ask = &asking->ask;
    struct sort_key *keys;
    const char **names;
    size_t count;

    if (!text || asking->exchange->route->sortable_count == 0)
        return;
    names = ask_split(arena, text, &count);
    keys = arena_alloc(arena, (count + 1) * sizeof *keys);
    asking->is_default = false;
    ask->is_ranked = false;
    ask->sort = keys;
    ask->sort_count = 0;
    if (count == 0)
        refuse_sort(asking, "");
    for (size_t i = 0; i < count; i++)
        add_sort(asking, keys, names[i]);
}

/* --- page ------------------------------------------------------------ */

static void
read_numbers(struct asking *asking)
{
    struct exchange *exchange = asking->exchange;
    const struct route *route = exchange->route;
    const struct query_range limits = {1, route->limit_max, route->limit};
    const struct query_range offsets = {0, OFFSET_MAX, 0};

    query_integer(exchange->request, "limit", &limits, &asking->ask.limit,
                  exchange->problem);
    query_integer(exchange->request, "offset", &offsets, &asking->ask.offset,
                  exchange->problem);
    if (asking->ask.limit != route->limit || asking->ask.offset > 0)
        asking->is_default = false;
}

static void
read_count(struct asking *asking)
{
    const char *text = parameter(asking, "count");

    if (!text)
        return;
    asking->is_default = false;
    asking->ask.wants_count = true;
    if (strcmp(text, "exact") != 0)
        problem_add_field(asking->exchange->problem, "count", "one_of",
                          "\"exact\" is expected");
}

/* More words are nobody's search: ranking takes the time of them all, and a
 * row of hyphens is as deep as it is long. */
#define SEARCH_WORDS_MAX 32

static bool
is_of_word(char character)
{
    return isalnum((unsigned char)character) || (character & 0x80);
}

/* Runs of letters and digits, and hyphens that stand in front of one, or of
 * nothing: each of them is an operand or an operator. */
static size_t
count_words(const char *text)
{
    size_t count = 0;
    bool is_inside = false;

    for (; *text; text++) {
        bool was_inside = is_inside;

        is_inside = is_of_word(*text);
        count += !was_inside && (is_inside || *text == '-');
    }
    return count;
}

static void
check_search(struct asking *asking, const char *text)
{
    struct problem *problem = asking->exchange->problem;

    if (text[strspn(text, " \t\r\n")] == '\0')
        problem_add_field(problem, "q", "min_length",
                          "at least one word is expected");
    else if (count_words(text) > SEARCH_WORDS_MAX)
        problem_add_field(problem, "q", "max_length", "at most %d words",
                          SEARCH_WORDS_MAX);
}

/* The best match first, unless the request says otherwise. */
static void
read_search(struct asking *asking)
{
    const char *text = parameter(asking, "q");

    if (!text || !asking->exchange->route->search)
        return;
    asking->is_default = false;
    asking->ask.search = text;
    asking->ask.is_ranked = true;
    asking->ask.sort_count = 0;
    check_search(asking, text);
}

/* A page begins at one place. */
static void
check_places(struct asking *asking)
{
    static const char *const names[] = {"offset", "after", "before"};
    const char *first = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!parameter(asking, names[i]))
            continue;
        if (first)
            problem_add_field(asking->exchange->problem, names[i], "conflict",
                              "cannot be given with %s", first);
        else
            first = names[i];
    }
}

void
ask_read_page(struct asking *asking)
{
    read_numbers(asking);
    read_count(asking);
    read_search(asking);
    read_sort(asking);
    check_places(asking);
}

void
ask_read_cursor(struct asking *asking)
{
    struct exchange *exchange = asking->exchange;
    const char *after = parameter(asking, "after");
    const char *text = after ? after : parameter(asking, "before");
    struct ask_cursor *cursor;

    if (!text)
        return;
    asking->is_default = false;
    cursor = arena_alloc(exchange->arena, sizeof *cursor);
    cursor->is_backward = !after;
    cursor->values = cursor_decode(exchange->arena,
                                   cursor_fingerprint(exchange, &asking->ask),
                                   text, &cursor->count);
    asking->ask.cursor = cursor;
    if (!cursor->values)
        ask_refuse_cursor(cursor, exchange->problem);
}
