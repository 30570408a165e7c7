/* What all handlers that read have in common. */
#include "handlers/read.h"

/* A value that its type does not take is a bad request. */
static int
check_types(struct exchange *exchange, const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++) {
        const struct plan_parameter *parameter = &plan->parameters[i];

        if (type_match(parameter->type, exchange->values[i]) == TYPE_MALFORMED)
            problem_add_field(exchange->problem, parameter->json_name, "type",
                              "%s is expected", type_noun(parameter->type));
    }
    if (exchange->problem->field_count == 0)
        return 0;
    return problem_set(exchange->problem, PROBLEM_BAD_REQUEST,
                       "a value in the path is not of its type");
}

/* A whole number that no row can have is a row that is not there. */
static int
check_ranges(struct exchange *exchange, const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (type_match(plan->parameters[i].type, exchange->values[i]) ==
            TYPE_BEYOND)
            return problem_set(exchange->problem, PROBLEM_NOT_FOUND,
                               "there is nothing with this key");
    return 0;
}

int
read_rows(struct exchange *exchange, const struct page *page,
          struct reading *reading)
{
    struct session *session = exchange->session;

    *reading = (struct reading){
        .route = exchange->route, .values = exchange->values, .page = page};
    if (session_open(session, exchange->problem) == -1)
        return -1;
    reading->plan = session_plan(session, exchange->route, exchange->problem);
    if (!reading->plan || check_types(exchange, reading->plan) == -1 ||
        check_ranges(exchange, reading->plan) == -1)
        return -1;
    return session_read(session, exchange->arena, reading, exchange->problem);
}
