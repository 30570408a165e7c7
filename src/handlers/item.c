/* item: one row by key, with what is embedded in it, by one statement. */
#include "handlers/ask.h"
#include "handlers/conditional.h"
#include "handlers/identity.h"
#include "handlers/path.h"
#include "handlers/read.h"

int
handler_item(struct exchange *exchange)
{
    struct reading reading = {0};

    if (ask_read(exchange, &reading.ask) == -1 ||
        read_rows(exchange, &reading) == -1)
        return -1;
    if (read_count(&reading) == 0)
        return path_missing(exchange);
    shape_render(&reading.plan->shape, reading.rows, 0,
                 &exchange->response->body);
    if (conditional_answer(exchange,
                           conditional_version(reading.plan, reading.rows),
                           exchange->response->headers.length) == -1)
        return -1;
    identity_add_cache_headers(exchange);
    return 0;
}
