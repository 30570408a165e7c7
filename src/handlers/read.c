/* What all handlers that read have in common. */
#include "handlers/read.h"

#include "handlers/ask.h"
#include "handlers/identity.h"
#include "handlers/path.h"

/* The parameters of the statement: those of the path, then who asks, then
 * what is asked for. */
static const char *const *
bind(struct exchange *exchange, const struct plan *plan)
{
    const char **values =
        arena_alloc(exchange->arena, (plan->type_count + 1) * sizeof *values);

    for (size_t i = 0; i < plan->parameter_count; i++)
        values[i] = exchange->values[i];
    if (plan->source == VIEWER_TOKEN)
        identity_bind(exchange, values + plan->parameter_count);
    for (size_t i = 0; i < plan->asked_count; i++)
        values[plan->type_count - plan->asked_count + i] = plan->asked[i];
    return values;
}

static const char *
frame_value(const struct reading *reading, size_t column)
{
    return db_value(reading->rows, 0, column);
}

size_t
read_count(const struct reading *reading)
{
    size_t count = db_row_count(reading->rows);

    if (count == 1 && reading->plan->has_frame &&
        !frame_value(reading, reading->plan->frame.key))
        return 0;
    return count;
}

/* In the order of the statuses: 401, 404, 403. */
static int
check_frame(struct exchange *exchange, const struct reading *reading)
{
    const struct plan_frame *frame = &reading->plan->frame;
    const char *allowed;

    if (frame->viewer != PLAN_NO_COLUMN &&
        !frame_value(reading, frame->viewer) && identity_lose(exchange) == -1)
        return -1;
    if (frame->parent != PLAN_NO_COLUMN &&
        !frame_value(reading, frame->parent))
        return path_missing(exchange);
    if (handler_rule(exchange->route->handler)->traits & HANDLER_BY_KEY)
        if (read_count(reading) == 0)
            return path_missing(exchange);
    if (frame->allowed == PLAN_NO_COLUMN)
        return 0;
    allowed = frame_value(reading, frame->allowed);
    if (allowed && allowed[0] == 't')
        return 0;
    return problem_set(exchange->problem, PROBLEM_FORBIDDEN,
                       "this account may not do this");
}

int
read_run(struct exchange *exchange, struct reading *reading)
{
    if (reading_run(exchange->session, exchange->arena, reading,
                    exchange->problem) == -1)
        return -1;
    return reading->plan->has_frame ? check_frame(exchange, reading) : 0;
}

int
read_rows(struct exchange *exchange, struct reading *reading)
{
    struct session *session = exchange->session;
    const struct catalog *catalog;

    reading->route = exchange->route;
    if (session_open(session, exchange->problem) == -1 ||
        identity_settle(exchange) == -1)
        return -1;
    if (!session_route(session, exchange->route, exchange->problem))
        return -1;
    catalog = session_program(session)->catalog;
    if (reading->ask && ask_check_types(exchange, catalog, reading->ask) == -1)
        return -1;
    reading->is_viewed = exchange->viewer.subject != NULL;
    if (reading_plan(session, exchange->arena, reading, exchange->problem) ==
            -1 ||
        path_check_types(exchange, reading->plan->parameters,
                         reading->plan->parameter_count) == -1 ||
        path_check_ranges(exchange, reading->plan->parameters,
                          reading->plan->parameter_count) == -1)
        return -1;
    reading->values = bind(exchange, reading->plan);
    return read_run(exchange, reading);
}
