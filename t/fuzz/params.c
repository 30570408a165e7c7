/*
 * Parameters of FastCGI: an input is lines of NAME=value, which come as such
 * to a listener. What is read of them is a request or a problem, and the
 * cookie is looked for.
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "auth/cookie.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "http/request.h"

#define URI_BYTES 256

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_length;

/* Without a name in the file system. */
static struct fcgi *
listen_somewhere(void)
{
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    address_length = sizeof address;
    must(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) ==
         0);
    must(listen(listener, 5) == 0);
    must(getsockname(listener, (struct sockaddr *)&address, &address_length) ==
         0);
    signal(SIGPIPE, SIG_IGN);
    return fcgi_new(listener);
}

static void
append_record(struct buffer *out, char type, const char *data, size_t length)
{
    char header[8] = {1, type, 0, 1, (char)(length >> 8), (char)length, 0, 0};

    buffer_append(out, header, sizeof header);
    buffer_append(out, data, length);
}

static void
append_size(struct buffer *out, size_t size)
{
    char bytes[4] = {(char)(0x80 | size >> 24), (char)(size >> 16),
                     (char)(size >> 8), (char)size};

    buffer_append(out, bytes, sizeof bytes);
}

/* Lines without a name are none. */
static void
append_pairs(struct buffer *out, char *text)
{
    char *line;

    while ((line = strsep(&text, "\n"))) {
        size_t name_length = strcspn(line, "=");
        const char *value = line + name_length;

        if (name_length == 0)
            continue;
        value += *value == '=';
        append_size(out, name_length);
        append_size(out, strlen(value));
        buffer_append(out, line, name_length);
        buffer_append_text(out, value);
    }
}

static int
send_request(char *text)
{
    static const char begin[8] = {0, 1};
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct buffer pairs = {0}, out = {0};

    append_pairs(&pairs, text);
    append_record(&out, 1, begin, sizeof begin);
    if (pairs.length > 0)
        append_record(&out, 4, pairs.data, pairs.length);
    append_record(&out, 4, "", 0);
    append_record(&out, 5, "", 0);
    must(connect(client, (struct sockaddr *)&address, address_length) == 0);
    must(write(client, out.data, out.length) == (ssize_t)out.length);
    buffer_free(&pairs);
    buffer_free(&out);
    return client;
}

static void
check(struct fcgi *fcgi, struct arena *arena)
{
    const struct limits limits = {.uri_bytes = URI_BYTES,
                                  .parameters = 8,
                                  .body_bytes = 16,
                                  .json_depth = 4};
    struct problem problem;
    struct request request;
    int status;

    problem_reset(&problem, arena);
    status = request_read(&request, arena, fcgi, &limits, &problem);
    must((status == -1) == (problem.kind != PROBLEM_NONE));
    must(request.id && request.id[0] != '\0' && strlen(request.id) <= 64);
    must(request.path != NULL && request.query != NULL);
    cookie_find(arena, request.cookie, "Authentication");
    if (status == -1)
        return;
    must(strlen(request.query) <= URI_BYTES && request.path[0] == '/');
    for (size_t i = 0; i < request.segment_count; i++)
        must(!strchr(request.segments[i], '/'));
    request_check_type(&request, &problem);
    request_read_body(&request, arena, fcgi, &limits, &problem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fcgi *fcgi;
    struct arena *arena = arena_new();
    int client;

    if (!fcgi)
        fcgi = listen_somewhere();
    client = send_request(arena_strndup(arena, (const char *)data, size));
    if (fcgi_accept(fcgi) == FCGI_ACCEPTED)
        check(fcgi, arena);
    fcgi_close(fcgi);
    close(client);
    arena_free(arena);
    return 0;
}
