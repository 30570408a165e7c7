/* health: that the worker answers, and, where the route says so, that its
 * database does. Routes that do not fit the database do not make the site
 * unready: they are named instead. */
#include "base/json.h"
#include "handlers/handler.h"
#include "http/query.h"

static void
render_disabled(const struct program *program, struct buffer *body)
{
    buffer_append_text(body, "{\"status\":\"degraded\",\"disabled\":[");
    for (size_t i = 0; i < program->disabled_count; i++) {
        if (i > 0)
            buffer_append_char(body, ',');
        json_append_text(body, program->disabled[i]->name);
    }
    buffer_append_text(body, "]}");
}

int
handler_health(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};
    struct buffer *body = &exchange->response->body;
    const struct program *program = NULL;

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1)
        return -1;
    if (exchange->route->needs_database) {
        if (session_probe(exchange->session, exchange->arena, exchange->route,
                          exchange->problem) == -1)
            return -1;
        program = session_program(exchange->session);
    }
    if (program && program->disabled_count > 0)
        render_disabled(program, body);
    else
        buffer_append_text(body, "{\"status\":\"ok\"}");
    response_add_header(exchange->response, "Cache-Control", "no-cache");
    return 0;
}
