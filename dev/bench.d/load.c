/*
 * The clients of dev/bench: as many connections as are wanted, and every
 * answer's status looked at.
 *
 *   load -p PORT -c CLIENTS -d SECONDS [-r RATE] [-n LAST] [-m METHOD]
 *        [-H HEADER]... [-b BODY] [-s STATUS] PATH
 *
 * A * in PATH becomes an id from 1 to LAST, by chance, the same chance for
 * each run. Without -r each client sends when it has its answer (a closed
 * loop). With -r requests become due as independent clients make them, RATE a
 * second on average, whether or not answers come (an open loop), and a wait
 * for a free connection is part of the time of an answer.
 *
 * It ends with a line: figures, answers, failed requests, microseconds that
 * it took, p50 and p99 in microseconds, requests that became due, and its own
 * CPU time in milliseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX 524288
#define REQUEST_MAX 16384
#define HEADERS_MAX 8192
#define STALLED_NS 8000000000

static struct {
    int port;
    int clients;
    double seconds;
    double rate;
    unsigned long last;
    const char *method;
    const char *body;
    int status;
    const char *path;
    char headers[HEADERS_MAX];
} option = {
    .clients = 8, .seconds = 4, .last = 1, .method = "GET", .status = 200};

struct client {
    int socket;
    int64_t since; /* when the request was due; 0: none is under way */
    int64_t sent;
    char *answer;
    size_t length;
};

static struct client *clients;
static struct client **idle;
static int idle_count;
static int epoll;
static uint64_t chance = 0x9e3779b97f4a7c15;

static uint32_t *took;
static size_t answered, room;
static unsigned long due_count, failed;

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static uint64_t
next_chance(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

/* The time to the next request of very many clients that know nothing of each
 * other. */
static int64_t
next_gap(void)
{
    double part = (double)((next_chance() >> 11) + 1) / 9007199254740993.0;

    return (int64_t)(-log(part) * 1e9 / option.rate);
}

/* --- connections ----------------------------------------------------- */

static void
client_connect(struct client *client)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)option.port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    int on = 1;

    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->socket == -1 ||
        connect(client->socket, (struct sockaddr *)&name, sizeof name) == -1)
        fail("connect");
    setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(client->socket, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->socket, &event) == -1)
        fail("epoll_ctl");
}

static void
client_reconnect(struct client *client)
{
    close(client->socket);
    client_connect(client);
}

static void
complain(const struct client *client, const char *what)
{
    if (failed++ < 3)
        fprintf(stderr, "%s %s: %s: %.*s\n", option.method, option.path, what,
                (int)(client->length < 600 ? client->length : 600),
                client->answer);
}

static size_t
write_request(char *to)
{
    const char *star = strchr(option.path, '*');
    char id[24] = "";
    int before = star ? (int)(star - option.path) : (int)strlen(option.path);

    if (star)
        snprintf(id, sizeof id, "%lu",
                 (unsigned long)(next_chance() % option.last) + 1);
    return (size_t)snprintf(
        to, REQUEST_MAX, "%s %.*s%s%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s",
        option.method, before, option.path, id, star ? star + 1 : "",
        option.headers, option.body ? option.body : "");
}

static void
client_send(struct client *client, int64_t due)
{
    char request[REQUEST_MAX];
    size_t length = write_request(request);
    ssize_t done;

    client->length = 0;
    client->since = due;
    client->sent = now_ns();
    done = send(client->socket, request, length, MSG_NOSIGNAL);
    if (done == (ssize_t)length)
        return;
    /* It was closed while nobody used it. */
    client_reconnect(client);
    done = send(client->socket, request, length, MSG_NOSIGNAL);
    if (done != (ssize_t)length)
        complain(client, "cannot be sent");
}

/* --- answers --------------------------------------------------------- */

static const char *
header_value(const char *head, const char *end, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = head; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));

        if (strncasecmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, " ");
        if (!next)
            break;
        line = next + 1;
    }
    return NULL;
}

static int
has_end_of_chunks(const struct client *client)
{
    return client->length >= 5 &&
           memcmp(client->answer + client->length - 5, "0\r\n\r\n", 5) == 0;
}

/* Whether all of the answer is there. */
static int
is_complete(const struct client *client, int status)
{
    const char *blank = memmem(client->answer, client->length, "\r\n\r\n", 4);
    const char *value;

    if (!blank)
        return 0;
    if (status == 304 || status == 204)
        return 1;
    value = header_value(client->answer, blank, "Content-Length");
    if (value)
        return client->length >=
               (size_t)(blank + 4 - client->answer) + strtoul(value, NULL, 10);
    return has_end_of_chunks(client);
}

static void
note_time(int64_t ns)
{
    if (answered == room) {
        room = room ? 2 * room : 65536;
        took = realloc(took, room * sizeof *took);
        if (!took)
            fail("realloc");
    }
    took[answered++] = (uint32_t)(ns / 1000);
}

static void
client_finish(struct client *client, int status)
{
    const char *blank = memmem(client->answer, client->length, "\r\n\r\n", 4);
    const char *value = header_value(client->answer, blank, "Connection");

    if (status == option.status)
        note_time(now_ns() - client->since);
    else
        complain(client, "was answered");
    client->since = 0;
    idle[idle_count++] = client;
    if (value && strncasecmp(value, "close", 5) == 0)
        client_reconnect(client);
}

static void
client_read(struct client *client)
{
    ssize_t got = recv(client->socket, client->answer + client->length,
                       ANSWER_MAX - client->length, 0);
    int status;

    if (got == -1 && errno == EAGAIN)
        return;
    if (got <= 0) {
        client_reconnect(client);
        if (client->since) {
            complain(client, "the connection ended");
            client->since = 0;
            idle[idle_count++] = client;
        }
        return;
    }
    client->length += (size_t)got;
    status =
        client->length > 12 ? (int)strtol(client->answer + 9, NULL, 10) : 0;
    if (is_complete(client, status))
        client_finish(client, status);
    else if (client->length == ANSWER_MAX)
        fail("an answer is too long");
}

/* --- the run --------------------------------------------------------- */

static void
wait_and_read(int64_t until)
{
    struct epoll_event events[256];
    int64_t left = until - now_ns();
    struct timespec time = {.tv_sec = 0};
    int count;

    if (left > 0) {
        time.tv_sec = left / 1000000000;
        time.tv_nsec = left % 1000000000;
    }
    count = epoll_pwait2(epoll, events, 256, &time, NULL);
    for (int i = 0; i < count; i++)
        client_read(events[i].data.ptr);
}

static void
run_closed(int64_t end)
{
    while (now_ns() < end) {
        while (idle_count > 0) {
            client_send(idle[--idle_count], now_ns());
            due_count++;
        }
        wait_and_read(end);
    }
}

/* What is due stands in line until a connection is free. */
static void
run_open(int64_t end)
{
    int64_t due = now_ns() + next_gap();

    while (now_ns() < end) {
        while (idle_count > 0 && due <= now_ns()) {
            client_send(idle[--idle_count], due);
            due_count++;
            due += next_gap();
        }
        wait_and_read(idle_count > 0 && due < end ? due : end);
    }
    for (; due < end; due += next_gap())
        due_count++;
}

/* Who got no answer for so long will get none. */
static void
look_for_stalled(int64_t end)
{
    for (int i = 0; i < option.clients; i++) {
        if (clients[i].since && end - clients[i].sent > STALLED_NS)
            complain(&clients[i], "got no answer");
    }
}

static void
clients_up(void)
{
    epoll = epoll_create1(EPOLL_CLOEXEC);
    clients = calloc((size_t)option.clients, sizeof *clients);
    idle = calloc((size_t)option.clients, sizeof *idle);
    if (!clients || !idle)
        fail("calloc");
    for (int i = 0; i < option.clients; i++) {
        clients[i].answer = malloc(ANSWER_MAX);
        if (!clients[i].answer)
            fail("malloc");
        client_connect(&clients[i]);
        idle[idle_count++] = &clients[i];
    }
}

static int
compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static void
say_figures(int64_t ns)
{
    struct rusage usage;

    if (answered > 0)
        qsort(took, answered, sizeof *took, compare);
    getrusage(RUSAGE_SELF, &usage);
    printf("figures %zu %lu %lld %u %u %lu %ld\n", answered, failed,
           (long long)ns / 1000, answered ? took[answered / 2] : 0,
           answered ? took[answered * 99 / 100] : 0, due_count,
           (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
}

/* --- arguments ------------------------------------------------------- */

static _Noreturn void
usage(void)
{
    fputs("usage: load -p PORT -c CLIENTS -d SECONDS [-r RATE] [-n LAST] "
          "[-m METHOD] [-H HEADER]... [-b BODY] [-s STATUS] PATH\n",
          stderr);
    exit(2);
}

static void
add_header(const char *header)
{
    size_t length = strlen(option.headers);

    snprintf(option.headers + length, sizeof option.headers - length, "%s\r\n",
             header);
}

static void
read_option(int letter, char *value)
{
    switch (letter) {
    case 'p':
        option.port = (int)strtol(value, NULL, 10);
        break;
    case 'c':
        option.clients = (int)strtol(value, NULL, 10);
        break;
    case 'd':
        option.seconds = strtod(value, NULL);
        break;
    case 'r':
        option.rate = strtod(value, NULL);
        break;
    case 'n':
        option.last = strtoul(value, NULL, 10);
        break;
    case 'm':
        option.method = value;
        break;
    case 'H':
        add_header(value);
        break;
    case 'b':
        option.body = value;
        break;
    case 's':
        option.status = (int)strtol(value, NULL, 10);
        break;
    default:
        usage();
    }
}

int
main(int count, char **words)
{
    char length[48];
    int64_t start, end;

    for (int letter;
         (letter = getopt(count, words, "p:c:d:r:n:m:H:b:s:")) != -1;)
        read_option(letter, optarg);
    if (optind != count - 1 || option.port < 1 || option.clients < 1 ||
        option.last < 1)
        usage();
    option.path = words[optind];
    if (option.body) {
        snprintf(length, sizeof length, "Content-Length: %zu",
                 strlen(option.body));
        add_header(length);
    }
    clients_up();
    start = now_ns();
    end = start + (int64_t)(option.seconds * 1e9);
    if (option.rate > 0)
        run_open(end);
    else
        run_closed(end);
    end = now_ns();
    look_for_stalled(end);
    say_figures(end - start);
    return 0;
}
