/* list: a page of rows, each with what is embedded in it, by one
 * statement. */
#include <inttypes.h>

#include "base/buffer.h"
#include "handlers/handler.h"
#include "handlers/identity.h"
#include "handlers/read.h"
#include "http/query.h"

/* Far more than anybody pages through; keeps offset + limit in range. */
#define OFFSET_MAX INT64_C(1000000000000)

/* What `?limit=` and `?offset=` ask for; all mistakes in one answer. */
static int
read_page(struct exchange *exchange, struct ask *ask)
{
    static const char *const allowed[] = {"limit", "offset", NULL};
    const struct request *request = exchange->request;
    const struct route *route = exchange->route;
    const struct query_range limits = {1, route->limit_max, route->limit};
    const struct query_range offsets = {0, OFFSET_MAX, 0};

    query_integer(request, "limit", &limits, &ask->limit, exchange->problem);
    query_integer(request, "offset", &offsets, &ask->offset,
                  exchange->problem);
    return query_check(request, &exchange->config->api, allowed,
                       exchange->problem);
}

/* Where the neighbours of this page are (RFC 8288). The references have no
 * path, and so mean the one that was asked for. */
static void
add_links(struct response *response, const struct ask *ask, size_t count)
{
    bool has_next = count > (size_t)ask->limit;
    struct buffer links = {0};
    int64_t before = ask->offset > ask->limit ? ask->offset - ask->limit : 0;

    if (has_next)
        buffer_printf(&links,
                      "<?limit=%" PRId64 "&offset=%" PRId64 ">; rel=\"next\"",
                      ask->limit, ask->offset + ask->limit);
    /* From beyond the end there is no page to go back to. */
    if (ask->offset > 0 && count > 0)
        buffer_printf(
            &links, "%s<?limit=%" PRId64 "&offset=%" PRId64 ">; rel=\"prev\"",
            has_next ? ", " : "", ask->limit, before);
    if (links.length > 0)
        response_add_header(response, "Link", "%s", buffer_text(&links));
    buffer_free(&links);
}

static void
render(const struct reading *reading, size_t count, struct buffer *body)
{
    buffer_append_char(body, '[');
    for (size_t row = 0; row < count; row++) {
        if (row > 0)
            buffer_append_char(body, ',');
        shape_render(&reading->plan->shape, reading->rows, row, body);
    }
    buffer_append_char(body, ']');
}

int
handler_list(struct exchange *exchange)
{
    struct response *response = exchange->response;
    struct ask ask = ask_default(exchange->route);
    struct reading reading = {0};
    size_t count, limit;

    if (read_page(exchange, &ask) == -1)
        return -1;
    if (ask.offset > 0 || ask.limit != exchange->route->limit)
        reading.ask = &ask;
    if (read_rows(exchange, &reading) == -1)
        return -1;
    count = read_count(&reading);
    limit = (size_t)ask.limit;
    render(&reading, count > limit ? limit : count, &response->body);
    add_links(response, &ask, count);
    identity_add_cache_headers(exchange);
    return 0;
}
