/* The records of an answer, read back from the other end of a socket. */
#include "http/fcgi_record.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* What came: the content of all STDOUT records, and how it was wrapped. */
struct answer {
    struct buffer raw;
    struct buffer content;
    size_t records; /* of STDOUT, the empty one included */
    size_t wrong_headers;
    bool is_ended;    /* by an empty STDOUT record and END_REQUEST */
    size_t left_over; /* bytes behind the end */
};

static struct buffer
filled(size_t length, unsigned start)
{
    struct buffer buffer = {0};

    for (size_t i = 0; i < length; i++)
        buffer_append_char(&buffer, (char)((start + i) % 251));
    return buffer;
}

/* Each signal that interrupts the writer is a byte in here. */
static int interruptions[2];

static void
tell(int signal)
{
    char byte = (char)signal;

    if (write(interruptions[1], &byte, 1) == -1)
        _exit(2);
}

/* Interrupts whatever blocks, every millisecond. */
static void
interrupt_often(void)
{
    struct sigaction action = {.sa_handler = tell};
    struct itimerval often = {.it_interval.tv_usec = 1000,
                              .it_value.tv_usec = 1000};

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

/* Until the writer was interrupted so often; a writer that has ended has
 * closed its end. */
static void
wait_for_interruptions(int count)
{
    char byte;

    while (count-- > 0 && read(interruptions[0], &byte, 1) == 1)
        ;
}

/* Writes in a child; returns the descriptor to read from. */
static int
start_writer(pid_t *child, int request_id, const struct buffer *head,
             const struct buffer *body)
{
    int ends[2], small = 4096;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1 ||
        pipe(interruptions) == -1)
        abort();
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    *child = fork();
    if (*child == -1)
        abort();
    if (*child == 0) {
        close(ends[0]);
        close(interruptions[0]);
        interrupt_often();
        _exit(fcgi_record_write(ends[1], request_id, head, body) == 0 ? 0 : 1);
    }
    close(ends[1]);
    close(interruptions[1]);
    return ends[0];
}

/* Takes the records apart (FastCGI 1.0, section 3.3). */
static void
parse(struct answer *answer, int request_id)
{
    const unsigned char *at = (const unsigned char *)answer->raw.data;
    const unsigned char *end = at + answer->raw.length;
    bool is_complete = false;

    while (end - at >= 8 && !answer->is_ended) {
        size_t length = (size_t)(at[4] << 8 | at[5]);
        size_t whole = 8 + length + at[6];

        if (at[0] != 1 || (at[2] << 8 | at[3]) != request_id ||
            (size_t)(end - at) < whole || is_complete != (at[1] == 3) ||
            (at[1] != 6 && at[1] != 3)) {
            answer->wrong_headers++;
            return;
        }
        if (at[1] == 6) {
            answer->records++;
            is_complete = length == 0;
            buffer_append(&answer->content, at + 8, length);
        } else {
            answer->is_ended =
                length == 8 && memcmp(at + 8, "\0\0\0\0\0", 5) == 0;
            answer->wrong_headers += !answer->is_ended;
        }
        at += whole;
    }
    answer->left_over = (size_t)(end - at);
}

static void
read_all(int descriptor, struct buffer *raw)
{
    ssize_t length;

    do {
        length = read(descriptor, buffer_reserve(raw, 65536), 65536);
        raw->length += length > 0 ? (size_t)length : 0;
    } while (length > 0);
}

static void
wraps(size_t head_length, size_t body_length, int request_id, size_t records)
{
    struct buffer head = filled(head_length, 1);
    struct buffer body = filled(body_length, 100);
    struct answer answer = {0};
    int status = -1;
    pid_t child;
    int reader = start_writer(&child, request_id, &head, &body);

    /* One that is longer than the socket's buffer has to wait for us. */
    if (head_length + body_length > 1000000)
        wait_for_interruptions(20);
    read_all(reader, &answer.raw);
    close(reader);
    close(interruptions[0]);
    waitpid(child, &status, 0);
    parse(&answer, request_id);
    buffer_append(&head, body.data, body.length);
    is_int(status, 0, "head of %zu and body of %zu are written", head_length,
           body_length);
    ok(answer.wrong_headers == 0 && answer.is_ended && answer.left_over == 0,
       "the records are sound, and nothing follows their end");
    ok(answer.content.length == head.length &&
           (head.length == 0 ||
            memcmp(answer.content.data, head.data, head.length) == 0),
       "the content is head and body");
    is_int((int64_t)answer.records, (int64_t)records,
           "in so many records, with the empty one");
    buffer_free(&answer.raw);
    buffer_free(&answer.content);
    buffer_free(&head);
    buffer_free(&body);
}

/* A peer that left is an error, and no signal that kills. */
static void
tells_that_the_peer_left(void)
{
    struct buffer head = filled(100, 0), body = filled(1000000, 0);
    int ends[2];

    signal(SIGPIPE, SIG_IGN);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        abort();
    close(ends[0]);
    is_int(fcgi_record_write(ends[1], 1, &head, &body), -1,
           "writing to a peer that left fails");
    is_int(errno, EPIPE, "with EPIPE");
    is_int((int64_t)(head.length + body.length), 1000100,
           "and leaves the buffers alone");
    close(ends[1]);
    buffer_free(&head);
    buffer_free(&body);
}

int
main(void)
{
    wraps(0, 0, 1, 1);
    wraps(50, 0, 1, 2);
    wraps(0, 50, 256, 2);
    wraps(50, 50, 65535, 2);
    wraps(28, 65500, 1, 2); /* fills one record */
    wraps(28, 65501, 1, 3); /* a byte more */
    wraps(65528, 0, 1, 2);  /* the head alone fills one */
    wraps(65529, 10, 1, 3); /* or more than one */
    wraps(200000, 200000, 1, 8);
    wraps(100, 917292, 1, 15); /* a batch of records, filled */
    wraps(100, 917293, 1, 16);
    wraps(100, 5000000, 7, 78);
    tells_that_the_peer_left();
    return done();
}
