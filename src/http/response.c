/* An answer, and how a problem becomes one. */
#include "http/response.h"

#include "base/json.h"
#include "base/metrics.h"

/* Kinds of problems: the path of their type, and their status. */
static const struct {
    const char *type;
    int status;
} kinds[PROBLEM_KINDS] = {
    [PROBLEM_NONE] = {"internal", 500},
    [PROBLEM_BAD_REQUEST] = {"bad-request", 400},
    [PROBLEM_UNAUTHORIZED] = {"unauthorized", 401},
    [PROBLEM_FORBIDDEN] = {"forbidden", 403},
    [PROBLEM_NOT_FOUND] = {"not-found", 404},
    [PROBLEM_METHOD_NOT_ALLOWED] = {"method-not-allowed", 405},
    [PROBLEM_CONFLICT] = {"conflict", 409},
    [PROBLEM_GONE] = {"gone", 410},
    [PROBLEM_PRECONDITION_FAILED] = {"precondition-failed", 412},
    [PROBLEM_CONTENT_TOO_LARGE] = {"content-too-large", 413},
    [PROBLEM_URI_TOO_LONG] = {"uri-too-long", 414},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {"unsupported-media-type", 415},
    [PROBLEM_VALIDATION] = {"validation", 422},
    [PROBLEM_PRECONDITION_REQUIRED] = {"precondition-required", 428},
    [PROBLEM_INTERNAL] = {"internal", 500},
    [PROBLEM_UNAVAILABLE] = {"unavailable", 503},
    [PROBLEM_TIMEOUT] = {"timeout", 504},
};

/* The reason phrases of RFC 9110, section 15, and of RFC 6585. */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

_Static_assert(sizeof reasons / sizeof reasons[0] < METRICS_STATUSES,
               "each status has a count, and all others one");

static const char *
reason_of(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

size_t
response_status_index(int status)
{
    size_t i = 0;

    while (i < sizeof reasons / sizeof reasons[0] &&
           reasons[i].status != status)
        i++;
    return i;
}

int
response_status_at(size_t index)
{
    return index < sizeof reasons / sizeof reasons[0] ? reasons[index].status
                                                      : 0;
}

void
response_reset(struct response *response)
{
    response->status = 200;
    response->content_type = "application/json";
    buffer_clear(&response->headers);
    buffer_clear(&response->body);
}

void
response_free(struct response *response)
{
    buffer_free(&response->headers);
    buffer_free(&response->body);
}

void
response_add_header(struct response *response, const char *name,
                    const char *value)
{
    struct buffer *headers = &response->headers;

    buffer_append_text(headers, name);
    buffer_append_text(headers, ": ");
    buffer_append_text(headers, value);
    buffer_append_text(headers, "\r\n");
}

static void
append_field(struct buffer *body, const struct problem_field *field)
{
    buffer_append_text(body, "{\"field\":");
    json_append_text(body, field->field);
    buffer_append_text(body, ",\"code\":");
    json_append_text(body, field->code);
    buffer_append_text(body, ",\"message\":");
    json_append_text(body, field->message);
    if (field->min)
        buffer_printf(body, ",\"min\":%s", field->min);
    if (field->max)
        buffer_printf(body, ",\"max\":%s", field->max);
    buffer_append_char(body, '}');
}

static void
append_fields(struct buffer *body, const struct problem *problem)
{
    if (problem->field_count == 0)
        return;
    buffer_append_text(body, ",\"errors\":[");
    for (size_t i = 0; i < problem->field_count; i++) {
        if (i > 0)
            buffer_append_char(body, ',');
        append_field(body, &problem->fields[i]);
    }
    buffer_append_char(body, ']');
}

/* What a NestJS application says: a list where fields are wrong. */
static void
append_nest(struct buffer *body, const struct problem *problem, int status)
{
    buffer_append_text(body, ",\"message\":");
    if (problem->field_count == 0) {
        json_append_text(body, problem->detail);
    } else {
        for (size_t i = 0; i < problem->field_count; i++) {
            const struct problem_field *field = &problem->fields[i];

            buffer_append_text(body, i == 0 ? "[" : ",");
            json_append_text(body, arena_printf(problem->arena, "%s: %s",
                                                field->field, field->message));
        }
        buffer_append_char(body, ']');
    }
    buffer_printf(body, ",\"error\":\"%s\",\"statusCode\":%d",
                  reason_of(status), status);
}

/* Clients of such an application know no 422. */
static int
status_of(const struct problem *problem, enum api_errors errors)
{
    if (errors == API_ERRORS_NEST && problem->kind == PROBLEM_VALIDATION)
        return kinds[PROBLEM_BAD_REQUEST].status;
    return kinds[problem->kind].status;
}

void
response_set_problem(struct response *response, const struct problem *problem,
                     enum api_errors errors, const char *request_id)
{
    struct buffer *body = &response->body;

    response->status = status_of(problem, errors);
    response->content_type = "application/problem+json";
    buffer_clear(body);
    buffer_printf(body, "{\"type\":\"/problems/%s\",\"title\":\"%s\"",
                  kinds[problem->kind].type, reason_of(response->status));
    buffer_printf(body, ",\"status\":%d,\"detail\":", response->status);
    json_append_text(body, problem->detail);
    buffer_append_text(body, ",\"requestId\":");
    json_append_text(body, request_id);
    append_fields(body, problem);
    if (errors == API_ERRORS_NEST)
        append_nest(body, problem, response->status);
    buffer_append_char(body, '}');
    response_add_header(response, "Cache-Control", "no-store");
    if (problem->kind == PROBLEM_UNAVAILABLE ||
        problem->kind == PROBLEM_TIMEOUT)
        response_add_header(response, "Retry-After", "2");
    if (problem->kind == PROBLEM_UNAUTHORIZED)
        response_add_header(response, "WWW-Authenticate", "Bearer");
}

void
response_write_head(const struct response *response, struct buffer *head)
{
    buffer_append_text(head, "Status: ");
    buffer_append_number(head, (uint64_t)response->status);
    buffer_append_char(head, ' ');
    buffer_append_text(head, reason_of(response->status));
    if (response->content_type) {
        buffer_append_text(head, "\r\nContent-Type: ");
        buffer_append_text(head, response->content_type);
        buffer_append_text(head, "\r\nContent-Length: ");
        buffer_append_number(head, response->body.length);
    }
    buffer_append_text(head, "\r\n");
    buffer_append(head, response->headers.data, response->headers.length);
    buffer_append_text(head, "\r\n");
}
