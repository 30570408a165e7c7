/* Which query parameters a request may have, and what they may be. */
#include "http/query.h"

#include "tap.h"

static struct arena *arena;

static const char *const pages[] = {"limit", "offset", NULL};
static const char *const none[] = {NULL};

static const char *ignored[] = {"_", "utm_*", "gclid"};
static const struct api refusing = {
    .unknown_parameters = API_UNKNOWN_REFUSE,
    .ignored_parameters = ignored,
    .ignored_parameter_count = 3,
};
static const struct api lenient = {.unknown_parameters = API_UNKNOWN_IGNORE};

/* The problem as text: `field code message`, one a line, then the detail. */
static const char *
show(const struct problem *problem)
{
    const char *all = "";

    for (size_t i = 0; i < problem->field_count; i++) {
        const struct problem_field *field = &problem->fields[i];

        all = arena_printf(arena, "%s%s %s %s\n", all, field->field,
                           field->code, field->message);
    }
    return arena_printf(arena, "%s%s", all,
                        problem->detail ? problem->detail : "");
}

static struct request
parse(const char *query, int64_t most, struct problem *problem)
{
    struct request request = {.query = query};
    struct limits limits = {.parameters = most};

    problem_reset(problem, arena);
    request_parse_query(&request, arena, &limits, problem);
    return request;
}

static const char *
check(const char *query, const struct api *api, const char *const *allowed)
{
    struct problem problem;
    struct request request = parse(query, 50, &problem);
    int status = query_check(&request, api, allowed, &problem);

    if ((status == -1) != (problem.kind == PROBLEM_BAD_REQUEST))
        return "status and problem do not agree";
    return show(&problem);
}

/* `name=value|name=value` as decoded. */
static const char *
decode(const char *query)
{
    struct problem problem;
    struct request request = parse(query, 50, &problem);
    const char *all = "";

    if (problem.kind != PROBLEM_NONE)
        return show(&problem);
    for (size_t i = 0; i < request.parameter_count; i++)
        all = arena_printf(arena, "%s%s%s=%s", all, i > 0 ? "|" : "",
                           request.parameters[i].name,
                           request.parameters[i].value);
    return all;
}

static void
parses_queries(void)
{
    static const char malformed[] =
        "query malformed percent-encoded UTF-8 without NUL is expected\n"
        "the query is not well-formed";

    is_text(decode(""), "", "no query, no parameters");
    is_text(decode("a=1&b=2"), "a=1|b=2", "two parameters");
    is_text(decode("a&b="), "a=|b=", "no value and an empty one");
    is_text(decode("a=b=c"), "a=b=c", "the first equals sign counts");
    is_text(decode("&&a=1&&"), "a=1", "empty parts are nothing");
    is_text(decode("a+b=c+d"), "a b=c d", "plus is a blank");
    is_text(decode("a%26%3D=%2B"), "a&==+", "decoded after it is split");
    is_text(decode("=x"), "=x", "an empty name is a name");
    is_text(decode("a=%"), malformed, "a malformed value");
    is_text(decode("a=1&%zz=1"), malformed, "a malformed name");
    is_text(decode("a=%00"), malformed, "a NUL");
    is_text(decode("a=%ff"), malformed, "no UTF-8");
}

static void
bounds_the_count(void)
{
    struct problem problem;

    parse("a=1&b=2&c=3", 3, &problem);
    is_text(show(&problem), "", "three of three parameters");
    parse("a=1&b=2&c=3&d=4", 3, &problem);
    is_text(
        show(&problem),
        "query too_many at most 3 parameters\na query may have 3 parameters",
        "four of three");
}

static void
refuses_unknown_parameters(void)
{
    is_text(check("limit=1&offset=2", &refusing, pages), "",
            "what is allowed");
    is_text(check("limt=1", &refusing, pages),
            "limt unknown_parameter there is no such parameter; did you mean "
            "\"limit\"?; allowed: limit, offset\n1 parameter is wrong",
            "a misspelt one, with what was meant");
    is_text(check("x=1", &refusing, none),
            "x unknown_parameter no parameters are allowed here\n"
            "1 parameter is wrong",
            "where none are allowed");
    is_text(check("Limit=1", &lenient, pages), "", "unless they are ignored");
    is_text(check("x=1&limit=1&y=2", &refusing, none),
            "x unknown_parameter no parameters are allowed here\n"
            "limit unknown_parameter no parameters are allowed here\n"
            "y unknown_parameter no parameters are allowed here\n"
            "3 parameters are wrong",
            "all of them in one answer");
}

static void
ignores_patterns(void)
{
    is_text(check("_=1&utm_source=x&utm_=y&gclid=z", &refusing, none), "",
            "names and prefixes");
    ok(check("_a=1", &refusing, none)[0], "a name is no prefix");
    ok(check("gclid2=1", &refusing, none)[0], "nor is another");
    ok(check("utm=1", &refusing, none)[0], "a prefix must be there in full");
    ok(check("xutm_a=1", &refusing, none)[0], "and at the beginning");
    is_text(check("gclid=1&gclid=2", &refusing, none), "",
            "they may be repeated");
}

static void
refuses_repeated_parameters(void)
{
    is_text(check("limit=1&limit=1", &refusing, pages),
            "limit repeated_parameter can be given only once\n"
            "1 parameter is wrong",
            "also with the same value");
    is_text(check("limit=1&offset=1&limit=2", &lenient, pages),
            "limit repeated_parameter can be given only once\n"
            "1 parameter is wrong",
            "also where unknown ones are ignored");
    is_text(check("limit=1&%6Cimit=2", &refusing, pages),
            "limit repeated_parameter can be given only once\n"
            "1 parameter is wrong",
            "in whatever way it is written");
}

static const struct {
    const char *query;
    int64_t value; /* unless refused */
    const char *problem;
} integers[] = {
    {"", 20, ""},
    {"other=5", 20, ""},
    {"limit=1", 1, ""},
    {"limit=100", 100, ""},
    {"limit=007", 7, ""},
    {"limit=0", 0, "limit range between 1 and 100\n"},
    {"limit=101", 0, "limit range between 1 and 100\n"},
    {"limit=-1", 0, "limit range between 1 and 100\n"},
    {"limit=99999999999999999999", 0, "limit range between 1 and 100\n"},
    {"limit=-99999999999999999999", 0, "limit range between 1 and 100\n"},
    {"limit=", 0, "limit type a whole number is expected\n"},
    {"limit", 0, "limit type a whole number is expected\n"},
    {"limit=ten", 0, "limit type a whole number is expected\n"},
    {"limit=1.5", 0, "limit type a whole number is expected\n"},
    {"limit=+1", 0, "limit type a whole number is expected\n"},
    {"limit=%2B1", 0, "limit type a whole number is expected\n"},
    {"limit=1e1", 0, "limit type a whole number is expected\n"},
};

static void
reads_integers(void)
{
    const struct query_range range = {1, 100, 20};

    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        struct problem problem;
        struct request request = parse(integers[i].query, 50, &problem);
        int64_t value = 4711;
        int status =
            query_integer(&request, "limit", &range, &value, &problem);

        is_text(show(&problem), integers[i].problem, "\"%s\"",
                integers[i].query);
        is_int(status, integers[i].problem[0] ? -1 : 0, "and its status");
        if (status == 0)
            is_int(value, integers[i].value, "and its value");
    }
}

static void
tells_the_range(void)
{
    const struct query_range range = {1, 100, 20};
    struct problem problem;
    struct request request = parse("limit=0&offset=x", 50, &problem);
    int64_t value;

    query_integer(&request, "limit", &range, &value, &problem);
    query_integer(&request, "offset", &range, &value, &problem);
    is_int(problem_set_fields(&problem, PROBLEM_BAD_REQUEST, "parameter"), -1,
           "two mistakes are a problem");
    is_text(problem.detail, "2 parameters are wrong", "which counts them");
    ok(strcmp(problem.fields[0].min, "1") == 0 &&
           strcmp(problem.fields[0].max, "100") == 0,
       "the range is there for programs");
    ok(!problem.fields[1].min, "but not where the type is wrong");
}

int
main(void)
{
    arena = arena_new();
    parses_queries();
    bounds_the_count();
    refuses_unknown_parameters();
    ignores_patterns();
    refuses_repeated_parameters();
    reads_integers();
    tells_the_range();
    arena_free(arena);
    return done();
}
