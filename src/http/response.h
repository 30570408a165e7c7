/* An answer: status, headers and body, until it is sent. */
#ifndef BYLINE_HTTP_RESPONSE_H
#define BYLINE_HTTP_RESPONSE_H

#include "base/buffer.h"
#include "base/problem.h"
#include "config/config.h"

struct response {
    int status;
    const char *content_type; /* NULL: there is no body */
    struct buffer headers;    /* lines, each with its end */
    struct buffer body;
};

/* The statuses that there are have numbers, from 0 on without gaps; one that
 * is not among them has the next number. The status of a number is 0 if there
 * is none. */
size_t response_status_index(int status);
int response_status_at(size_t index);

/* Empties it: 200, application/json, no body. */
void response_reset(struct response *response);

void response_free(struct response *response);

/* Adds a header. Neither name nor value is escaped: they are ours. */
void response_add_header(struct response *response, const char *name,
                         const char *value);

/* Makes it the problem's answer (RFC 9457), in the shape that the API has for
 * errors, whatever it was before. Headers stay. */
void response_set_problem(struct response *response,
                          const struct problem *problem,
                          enum api_errors errors, const char *request_id);

/* The head as CGI has it (RFC 3875, section 6.3), the empty line included. */
void response_write_head(const struct response *response, struct buffer *head);

#endif
