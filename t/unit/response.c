/* Answers, and how a problem becomes one. */
#include "http/response.h"

#include "tap.h"

static const struct {
    enum problem_kind kind;
    int status;
    const char *start;
} kinds[] = {
    {PROBLEM_BAD_REQUEST, 400,
     "{\"type\":\"/problems/bad-request\",\"title\":\"Bad Request\","
     "\"status\":400,"},
    {PROBLEM_NOT_FOUND, 404,
     "{\"type\":\"/problems/not-found\",\"title\":\"Not Found\","
     "\"status\":404,"},
    {PROBLEM_METHOD_NOT_ALLOWED, 405,
     "{\"type\":\"/problems/method-not-allowed\","
     "\"title\":\"Method Not Allowed\",\"status\":405,"},
    {PROBLEM_UNAUTHORIZED, 401,
     "{\"type\":\"/problems/unauthorized\",\"title\":\"Unauthorized\","
     "\"status\":401,"},
    {PROBLEM_FORBIDDEN, 403,
     "{\"type\":\"/problems/forbidden\",\"title\":\"Forbidden\","
     "\"status\":403,"},
    {PROBLEM_CONFLICT, 409,
     "{\"type\":\"/problems/conflict\",\"title\":\"Conflict\","
     "\"status\":409,"},
    {PROBLEM_CONTENT_TOO_LARGE, 413,
     "{\"type\":\"/problems/content-too-large\","
     "\"title\":\"Content Too Large\",\"status\":413,"},
    {PROBLEM_UNSUPPORTED_MEDIA_TYPE, 415,
     "{\"type\":\"/problems/unsupported-media-type\","
     "\"title\":\"Unsupported Media Type\",\"status\":415,"},
    {PROBLEM_VALIDATION, 422,
     "{\"type\":\"/problems/validation\","
     "\"title\":\"Unprocessable Content\",\"status\":422,"},
    {PROBLEM_URI_TOO_LONG, 414,
     "{\"type\":\"/problems/uri-too-long\",\"title\":\"URI Too Long\","
     "\"status\":414,"},
    {PROBLEM_GONE, 410,
     "{\"type\":\"/problems/gone\",\"title\":\"Gone\",\"status\":410,"},
    {PROBLEM_PRECONDITION_FAILED, 412,
     "{\"type\":\"/problems/precondition-failed\","
     "\"title\":\"Precondition Failed\",\"status\":412,"},
    {PROBLEM_PRECONDITION_REQUIRED, 428,
     "{\"type\":\"/problems/precondition-required\","
     "\"title\":\"Precondition Required\",\"status\":428,"},
    {PROBLEM_INTERNAL, 500,
     "{\"type\":\"/problems/internal\","
     "\"title\":\"Internal Server Error\",\"status\":500,"},
    {PROBLEM_UNAVAILABLE, 503,
     "{\"type\":\"/problems/unavailable\","
     "\"title\":\"Service Unavailable\",\"status\":503,"},
    {PROBLEM_TIMEOUT, 504,
     "{\"type\":\"/problems/timeout\",\"title\":\"Gateway Timeout\","
     "\"status\":504,"},
};

static void
gives_kinds_their_status(void)
{
    struct arena *arena = arena_new();
    struct response response = {0};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct problem problem = {.arena = arena};
        const char *expected =
            arena_printf(arena, "%s\"detail\":\"why\",\"requestId\":\"id-1\"}",
                         kinds[i].start);

        response_reset(&response);
        problem_set(&problem, kinds[i].kind, "%s", "why");
        response_set_problem(&response, &problem, API_ERRORS_PROBLEM, "id-1");
        is_int(response.status, kinds[i].status, "status %d", kinds[i].status);
        is_text(buffer_text(&response.body), expected, "its body");
        is_text(response.content_type, "application/problem+json", "its type");
    }
    is_int(sizeof kinds / sizeof kinds[0], PROBLEM_KINDS - 1,
           "that was every kind");
    response_free(&response);
    arena_free(arena);
}

static void
lists_fields(void)
{
    struct arena *arena = arena_new();
    struct problem problem = {.arena = arena};
    struct response response = {0};
    struct problem_field *field;

    field = problem_add_field(&problem, "limit", "range", "%d to %d", 1, 100);
    field->min = "-1";
    field->max = "9223372036854775807";
    problem_add_field(&problem, "a \"b\"", "type", "<\n>");
    problem_set(&problem, PROBLEM_BAD_REQUEST, "a \"detail\"");
    response_set_problem(&response, &problem, API_ERRORS_PROBLEM, NULL);
    is_text(buffer_text(&response.body),
            "{\"type\":\"/problems/bad-request\",\"title\":\"Bad Request\","
            "\"status\":400,\"detail\":\"a \\\"detail\\\"\","
            "\"requestId\":null,\"errors\":["
            "{\"field\":\"limit\",\"code\":\"range\","
            "\"message\":\"1 to 100\",\"min\":-1,"
            "\"max\":9223372036854775807},"
            "{\"field\":\"a \\\"b\\\"\",\"code\":\"type\","
            "\"message\":\"<\\n>\"}]}",
            "fields, ranges, and everything escaped");
    response_free(&response);
    arena_free(arena);
}

static void
keeps_the_first_problem(void)
{
    struct arena *arena = arena_new();
    struct problem problem;

    problem_reset(&problem, arena);
    is_int(problem_set(&problem, PROBLEM_NOT_FOUND, "first"), -1,
           "setting a problem fails");
    is_int(problem_set(&problem, PROBLEM_INTERNAL, "second"), -1,
           "so does setting another");
    is_int((int64_t)problem.kind, PROBLEM_NOT_FOUND, "the first kind stays");
    is_text(problem.detail, "first", "and its detail");
    problem_add_field(&problem, "f", "type", "m");
    problem_reset(&problem, arena);
    ok(problem.kind == PROBLEM_NONE && !problem.detail &&
           problem.field_count == 0,
       "nothing is left when it is reset");
    arena_free(arena);
}

static const char *
head_of(struct arena *arena, const struct response *response)
{
    struct buffer head = {0};
    const char *text;

    response_write_head(response, &head);
    text = arena_strdup(arena, buffer_text(&head));
    buffer_free(&head);
    return text;
}

static void
writes_heads(void)
{
    struct arena *arena = arena_new();
    struct problem problem = {.arena = arena};
    struct response response = {0};

    response_reset(&response);
    buffer_append_text(&response.body, "{}");
    response_add_header(&response, "X-A", "7");
    response_add_header(&response, "X-B", "c");
    is_text(head_of(arena, &response),
            "Status: 200 OK\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\nX-A: 7\r\nX-B: c\r\n\r\n",
            "headers in the order of their coming");
    problem_set(&problem, PROBLEM_UNAVAILABLE, "d");
    response_set_problem(&response, &problem, API_ERRORS_PROBLEM, "i");
    ok(strstr(head_of(arena, &response), "\r\nRetry-After: "),
       "503 says when to try again");
    ok(strstr(head_of(arena, &response), "\r\nX-A: 7\r\n"),
       "headers stay with a problem");
    response_reset(&response);
    response.status = 204;
    response.content_type = NULL;
    is_text(head_of(arena, &response), "Status: 204 No Content\r\n\r\n",
            "no body, no type and no length; nothing is left of before");
    response_free(&response);
    arena_free(arena);
}

int
main(void)
{
    gives_kinds_their_status();
    lists_fields();
    keeps_the_first_problem();
    writes_heads();
    return done();
}
