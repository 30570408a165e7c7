/* Where the neighbours of a page are. */
#include "handlers/links.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "handlers/ask.h"
#include "handlers/cursor.h"
#include "http/uri.h"

/* The links in the making. */
struct links {
    struct exchange *exchange;
    const struct ask *ask;
    const struct reading *reading;
    struct buffer text;
};

/* Where a page begins: each link says so itself. */
static bool
is_place(const char *name)
{
    return strcmp(name, "offset") == 0 || strcmp(name, "after") == 0 ||
           strcmp(name, "before") == 0;
}

/* `</path?…`, with all parameters that count but the place. */
static void
append_address(struct links *links)
{
    const struct request *request = links->exchange->request;
    struct arena *arena = links->exchange->arena;
    size_t count = 0;

    buffer_append_text(&links->text, links->text.length > 0 ? ", <" : "<");
    for (size_t i = 0; i < request->segment_count; i++)
        buffer_printf(&links->text, "/%s",
                      uri_encode_segment(arena, request->segments[i]));
    if (request->segment_count == 0)
        buffer_append_char(&links->text, '/');
    for (size_t i = 0; i < request->parameter_count; i++) {
        const struct parameter *parameter = &request->parameters[i];

        if (is_place(parameter->name) ||
            !ask_takes(links->exchange, parameter->name))
            continue;
        buffer_printf(&links->text, "%c%s=%s", count++ > 0 ? '&' : '?',
                      uri_encode_query(arena, parameter->name),
                      uri_encode_query(arena, parameter->value));
    }
    buffer_append_text(&links->text, count > 0 ? "&" : "?");
}

static void
append_relation(struct links *links, const char *relation)
{
    char *text = links->text.data;

    /* The last of the address, if nothing follows it. */
    if (strchr("?&", text[links->text.length - 1]))
        links->text.length--;
    buffer_printf(&links->text, ">; rel=\"%s\"", relation);
}

static void
add_offset(struct links *links, const char *relation, int64_t offset)
{
    append_address(links);
    buffer_printf(&links->text, "offset=%" PRId64, offset);
    append_relation(links, relation);
}

static void
add_cursor(struct links *links, const char *relation, const char *parameter,
           size_t row)
{
    const struct reading *reading = links->reading;
    const struct order *order = &reading->plan->order;
    struct exchange *exchange = links->exchange;
    const char **values =
        arena_alloc(exchange->arena, (order->count + 1) * sizeof *values);

    for (size_t i = 0; i < order->count; i++)
        values[i] = db_value(reading->rows, row, order->keys[i].place);
    append_address(links);
    buffer_printf(&links->text, "%s=%s", parameter,
                  cursor_encode(exchange->arena,
                                cursor_fingerprint(exchange, links->ask),
                                values, order->count));
    append_relation(links, relation);
}

static void
add_first(struct links *links)
{
    append_address(links);
    append_relation(links, "first");
}

/* From beyond the end there is no page to go back to. */
static void
add_by_offset(struct links *links, size_t count)
{
    const struct ask *ask = links->ask;
    int64_t before = ask->offset > ask->limit ? ask->offset - ask->limit : 0;

    if (count > (size_t)ask->limit)
        add_offset(links, "next", ask->offset + ask->limit);
    if (ask->offset > 0 && count > 0)
        add_offset(links, "prev", before);
    if (ask->offset > 0)
        add_first(links);
}

/* Rows of a page that ends at its cursor are fetched from there. */
static void
add_by_cursor(struct links *links, size_t count)
{
    const struct ask *ask = links->ask;
    const size_t limit = (size_t)ask->limit;
    const size_t far = (count > limit ? limit : count) - 1;
    bool is_backward = ask->cursor && ask->cursor->is_backward;

    if (count > 0 && (is_backward || count > limit))
        add_cursor(links, "next", "after", is_backward ? 0 : far);
    if (count > 0 && ask->cursor && (!is_backward || count > limit))
        add_cursor(links, "prev", "before", is_backward ? far : 0);
    if (ask->cursor)
        add_first(links);
}

void
links_add(struct exchange *exchange, const struct ask *ask,
          const struct reading *reading, size_t count)
{
    struct links links = {exchange, ask, reading, {0}};

    if (request_parameter(exchange->request, "offset"))
        add_by_offset(&links, count);
    else
        add_by_cursor(&links, count);
    if (links.text.length > 0)
        response_add_header(exchange->response, "Link",
                            buffer_text(&links.text));
    buffer_free(&links.text);
}
