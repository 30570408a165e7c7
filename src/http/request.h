/* A request as the handlers see it. All of it lives until the answer is
 * out. */
#ifndef BYLINE_HTTP_REQUEST_H
#define BYLINE_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/problem.h"
#include "config/config.h"
#include "http/fcgi.h"

/* One of the query, decoded. */
struct parameter {
    const char *name;
    const char *value;
};

struct request {
    enum method method; /* GET for HEAD; METHOD_NONE for OPTIONS and others */
    const char *method_name;
    bool is_head;
    bool is_options;
    const char *id;   /* of X-Request-Id */
    const char *path; /* decoded */
    const char **segments;
    size_t segment_count;
    const char *query;        /* as it came */
    const char *content_type; /* NULL, as the next four: there is none */
    const char *cookie;       /* all of them */
    const char *authorization;
    const char *origin;
    const char *sec_fetch_site;
    const char *idempotency_key; /* as it came, perhaps empty, or NULL; as */
    const char *if_match;        /* the next two */
    const char *if_none_match;
    const char *remote_address; /* of the client, as the server in front
                                   sees it, or NULL */
    int64_t content_length;     /* as announced; 0: there is no body */
    const char *body;           /* after request_read_body */
    size_t body_length;
    struct parameter *parameters;
    size_t parameter_count;
};

/* Reads what came over `fcgi`. -1 and a problem if the address is too long
 * or malformed; path and id are there even then. */
int request_read(struct request *request, struct arena *arena,
                 struct fcgi *fcgi, const struct limits *limits,
                 struct problem *problem);

/* Reads the body to its end. -1 and a problem if it is longer than allowed,
 * or shorter than announced. */
int request_read_body(struct request *request, struct arena *arena,
                      struct fcgi *fcgi, const struct limits *limits,
                      struct problem *problem);

/* Whether there is a body of another type than JSON (RFC 8259) or a merge
 * patch (RFC 7396): -1 and a problem then. */
int request_check_type(const struct request *request, struct problem *problem);

/* Splits and decodes the query; -1 and a problem if that fails. A step of its
 * own, since a path that does not exist is told before. */
int request_parse_query(struct request *request, struct arena *arena,
                        const struct limits *limits, struct problem *problem);

/* The value of a query parameter, or NULL. */
const char *request_parameter(const struct request *request, const char *name);

#endif
