/*
 * What Byline is measured against: the least that answers an article's path
 * with its author and the author's address, and that of a list of articles
 * with or without the addresses, with libfcgi and libpq and nothing else. One
 * resource, no configuration, no checks.
 *
 *   bare SOCKET WORKERS CONNINFO <STATEMENTS
 *
 * A line each: of the article, of the list, of the list with a query.
 *
 * It accepts and closes connections as Byline does: a listener that does not
 * block, EPOLLEXCLUSIVE, and no wait for nginx to hang up first.
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

#define BACKLOG 128
#define BODY_MAX 262144
#define STATEMENT_MAX 16384

enum form {
    NUMBER,
    STRING,
    TIME,
    ADDRESS, /* shows nothing: NULL when neither it nor the rest is there */
};

/* The columns of the statement, in its order. */
static const struct {
    const char *before;
    enum form form;
} fields[] = {
    {"{\"id\":", NUMBER},
    {",\"title\":", STRING},
    {",\"content\":", STRING},
    {",\"authorId\":", NUMBER},
    {",\"publishedAt\":", TIME},
    {",\"createdAt\":", TIME},
    {",\"updatedAt\":", TIME},
    {",\"author\":{\"id\":", NUMBER},
    {",\"email\":null,\"name\":", STRING},
    {",\"addressId\":", NUMBER},
    {",\"phoneNumber\":null,\"address\":", ADDRESS},
    {"{\"id\":", NUMBER},
    {",\"street\":null,\"city\":", STRING},
    {",\"country\":", STRING},
};

#define FIELDS ((int)(sizeof fields / sizeof fields[0]))

/* Those of a list without addresses. */
#define FIELDS_OF_AUTHOR 10

/* What is asked, as its statement is called. */
static const char *const statements[] = {"article", "list", "query"};

#define STATEMENTS (sizeof statements / sizeof statements[0])

/* A row more is fetched than is shown. */
#define PAGE 20

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
    case NUMBER:
        add(text, length);
        break;
    case STRING:
        add_string(text, length);
        break;
    case TIME:
        add_time(text, length);
        break;
    case ADDRESS:
        break;
    }
}

static void
add_row(const PGresult *rows, int row, int count)
{
    for (int i = 0; i < count; i++) {
        add_text(fields[i].before);
        if (!PQgetisnull(rows, row, i)) {
            add_value(fields[i].form, PQgetvalue(rows, row, i),
                      (size_t)PQgetlength(rows, row, i));
            continue;
        }
        add_text("null");
        if (fields[i].form == ADDRESS) {
            add_text("}}");
            return;
        }
    }
    add_text(count == FIELDS ? "}}}" : ",\"phoneNumber\":null}}");
}

static void
make_body(const PGresult *rows, int is_list)
{
    const int count = PQntuples(rows) < PAGE ? PQntuples(rows) : PAGE;

    body_length = 0;
    add_text(is_list ? "[" : "");
    for (int i = 0; i < count; i++) {
        add_text(i > 0 ? "," : "");
        add_row(rows, i, PQnfields(rows));
    }
    add_text(is_list ? "]" : "");
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

static PGresult *
ask(PGconn *connection, const char *id, const char *query)
{
    int is_asked = query && query[0] != '\0';

    return PQexecPrepared(connection,
                          id         ? "article"
                          : is_asked ? "query"
                                     : "list",
                          id ? 1 : 0, &id, NULL, NULL, 0);
}

static void
answer(FCGX_Request *request, PGconn *connection)
{
    const char *path = FCGX_GetParam("DOCUMENT_URI", request->envp);
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *id = slash && slash > path ? slash + 1 : NULL;
    PGresult *rows =
        ask(connection, id, FCGX_GetParam("QUERY_STRING", request->envp));
    char ignored[4096];

    while (FCGX_GetStr(ignored, sizeof ignored, request->in) == sizeof ignored)
        ;
    if (PQresultStatus(rows) == PGRES_TUPLES_OK && PQntuples(rows) > 0) {
        make_body(rows, !id);
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

    request->keepConnection = 1;
    FCGX_Finish_r(request);
    request->ipcFd = -1;
    if (connection != -1)
        close(connection);
}

static void
prepare(PGconn *connection, const char *name, const char *statement)
{
    PGresult *result = PQprepare(connection, name, statement, 0, NULL);
    int count;

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fputs(PQerrorMessage(connection), stderr);
        exit(1);
    }
    PQclear(result);
    result = PQdescribePrepared(connection, name);
    count = PQnfields(result);
    if (count != FIELDS && count != FIELDS_OF_AUTHOR) {
        fprintf(stderr, "a statement has %d columns, bare.c knows %d\n", count,
                FIELDS);
        exit(1);
    }
    PQclear(result);
}

static PGconn *
connect_and_prepare(const char *conninfo, char *const *texts)
{
    PGconn *connection = PQconnectdb(conninfo);

    for (size_t i = 0; i < STATEMENTS; i++)
        prepare(connection, statements[i], texts[i]);
    return connection;
}

static _Noreturn void
work(int listener, const char *conninfo, char *const *texts)
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

static int
read_lines(char *text, char **lines)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        lines[i] = strsep(&text, "\n");
        if (!lines[i] || lines[i][0] == '\0')
            return -1;
    }
    return 0;
}

int
main(int count, char **words)
{
    static char text[STATEMENT_MAX];
    char *lines[STATEMENTS];
    const pid_t parent = getpid();
    int listener;

    if (count != 4 || fread(text, 1, sizeof text - 1, stdin) == 0 ||
        read_lines(text, lines) == -1) {
        fputs("usage: bare SOCKET WORKERS CONNINFO <STATEMENTS\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    listener = listen_at(words[1]);
    for (long i = strtol(words[2], NULL, 10); i > 0; i--) {
        if (fork() != 0)
            continue;
        /* libfcgi takes TERM for itself. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            return 1;
        work(listener, words[3], lines);
    }
    /* Its end is the end of all: one that dies spoils the figures. */
    wait(NULL);
    fputs("a worker of bare ended\n", stderr);
    return 1;
}
