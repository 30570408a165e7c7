/* From FastCGI parameters to a request. */
#include "http/request.h"

#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/number.h"
#include "http/uri.h"

#define ID_MAX 64

/* The parameters that matter, as they came. */
struct raw {
    const char *method;
    const char *document_uri; /* normalised and decoded by nginx */
    const char *request_uri;  /* as the client wrote it */
    const char *query;
    const char *id;
    const char *content_length;
    const char *content_type;
    const char *cookie;
    const char *authorization;
    const char *origin;
    const char *sec_fetch_site;
    const char *idempotency_key;
    const char *if_match;
    const char *if_none_match;
    const char *remote_address;
};

/* What becomes of a parameter that comes again. */
enum repeated {
    REPEATED_FIRST, /* the first counts */
    REPEATED_NONE,  /* of two, neither is the one: both are none */
    REPEATED_LIST,  /* lines of a list are one list (RFC 9110, section 5.3) */
};

#define WANTED(name, member, repeated)                                 \
    {                                                                  \
        name, sizeof(name) - 1, offsetof(struct raw, member), repeated \
    }

static const struct {
    const char *name;
    size_t name_length;
    size_t offset;
    enum repeated repeated;
} wanted[] = {
    WANTED("CONTENT_LENGTH", content_length, REPEATED_FIRST),
    WANTED("CONTENT_TYPE", content_type, REPEATED_FIRST),
    WANTED("DOCUMENT_URI", document_uri, REPEATED_FIRST),
    WANTED("HTTP_AUTHORIZATION", authorization, REPEATED_FIRST),
    WANTED("HTTP_COOKIE", cookie, REPEATED_FIRST),
    WANTED("HTTP_IDEMPOTENCY_KEY", idempotency_key, REPEATED_NONE),
    WANTED("HTTP_IF_MATCH", if_match, REPEATED_LIST),
    WANTED("HTTP_IF_NONE_MATCH", if_none_match, REPEATED_LIST),
    WANTED("HTTP_ORIGIN", origin, REPEATED_FIRST),
    WANTED("HTTP_SEC_FETCH_SITE", sec_fetch_site, REPEATED_FIRST),
    WANTED("QUERY_STRING", query, REPEATED_FIRST),
    WANTED("REMOTE_ADDR", remote_address, REPEATED_FIRST),
    WANTED("REQUEST_ID", id, REPEATED_FIRST),
    WANTED("REQUEST_METHOD", method, REPEATED_FIRST),
    WANTED("REQUEST_URI", request_uri, REPEATED_FIRST),
};

/* The parameters so far, and where their texts live. */
struct keeper {
    struct arena *arena;
    struct raw raw;
};

static const char *
join(struct arena *arena, const char *first, const char *next,
     enum repeated repeated)
{
    switch (repeated) {
    case REPEATED_FIRST:
        return first;
    case REPEATED_NONE:
        return ",";
    case REPEATED_LIST:
        return arena_printf(arena, "%s, %s", first, next);
    }
    return first;
}

static void
keep_parameter(void *context, const char *name, size_t name_length,
               const char *value)
{
    struct keeper *keeper = context;

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char **member =
            (const char **)((char *)&keeper->raw + wanted[i].offset);

        if (wanted[i].name_length == name_length &&
            memcmp(wanted[i].name, name, name_length) == 0)
            *member = *member ? join(keeper->arena, *member, value,
                                     wanted[i].repeated)
                              : value;
    }
}

/* An id that the server in front did not give is made up. */
static const char *
make_id(struct arena *arena)
{
    unsigned char bytes[16] = {0};
    char *id = arena_alloc(arena, 2 * sizeof bytes + 1);

    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) == -1)
        return "none";
    for (size_t i = 0; i < sizeof bytes; i++) {
        id[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    return id;
}

static bool
is_id(const char *id)
{
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    return length > 0 && length <= ID_MAX && id[length] == '\0';
}

static void
set_method(struct request *request, const char *name)
{
    request->method_name = name;
    request->is_head = strcmp(name, "HEAD") == 0;
    request->is_options = strcmp(name, "OPTIONS") == 0;
    request->method = request->is_head ? METHOD_GET : method_parse(name);
}

/* The path without the query, decoded if nobody did that before. */
static int
set_path(struct request *request, struct arena *arena, const struct raw *raw,
         struct problem *problem)
{
    const char *path = raw->document_uri;

    if (!path && raw->request_uri)
        path = uri_decode(arena, raw->request_uri,
                          strcspn(raw->request_uri, "?"), URI_PATH);
    request->path = path ? path : "/";
    if (path && path[0] == '/')
        return 0;
    return problem_set(problem, PROBLEM_BAD_REQUEST,
                       "the path is not well-formed");
}

/* `/films/7/` is films and 7: a slash at the end makes no difference. */
static void
split_path(struct request *request, struct arena *arena)
{
    const char *at = request->path;

    while (*at == '/' && at[1] != '\0') {
        size_t length = strcspn(at + 1, "/");

        request->segments =
            arena_push(arena, request->segments, request->segment_count,
                       sizeof *request->segments);
        request->segments[request->segment_count++] =
            arena_strndup(arena, at + 1, length);
        at += 1 + length;
    }
}

static int
check_length(const struct raw *raw, const struct limits *limits,
             struct problem *problem)
{
    const char *path =
        raw->document_uri ? raw->document_uri : raw->request_uri;
    size_t length = (path ? strlen(path) : 0) + strlen(raw->query);

    if (length <= (size_t)limits->uri_bytes)
        return 0;
    return problem_set(problem, PROBLEM_URI_TOO_LONG,
                       "path and query may have %lld bytes together",
                       (long long)limits->uri_bytes);
}

/* A header that is there and empty says nothing. */
static const char *
present(const char *value)
{
    return value && value[0] != '\0' ? value : NULL;
}

/* What is no length is more than any limit allows. */
static int64_t
parse_length(const char *text)
{
    int64_t length = 0;

    if (!present(text))
        return 0;
    return number_parse(text, &length) == NUMBER_OK && length >= 0 ? length
                                                                   : INT64_MAX;
}

int
request_read(struct request *request, struct arena *arena, struct fcgi *fcgi,
             const struct limits *limits, struct problem *problem)
{
    struct keeper keeper = {.arena = arena};
    struct raw raw;

    fcgi_each_parameter(fcgi, keep_parameter, &keeper);
    raw = keeper.raw;
    raw.query = raw.query ? raw.query : "";
    *request = (struct request){
        .query = raw.query,
        .content_type = present(raw.content_type),
        .cookie = present(raw.cookie),
        .authorization = present(raw.authorization),
        .origin = present(raw.origin),
        .sec_fetch_site = present(raw.sec_fetch_site),
        .remote_address = present(raw.remote_address),
        .idempotency_key = raw.idempotency_key,
        .if_match = raw.if_match,
        .if_none_match = raw.if_none_match,
        .content_length = parse_length(raw.content_length),
    };
    request->id = raw.id && is_id(raw.id) ? raw.id : make_id(arena);
    set_method(request, raw.method ? raw.method : "");
    if (set_path(request, arena, &raw, problem) == -1)
        return -1;
    if (check_length(&raw, limits, problem) == -1)
        return -1;
    split_path(request, arena);
    return 0;
}

int
request_read_body(struct request *request, struct arena *arena,
                  struct fcgi *fcgi, const struct limits *limits,
                  struct problem *problem)
{
    char *body;

    if (request->content_length > limits->body_bytes) {
        fcgi_drain(fcgi);
        return problem_set(problem, PROBLEM_CONTENT_TOO_LARGE,
                           "a body may have %lld bytes",
                           (long long)limits->body_bytes);
    }
    body = arena_alloc(arena, (size_t)request->content_length + 1);
    request->body = body;
    request->body_length =
        fcgi_read(fcgi, body, (size_t)request->content_length);
    fcgi_drain(fcgi);
    if (request->body_length == (size_t)request->content_length)
        return 0;
    return problem_set(problem, PROBLEM_BAD_REQUEST,
                       "the body is shorter than its Content-Length");
}

int
request_check_type(const struct request *request, struct problem *problem)
{
    static const char *const types[] = {"application/json",
                                        "application/merge-patch+json"};
    const char *type = request->content_type ? request->content_type : "";
    size_t length = strcspn(type, "; \t");

    if (request->content_length == 0)
        return 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strlen(types[i]) == length &&
            strncasecmp(types[i], type, length) == 0)
            return 0;
    return problem_set(problem, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                       "the body must be application/json or "
                       "application/merge-patch+json");
}

static int
refuse_malformed(struct problem *problem)
{
    problem_set(problem, PROBLEM_BAD_REQUEST, "the query is not well-formed");
    problem_add_field(problem, "query", "malformed",
                      "percent-encoded UTF-8 without NUL is expected");
    return -1;
}

/* `name=value`, `name=` or `name`. */
static int
add_parameter(struct request *request, struct arena *arena, const char *text,
              size_t length, struct problem *problem)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals ? (size_t)(equals - text) : length;
    size_t value_at = equals ? name_length + 1 : length;
    struct parameter parameter = {
        .name = uri_decode(arena, text, name_length, URI_QUERY),
        .value =
            uri_decode(arena, text + value_at, length - value_at, URI_QUERY),
    };

    if (!parameter.name || !parameter.value)
        return refuse_malformed(problem);
    request->parameters =
        arena_push(arena, request->parameters, request->parameter_count,
                   sizeof *request->parameters);
    request->parameters[request->parameter_count++] = parameter;
    return 0;
}

int
request_parse_query(struct request *request, struct arena *arena,
                    const struct limits *limits, struct problem *problem)
{
    const char *at = request->query;

    while (*at) {
        size_t length = strcspn(at, "&");

        if (request->parameter_count == (size_t)limits->parameters) {
            problem_set(problem, PROBLEM_BAD_REQUEST,
                        "a query may have %lld parameters",
                        (long long)limits->parameters);
            problem_add_field(problem, "query", "too_many",
                              "at most %lld parameters",
                              (long long)limits->parameters);
            return -1;
        }
        if (length > 0 &&
            add_parameter(request, arena, at, length, problem) == -1)
            return -1;
        at += length + (at[length] == '&');
    }
    return 0;
}

const char *
request_parameter(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (strcmp(request->parameters[i].name, name) == 0)
            return request->parameters[i].value;
    return NULL;
}
