/* Requests as they come over FastCGI, by hand-made records. */
#include "http/request.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/fcgi.h"

#include "tap.h"

/* A listener without a name in the file system. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_length;

static const struct limits limits = {.uri_bytes = 256, .parameters = 50};

static int
listen_somewhere(void)
{
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    address_length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) ||
        listen(listener, 5) ||
        getsockname(listener, (struct sockaddr *)&address, &address_length))
        abort();
    return listener;
}

static void
append_record(struct buffer *out, char type, const void *data, size_t length)
{
    char header[8] = {1, type, 0, 1, (char)(length >> 8), (char)length, 0, 0};

    buffer_append(out, header, sizeof header);
    buffer_append(out, data, length);
}

/* Sends a request with these parameters: NAME, value, …, NULL. */
static int
send_request(const char *const *parameters)
{
    static const char begin[8] = {0, 1};
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct buffer params = {0}, out = {0};

    for (; *parameters; parameters += 2) {
        size_t length = strlen(parameters[1]);
        char sizes[5] = {(char)strlen(parameters[0]), (char)0x80,
                         (char)(length >> 16), (char)(length >> 8),
                         (char)length};

        buffer_append(&params, sizes, sizeof sizes);
        buffer_append_text(&params, parameters[0]);
        buffer_append_text(&params, parameters[1]);
    }
    append_record(&out, 1, begin, sizeof begin);
    append_record(&out, 4, params.data, params.length);
    append_record(&out, 4, NULL, 0);
    append_record(&out, 5, NULL, 0);
    if (connect(client, (struct sockaddr *)&address, address_length) ||
        write(client, out.data, out.length) != (ssize_t)out.length)
        abort();
    buffer_free(&params);
    buffer_free(&out);
    return client;
}

/* `METHOD segment|segment?query`, or the detail of the problem. */
static const char *
show(struct arena *arena, const struct request *request,
     const struct problem *problem)
{
    const char *all;

    if (problem->kind != PROBLEM_NONE)
        return problem->detail;
    all = arena_printf(
        arena, "%s%s",
        request->method == METHOD_NONE ? "none" : method_name(request->method),
        request->is_head      ? "(HEAD) "
        : request->is_options ? "(OPTIONS) "
                              : " ");
    for (size_t i = 0; i < request->segment_count; i++)
        all = arena_printf(arena, "%s%s%s", all, i > 0 ? "|" : "",
                           request->segments[i]);
    return arena_printf(arena, "%s?%s", all, request->query);
}

static void
reads(struct fcgi *fcgi, const char *what, const char *const *parameters,
      const char *expected)
{
    struct arena *arena = arena_new();
    struct problem problem = {.arena = arena};
    struct request request;
    int client = send_request(parameters);

    if (ok(fcgi_accept(fcgi) == FCGI_ACCEPTED, "accepted: %s", what)) {
        int status = request_read(&request, arena, fcgi, &limits, &problem);

        is_text(show(arena, &request, &problem), expected, "%s", what);
        ok((status == -1) == (problem.kind != PROBLEM_NONE),
           "status and problem agree");
        ok(request.path && request.id && request.id[0],
           "path and id are there");
    }
    fcgi_close(fcgi);
    close(client);
    arena_free(arena);
}

#define GET "REQUEST_METHOD", "GET"

static const struct {
    const char *what;
    const char *parameters[7];
    const char *expected;
} examples[] = {
    {"a path", {GET, "DOCUMENT_URI", "/films/7"}, "GET films|7?"},
    {"the root", {GET, "DOCUMENT_URI", "/"}, "GET ?"},
    {"a slash at the end", {GET, "DOCUMENT_URI", "/films/7/"}, "GET films|7?"},
    {"two slashes", {GET, "DOCUMENT_URI", "/films//7"}, "GET films||7?"},
    {"a query",
     {GET, "DOCUMENT_URI", "/a", "QUERY_STRING", "b=%20"},
     "GET a?b=%20"},
    {"HEAD", {"REQUEST_METHOD", "HEAD", "DOCUMENT_URI", "/a"}, "GET(HEAD) a?"},
    {"OPTIONS",
     {"REQUEST_METHOD", "OPTIONS", "DOCUMENT_URI", "/a"},
     "none(OPTIONS) a?"},
    {"a method in another case",
     {"REQUEST_METHOD", "get", "DOCUMENT_URI", "/a"},
     "none a?"},
    {"no method", {"DOCUMENT_URI", "/a"}, "none a?"},
    {"DOCUMENT_URI is decoded already",
     {GET, "DOCUMENT_URI", "/100%41"},
     "GET 100%41?"},
    {"REQUEST_URI is not",
     {GET, "REQUEST_URI", "/a%20b/c?d=%41"},
     "GET a b|c?"},
    {"DOCUMENT_URI goes first",
     {GET, "REQUEST_URI", "/a", "DOCUMENT_URI", "/b"},
     "GET b?"},
    {"a malformed path",
     {GET, "REQUEST_URI", "/%zz"},
     "the path is not well-formed"},
    {"no path", {GET}, "the path is not well-formed"},
    {"a path without a slash",
     {"DOCUMENT_URI", "a"},
     "the path is not well-formed"},
};

static void
reads_requests(struct fcgi *fcgi)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        reads(fcgi, examples[i].what, examples[i].parameters,
              examples[i].expected);
}

/* Path and query together may have 256 bytes. */
static void
bounds_the_length(struct fcgi *fcgi)
{
    static const char refusal[] = "path and query may have 256 bytes together";
    char query[257];
    char expected[300];

    memset(query, 'q', sizeof query);
    query[254] = '\0';
    snprintf(expected, sizeof expected, "GET a?%s", query);
    reads(fcgi, "256 bytes",
          (const char *[]){GET, "DOCUMENT_URI", "/a", "QUERY_STRING", query,
                           NULL},
          expected);
    query[254] = 'q';
    query[255] = '\0';
    reads(fcgi, "257 bytes",
          (const char *[]){GET, "DOCUMENT_URI", "/a", "QUERY_STRING", query,
                           NULL},
          refusal);
}

static void
takes_ids(struct fcgi *fcgi, const char *id, bool is_taken)
{
    struct arena *arena = arena_new();
    struct problem problem = {.arena = arena};
    struct request request;
    int client = send_request(
        (const char *[]){GET, "DOCUMENT_URI", "/", "REQUEST_ID", id, NULL});

    if (ok(fcgi_accept(fcgi) == FCGI_ACCEPTED, "accepted: an id")) {
        request_read(&request, arena, fcgi, &limits, &problem);
        ok((strcmp(request.id, id) == 0) == is_taken, "\"%s\" is %s", id,
           is_taken ? "an id" : "replaced");
        if (!is_taken)
            is_int((int64_t)strlen(request.id), 32, "by 32 digits");
    }
    fcgi_close(fcgi);
    close(client);
    arena_free(arena);
}

static void
tells_who_hung_up(struct fcgi *fcgi)
{
    static const char *const parameters[] = {GET, "DOCUMENT_URI", "/", NULL};
    int client = send_request(parameters);

    is_int(fcgi_accept(fcgi), FCGI_ACCEPTED, "accepted: one that waits");
    fcgi_drain(fcgi);
    ok(!fcgi_is_abandoned(fcgi), "a client that waits is there");
    close(client);
    ok(fcgi_is_abandoned(fcgi), "one that hung up is not");
    fcgi_close(fcgi);
    is_int(fcgi_accept(fcgi), FCGI_NOTHING, "nobody waits: nothing");
}

int
main(void)
{
    int listener = listen_somewhere();
    struct fcgi *fcgi;

    signal(SIGPIPE, SIG_IGN);
    ok(fcgi_is_listener(listener), "a listening socket is one");
    ok(!fcgi_is_listener(STDERR_FILENO), "another descriptor is none");
    fcgi = fcgi_new(listener);
    reads_requests(fcgi);
    bounds_the_length(fcgi);
    takes_ids(fcgi, "abc-DEF_1.2", true);
    takes_ids(fcgi, "a b", false);
    takes_ids(fcgi, "", false);
    takes_ids(fcgi, "a\"b", false);
    takes_ids(fcgi,
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aa",
              false);
    tells_who_hung_up(fcgi);
    fcgi_free(fcgi);
    close(listener);
    return done();
}
