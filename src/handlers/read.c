/* What all handlers that read have in common. */
#include "handlers/read.h"

/* A value that its type does not take is a bad request; a whole number that
 * no row can have is a row that is not there. */
static int
check_value(struct exchange *exchange, const struct plan_parameter *parameter,
            const char *value)
{
    switch (type_match(parameter->type, value)) {
    case TYPE_MATCHES:
        break;
    case TYPE_MALFORMED:
        problem_set(exchange->problem, PROBLEM_BAD_REQUEST,
                    "a value in the path is not of its type");
        problem_add_field(exchange->problem, parameter->json_name, "type",
                          "%s is expected", type_noun(parameter->type));
        return -1;
    case TYPE_BEYOND:
        return problem_set(exchange->problem, PROBLEM_NOT_FOUND,
                           "there is nothing with this key");
    }
    return 0;
}

static int
check_values(struct exchange *exchange, const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (check_value(exchange, &plan->parameters[i], exchange->values[i]) ==
            -1)
            return -1;
    return 0;
}

int
read_rows(struct exchange *exchange, const struct page *page,
          struct reading *reading)
{
    const struct plan *plan;

    *reading = (struct reading){
        .route = exchange->route, .values = exchange->values, .page = page};
    if (session_open(exchange->session, exchange->problem) == -1)
        return -1;
    plan = session_plan(exchange->session, exchange->route, exchange->problem);
    if (!plan || check_values(exchange, plan) == -1)
        return -1;
    return session_read(exchange->session, exchange->arena, reading,
                        exchange->problem);
}
