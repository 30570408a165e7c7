/*
 * What Byline is measured against: the least that answers an article with its
 * author and the author's address, and lists of articles with their authors,
 * with libfcgi and libpq and nothing else. One resource, no configuration, no
 * checks.
 *
 *   bare plain|limit SOCKET WORKERS CONNINFO <statements.sql
 *
 * plain finishes a request by FCGX_Finish_r, as everybody does; limit closes
 * the connection itself, without a wait for nginx to hang up first.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcgiapp.h>
#include <libpq-fe.h>

#define BACKLOG 1024
#define BODY_MAX 262144
#define STATEMENTS_MAX 65536

enum form {
    NUMBER,
    STRING,
    TIME,
    ADDRESS, /* the key of one, which may be missing */
    JSON,
};

struct field {
    const char *before;
    enum form form;
};

/* The columns of each statement, in their order. */
/* clang-format off */
#define ARTICLE                               \
    {"{\"id\":", NUMBER},                     \
    {",\"title\":", STRING},                  \
    {",\"content\":", STRING},                \
    {",\"authorId\":", NUMBER},               \
    {",\"publishedAt\":", TIME},              \
    {",\"createdAt\":", TIME},                \
    {",\"updatedAt\":", TIME},                \
    {",\"author\":{\"id\":", NUMBER},         \
    {",\"email\":null,\"name\":", STRING},    \
    {",\"addressId\":", NUMBER}
/* clang-format on */

static const struct field item_fields[] = {
    ARTICLE,
    {",\"phoneNumber\":null,\"address\":", ADDRESS},
    {",\"street\":null,\"city\":", STRING},
    {",\"country\":", STRING},
};

static const struct field list_fields[] = {ARTICLE};

static const struct field embed_fields[] = {
    ARTICLE,
    {",\"phoneNumber\":null},\"categories\":", JSON},
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define END_OF_AUTHOR ",\"phoneNumber\":null}}"

/* What is asked: the statement's name, the query that asks for it (NULL: the
 * path has an id), and how a row ends. */
static const struct route {
    const char *name;
    const char *query;
    const struct field *fields;
    int count;
    const char *end;
} routes[] = {
    {"item", NULL, item_fields, COUNT(item_fields), "}}}"},
    {"list20", "", list_fields, COUNT(list_fields), END_OF_AUTHOR},
    {"list100", "limit=100", list_fields, COUNT(list_fields), END_OF_AUTHOR},
    {"embed", "with=author,categories", embed_fields, COUNT(embed_fields),
     "}"},
};

static int is_limit;
static char body[BODY_MAX];
static size_t body_length;

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

/* --- JSON ------------------------------------------------------------ */

static void
add(const char *text, size_t length)
{
    if (length > sizeof body - body_length)
        exit(1);
    memcpy(body + body_length, text, length);
    body_length += length;
}

static void
add_text(const char *text)
{
    add(text, strlen(text));
}

static void
add_escape(unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {
        '\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

    if (byte == '"' || byte == '\\')
        add((char[]){'\\', (char)byte}, 2);
    else if (byte == '\n')
        add("\\n", 2);
    else
        add(escape, sizeof escape);
}

static void
add_string(const char *text, size_t length)
{
    size_t start = 0;

    add("\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        add(text + start, i - start);
        add_escape(byte);
        start = i + 1;
    }
    add(text + start, length - start);
    add("\"", 1);
}

/* 2026-01-31 12:00:00+00 becomes 2026-01-31T12:00:00+00:00. */
static void
add_time(const char *text, size_t length)
{
    add("\"", 1);
    add(text, 10);
    add("T", 1);
    add(text + 11, length - 11);
    add(":00\"", 4);
}

static void
add_value(enum form form, const char *text, size_t length)
{
    switch (form) {
    case STRING:
        add_string(text, length);
        break;
    case TIME:
        add_time(text, length);
        break;
    case ADDRESS:
        add_text("{\"id\":");
        add(text, length);
        break;
    case NUMBER:
    case JSON:
        add(text, length);
        break;
    }
}

static void
add_row(const struct route *route, const PGresult *rows, int row)
{
    for (int i = 0; i < route->count; i++) {
        add_text(route->fields[i].before);
        if (!PQgetisnull(rows, row, i)) {
            add_value(route->fields[i].form, PQgetvalue(rows, row, i),
                      (size_t)PQgetlength(rows, row, i));
            continue;
        }
        add_text("null");
        if (route->fields[i].form == ADDRESS) {
            add_text("}}");
            return;
        }
    }
    add_text(route->end);
}

static void
make_body(const struct route *route, const PGresult *rows)
{
    body_length = 0;
    add_text(route->query ? "[" : "");
    for (int i = 0; i < PQntuples(rows); i++) {
        add_text(i > 0 ? "," : "");
        add_row(route, rows, i);
    }
    add_text(route->query ? "]" : "");
}

/* --- one worker ------------------------------------------------------ */

static void
put_text(FCGX_Stream *out, const char *text)
{
    FCGX_PutStr(text, (int)strlen(text), out);
}

static void
put_number(FCGX_Stream *out, size_t number)
{
    char digits[20];
    int at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    FCGX_PutStr(digits + at, (int)sizeof digits - at, out);
}

static const struct route *
find_route(const char *id, const char *query)
{
    if (id)
        return &routes[0];
    for (int i = 1; i < COUNT(routes); i++) {
        if (strcmp(query, routes[i].query) == 0)
            return &routes[i];
    }
    return NULL;
}

static void
answer(FCGX_Request *request, PGconn *connection)
{
    const char *path = FCGX_GetParam("DOCUMENT_URI", request->envp);
    const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *id = slash && slash > path ? slash + 1 : NULL;
    const struct route *route = find_route(id, query ? query : "");
    PGresult *rows = NULL;
    char ignored[4096];

    if (route)
        rows = PQexecPrepared(connection, route->name, id ? 1 : 0, &id, NULL,
                              NULL, 0);
    while (FCGX_GetStr(ignored, sizeof ignored, request->in) == sizeof ignored)
        ;
    if (PQresultStatus(rows) == PGRES_TUPLES_OK && PQntuples(rows) > 0) {
        make_body(route, rows);
        put_text(request->out, "Status: 200 OK\r\n"
                               "Content-Type: application/json\r\n"
                               "Cache-Control: no-cache\r\n"
                               "Content-Length: ");
        put_number(request->out, body_length);
        put_text(request->out, "\r\n\r\n");
        FCGX_PutStr(body, (int)body_length, request->out);
    } else {
        put_text(request->out, "Status: 500 Internal Server Error\r\n\r\n");
    }
    PQclear(rows);
}

/* Kept, so that libfcgi leaves the closing to us. */
static void
finish(FCGX_Request *request)
{
    int connection = request->ipcFd;

    if (!is_limit) {
        FCGX_Finish_r(request);
        return;
    }
    request->keepConnection = 1;
    FCGX_Finish_r(request);
    request->ipcFd = -1;
    if (connection != -1)
        close(connection);
}

/* What stands below the line with its name, up to an empty one. */
static const char *
find_statement(const char *texts, const char *name)
{
    char heading[32];
    const char *found, *end;

    snprintf(heading, sizeof heading, "\n-- %s\n", name);
    found = strstr(texts, heading);
    if (!found)
        return "";
    found += strlen(heading);
    end = strstr(found, "\n\n");
    return end ? strndup(found, (size_t)(end - found)) : found;
}

static void
prepare(PGconn *connection, const struct route *route, const char *texts)
{
    const char *statement = find_statement(texts, route->name);
    PGresult *result = PQprepare(connection, route->name, statement, 0, NULL);
    int count;

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fputs(PQerrorMessage(connection), stderr);
        exit(1);
    }
    PQclear(result);
    result = PQdescribePrepared(connection, route->name);
    count = PQnfields(result);
    if (count != route->count) {
        fprintf(stderr, "%s has %d columns, bare.c knows %d\n", route->name,
                count, route->count);
        exit(1);
    }
    PQclear(result);
}

static PGconn *
connect_and_prepare(const char *conninfo, const char *texts)
{
    PGconn *connection = PQconnectdb(conninfo);

    for (int i = 0; i < COUNT(routes); i++)
        prepare(connection, &routes[i], texts);
    return connection;
}

static _Noreturn void
work(int listener, const char *conninfo, const char *texts)
{
    PGconn *connection = connect_and_prepare(conninfo, texts);
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int epoll = epoll_create1(0);
    FCGX_Request request;

    FCGX_Init();
    FCGX_InitRequest(&request, listener, FCGI_FAIL_ACCEPT_ON_INTR);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == -1)
        fail("epoll_ctl");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) < 1 ||
            FCGX_Accept_r(&request) != 0)
            continue;
        answer(&request, connection);
        finish(&request);
    }
}

/* --- all of them ----------------------------------------------------- */

static int
listen_at(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (strlen(path) >= sizeof name.sun_path)
        exit(1);
    memcpy(name.sun_path, path, strlen(path));
    if (bind(listener, (struct sockaddr *)&name, sizeof name) == -1 ||
        chmod(path, 0660) == -1 || listen(listener, BACKLOG) == -1)
        fail(path);
    return listener;
}

int
main(int count, char **words)
{
    static char texts[STATEMENTS_MAX];
    const pid_t parent = getpid();
    int listener;

    if (count != 5 || fread(texts, 1, sizeof texts - 1, stdin) == 0) {
        fputs("usage: bare plain|limit SOCKET WORKERS CONNINFO <STATEMENTS\n",
              stderr);
        return 2;
    }
    is_limit = strcmp(words[1], "limit") == 0;
    signal(SIGPIPE, SIG_IGN);
    listener = listen_at(words[2]);
    for (long i = strtol(words[3], NULL, 10); i > 0; i--) {
        if (fork() != 0)
            continue;
        /* libfcgi takes TERM for itself. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            return 1;
        work(listener, words[4], texts);
    }
    /* Its end is the end of all: one that dies spoils the figures. */
    wait(NULL);
    fputs("a worker of bare ended\n", stderr);
    return 1;
}
