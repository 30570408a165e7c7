/* log_out: the browser forgets its cookie, whether it was valid or not. */
#include "handlers/handler.h"
#include "handlers/identity.h"
#include "http/query.h"

int
handler_log_out(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1)
        return -1;
    exchange->response->content_type = NULL;
    identity_clear(exchange);
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    return 0;
}
