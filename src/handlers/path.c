/* The values of the path against the types of their columns. */
#include "handlers/path.h"

#include "handlers/expiry.h"

int
path_missing(struct exchange *exchange)
{
    expiry_add_missing(exchange);
    return problem_set(exchange->problem, PROBLEM_NOT_FOUND,
                       "there is nothing with this key");
}

int
path_check_types(struct exchange *exchange,
                 const struct plan_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct plan_parameter *parameter = &parameters[i];

        if (type_match(parameter->type, exchange->values[i]) == TYPE_MALFORMED)
            problem_add_field(exchange->problem, parameter->json_name, "type",
                              "%s is expected", type_noun(parameter->type));
    }
    if (exchange->problem->field_count == 0)
        return 0;
    return problem_set(exchange->problem, PROBLEM_BAD_REQUEST,
                       "a value in the path is not of its type");
}

int
path_check_ranges(struct exchange *exchange,
                  const struct plan_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (type_match(parameters[i].type, exchange->values[i]) == TYPE_BEYOND)
            return path_missing(exchange);
    return 0;
}
