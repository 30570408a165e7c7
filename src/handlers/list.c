/* list: a page of rows, each with what is embedded in it, by one
 * statement. */
#include "base/buffer.h"
#include "handlers/ask.h"
#include "handlers/conditional.h"
#include "handlers/identity.h"
#include "handlers/links.h"
#include "handlers/read.h"

/* The rows of a page that ends at its cursor come from there. */
static void
render(const struct reading *reading, const struct ask *ask, size_t count,
       struct buffer *body)
{
    bool is_backward = ask->cursor && ask->cursor->is_backward;

    buffer_append_char(body, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(body, ',');
        shape_render(&reading->plan->shape, reading->rows,
                     is_backward ? count - 1 - i : i, body);
    }
    buffer_append_char(body, ']');
}

static void
add_total(struct exchange *exchange, const struct reading *reading)
{
    size_t total = reading->plan->frame.total;

    if (reading->ask && reading->ask->wants_count)
        response_add_header(exchange->response, "X-Total-Count",
                            db_value(reading->rows, 0, total));
}

int
handler_list(struct exchange *exchange)
{
    const struct ask unasked = ask_default(exchange->route);
    struct reading reading = {0};
    const struct ask *ask;
    size_t count, limit, shown;

    if (ask_read(exchange, &reading.ask) == -1 ||
        read_rows(exchange, &reading) == -1)
        return -1;
    ask = reading.ask ? reading.ask : &unasked;
    count = read_count(&reading);
    limit = (size_t)ask->limit;
    render(&reading, ask, count > limit ? limit : count,
           &exchange->response->body);
    shown = exchange->response->headers.length;
    links_add(exchange, ask, &reading, count);
    add_total(exchange, &reading);
    if (conditional_answer(exchange, NULL, shown) == -1)
        return -1;
    identity_add_cache_headers(exchange);
    return 0;
}
