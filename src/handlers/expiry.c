/* How long the web server may keep an answer. */
#include "handlers/expiry.h"

#include <inttypes.h>

/* A cookie or a token that the route does not look at might still tell
 * somebody apart for what stands before the worker. */
static bool
is_for_all(const struct exchange *exchange)
{
    return exchange->route->cache_ms > 0 && !exchange->request->cookie &&
           !exchange->request->authorization && !exchange->viewer.is_lost;
}

/* A second less: nginx counts whole ones, and shows it until the last ends. */
void
expiry_add(struct exchange *exchange)
{
    if (exchange->response->status == 200 && is_for_all(exchange))
        response_add_header(
            exchange->response, "X-Accel-Expires",
            arena_printf(exchange->arena, "%" PRId64,
                         exchange->route->cache_ms / 1000 - 1));
}

/* The second one of 1970: no answer is kept without a time, and this one has
 * passed. */
void
expiry_add_missing(struct exchange *exchange)
{
    if (is_for_all(exchange))
        response_add_header(exchange->response, "X-Accel-Expires", "@1");
}
