/* The operators by which a column can be filtered. */
#include "config/operator.h"

#include <string.h>

static const char *const names[OPERATORS] = {
    [OPERATOR_EQ] = "eq",         [OPERATOR_NE] = "ne",
    [OPERATOR_LT] = "lt",         [OPERATOR_LTE] = "lte",
    [OPERATOR_GT] = "gt",         [OPERATOR_GTE] = "gte",
    [OPERATOR_IN] = "in",         [OPERATOR_NIN] = "nin",
    [OPERATOR_NULL] = "null",     [OPERATOR_CONTAINS] = "contains",
    [OPERATOR_STARTS] = "starts",
};

enum filter_operator
operator_parse(const char *name)
{
    int operation = 0;

    while (operation < OPERATORS && strcmp(names[operation], name) != 0)
        operation++;
    return (enum filter_operator)operation;
}

const char *
operator_name(enum filter_operator operation)
{
    return names[operation];
}

const char *
operator_list(struct arena *arena, unsigned operators)
{
    const char *list = "";

    for (int i = 0; i < OPERATORS; i++)
        if (operators & (1U << i))
            list = arena_printf(arena, "%s%s%s", list,
                                list[0] != '\0' ? ", " : "", names[i]);
    return list;
}
