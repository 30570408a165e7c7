/* item: one row by key, with what is embedded in it, by one statement. */
#include "handlers/handler.h"
#include "handlers/identity.h"
#include "handlers/read.h"
#include "http/query.h"

int
handler_item(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};
    struct response *response = exchange->response;
    struct reading reading = {0};

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1)
        return -1;
    if (read_rows(exchange, &reading) == -1)
        return -1;
    if (read_count(&reading) == 0)
        return problem_set(exchange->problem, PROBLEM_NOT_FOUND,
                           "there is nothing with this key");
    shape_render(&reading.plan->shape, reading.rows, 0, &response->body);
    identity_add_cache_headers(exchange);
    return 0;
}
