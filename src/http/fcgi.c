/* The FastCGI side of a worker; the only file that knows libfcgi. */
#include "http/fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/memory.h"
#include "http/fcgi_record.h"

struct fcgi {
    FCGX_Request request;
};

bool
fcgi_is_listener(int descriptor)
{
    int is_listening = 0;
    socklen_t length = sizeof is_listening;

    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening,
                      &length) == 0 &&
           is_listening;
}

/* libfcgi lets a silent peer hold a worker for two seconds when it accepts
 * and when it closes; it reads these before FCGX_Init. A web server that has
 * to wait for a processor between connect and write is not silent yet: what
 * is short costs it the request. */
static void
shorten_waits(void)
{
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 0);
    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "500", 0);
}

struct fcgi *
fcgi_new(int listener)
{
    struct fcgi *fcgi = memory_alloc(sizeof *fcgi);
    int flags = fcntl(listener, F_GETFL);

    fcntl(listener, F_SETFL, flags | O_NONBLOCK);
    shorten_waits();
    FCGX_Init();
    FCGX_InitRequest(&fcgi->request, listener, FCGI_FAIL_ACCEPT_ON_INTR);
    return fcgi;
}

void
fcgi_free(struct fcgi *fcgi)
{
    if (!fcgi)
        return;
    FCGX_Free(&fcgi->request, 0);
    free(fcgi);
}

/* libfcgi takes whatever ends the parameters for their end: a record of
 * another type, an abort, a read that failed. What came before is no request:
 * it may lack a query, or who asks. */
enum fcgi_status
fcgi_accept(struct fcgi *fcgi)
{
    int status;

    while ((status = FCGX_Accept_r(&fcgi->request)) == 0 &&
           FCGX_GetError(fcgi->request.in) != 0)
        fcgi_close(fcgi);
    if (status == 0)
        return FCGI_ACCEPTED;
    return status == -EBADF || status == -EINVAL || status == -ENOTSOCK
               ? FCGI_BROKEN
               : FCGI_NOTHING;
}

void
fcgi_each_parameter(struct fcgi *fcgi, fcgi_visit *visit, void *context)
{
    for (char **at = fcgi->request.envp; *at; at++) {
        size_t name_length = strcspn(*at, "=");
        const char *value = *at + name_length;

        visit(context, *at, name_length, *value ? value + 1 : value);
    }
}

size_t
fcgi_read(struct fcgi *fcgi, char *data, size_t size)
{
    size_t used = 0;

    while (used < size) {
        size_t left = size - used < INT_MAX ? size - used : INT_MAX;
        int count = FCGX_GetStr(data + used, (int)left, fcgi->request.in);

        if (count <= 0)
            break;
        used += (size_t)count;
    }
    return used;
}

void
fcgi_drain(struct fcgi *fcgi)
{
    char ignored[4096];

    while (FCGX_GetStr(ignored, sizeof ignored, fcgi->request.in) ==
           sizeof ignored)
        ;
}

bool
fcgi_is_abandoned(const struct fcgi *fcgi)
{
    struct pollfd peer = {.fd = fcgi->request.ipcFd,
                          .events = POLLIN | POLLRDHUP};

    return poll(&peer, 1, 0) > 0 &&
           (peer.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

int
fcgi_send(struct fcgi *fcgi, const struct buffer *head,
          const struct buffer *body)
{
    return fcgi_record_write(fcgi->request.ipcFd, fcgi->request.requestId,
                             head, body);
}

/* FCGX_Finish_r would write the end of the request a second time, and wait
 * for nginx to hang up first. */
void
fcgi_close(struct fcgi *fcgi)
{
    int connection = fcgi->request.ipcFd;

    FCGX_Free(&fcgi->request, 0);
    fcgi->request.ipcFd = -1;
    if (connection != -1)
        close(connection);
}
