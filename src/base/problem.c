/* What went wrong with a request. */
#include "base/problem.h"

#include <stdarg.h>

void
problem_reset(struct problem *problem, struct arena *arena)
{
    *problem = (struct problem){.arena = arena};
}

int
problem_set(struct problem *problem, enum problem_kind kind,
            const char *format, ...)
{
    va_list args;

    if (problem->kind != PROBLEM_NONE)
        return -1;
    va_start(args, format);
    problem->kind = kind;
    problem->detail = arena_vprintf(problem->arena, format, args);
    va_end(args);
    return -1;
}

int
problem_set_fields(struct problem *problem, enum problem_kind kind,
                   const char *noun)
{
    size_t count = problem->field_count;

    if (count == 0)
        return 0;
    return problem_set(problem, kind,
                       count == 1 ? "%zu %s is wrong" : "%zu %ss are wrong",
                       count, noun);
}

struct problem_field *
problem_add_field(struct problem *problem, const char *field, const char *code,
                  const char *format, ...)
{
    struct problem_field *added;
    va_list args;

    if (problem->field_count >= PROBLEM_FIELDS_MAX)
        return arena_alloc(problem->arena, sizeof *added);
    problem->fields =
        arena_push(problem->arena, problem->fields, problem->field_count,
                   sizeof *problem->fields);
    added = &problem->fields[problem->field_count++];
    va_start(args, format);
    *added = (struct problem_field){
        .field = arena_strdup(problem->arena, field),
        .code = code,
        .message = arena_vprintf(problem->arena, format, args),
    };
    va_end(args);
    return added;
}
