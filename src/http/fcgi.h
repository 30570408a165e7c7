/*
 * The FastCGI side of a worker: a listening socket and one request at a
 * time. Nobody above sees libfcgi.
 */
#ifndef BYLINE_HTTP_FCGI_H
#define BYLINE_HTTP_FCGI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct fcgi;

enum fcgi_status {
    FCGI_ACCEPTED,
    FCGI_NOTHING, /* nobody waits: another worker was faster */
    FCGI_BROKEN,  /* the listening socket is of no more use */
};

/* A parameter of the request: borrowed until the connection is closed. */
typedef void fcgi_visit(void *context, const char *name, size_t name_length,
                        const char *value);

/* Whether the descriptor is a listening socket. */
bool fcgi_is_listener(int descriptor);

/* Makes the listener non-blocking. libfcgi takes SIGPIPE, SIGUSR1 and a
 * default SIGTERM for itself: whoever wants them sets handlers afterwards.
 * Owned, free with fcgi_free, which leaves the listener open. */
struct fcgi *fcgi_new(int listener);
void fcgi_free(struct fcgi *fcgi);

/* Takes a connection that waits, and reads the request's parameters. */
enum fcgi_status fcgi_accept(struct fcgi *fcgi);

/* Calls `visit` for each parameter, in the order of their coming. */
void fcgi_each_parameter(struct fcgi *fcgi, fcgi_visit *visit, void *context);

/* Reads up to `size` bytes of the body; the result is how many came. */
size_t fcgi_read(struct fcgi *fcgi, char *data, size_t size);

/* Reads the body to its end and forgets it. */
void fcgi_drain(struct fcgi *fcgi);

/* Whether nginx has hung up, because its client did or it was too late. */
bool fcgi_is_abandoned(const struct fcgi *fcgi);

/* Sends head and body, and the end of the request (FastCGI 1.0, sections
 * 5.3 and 5.5), as one write if the socket takes it. -1: the peer left. */
int fcgi_send(struct fcgi *fcgi, const struct buffer *head,
              const struct buffer *body);

/* Closes the connection, at once. */
void fcgi_close(struct fcgi *fcgi);

#endif
