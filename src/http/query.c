/* Which query parameters a request may have. */
#include "http/query.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/number.h"
#include "base/suggest.h"

static bool
is_ignored(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->ignored_parameter_count; i++) {
        const char *pattern = api->ignored_parameters[i];
        size_t length = strcspn(pattern, "*");

        if (pattern[length] == '*' ? strncmp(pattern, name, length) == 0
                                   : strcmp(pattern, name) == 0)
            return true;
    }
    return false;
}

static bool
is_allowed(const char *const *allowed, const char *name)
{
    for (; *allowed; allowed++)
        if (strcmp(*allowed, name) == 0)
            return true;
    return false;
}

/* "there is no such parameter; did you mean "limit"? Known are: …" */
static void
refuse_unknown(const char *const *allowed, const char *name,
               struct problem *problem)
{
    struct suggestion suggestion = suggest_start(name);
    struct buffer known = {0};

    for (size_t i = 0; allowed[i]; i++) {
        suggest_offer(&suggestion, allowed[i]);
        buffer_printf(&known, "%s%s", i > 0 ? ", " : "", allowed[i]);
    }
    if (known.length > 0)
        problem_add_field(problem, name, "unknown_parameter",
                          "there is no such parameter%s; allowed: %s",
                          suggest_clause(problem->arena, &suggestion),
                          buffer_text(&known));
    else
        problem_add_field(problem, name, "unknown_parameter",
                          "no parameters are allowed here");
    buffer_free(&known);
}

static bool
is_repeated(const struct request *request, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(request->parameters[i].name,
                   request->parameters[index].name) == 0)
            return true;
    return false;
}

void
query_check_parameter(const struct request *request, const struct api *api,
                      size_t index, const char *const *allowed,
                      struct problem *problem)
{
    const char *name = request->parameters[index].name;

    if (is_allowed(allowed, name)) {
        if (is_repeated(request, index))
            problem_add_field(problem, name, "repeated_parameter",
                              "can be given only once");
    } else if (api->unknown_parameters == API_UNKNOWN_REFUSE &&
               !is_ignored(api, name)) {
        refuse_unknown(allowed, name, problem);
    }
}

int
query_check(const struct request *request, const struct api *api,
            const char *const *allowed, struct problem *problem)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        query_check_parameter(request, api, i, allowed, problem);
    return problem_set_fields(problem, PROBLEM_BAD_REQUEST, "parameter");
}

int
query_integer(const struct request *request, const char *name,
              const struct query_range *range, int64_t *value,
              struct problem *problem)
{
    const char *text = request_parameter(request, name);
    enum number_status status = NUMBER_OK;
    struct problem_field *field;

    *value = range->fallback;
    if (text)
        status = number_parse(text, value);
    if (status == NUMBER_MALFORMED) {
        problem_add_field(problem, name, "type", "a whole number is expected");
        return -1;
    }
    if (status == NUMBER_OK && *value >= range->min && *value <= range->max)
        return 0;
    field = problem_add_field(problem, name, "range",
                              "between %" PRId64 " and %" PRId64, range->min,
                              range->max);
    field->min = arena_printf(problem->arena, "%" PRId64, range->min);
    field->max = arena_printf(problem->arena, "%" PRId64, range->max);
    return -1;
}
