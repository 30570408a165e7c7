/*
 * What a handler is: a function that turns an exchange into an answer. It
 * fails with -1 and a problem, and frees nothing. To add one: a file here, a
 * row in registry.c, a kind in config/handler_kind.h.
 */
#ifndef BYLINE_HANDLERS_HANDLER_H
#define BYLINE_HANDLERS_HANDLER_H

#include "base/arena.h"
#include "base/problem.h"
#include "config/config.h"
#include "http/request.h"
#include "http/response.h"
#include "query/session.h"

/* A request and its answer; all of it lives until the answer is out. */
struct exchange {
    const struct config *config;
    struct session *session;
    struct arena *arena;
    struct problem *problem;
    const struct request *request;
    const struct route *route;
    const char *const *values; /* of the path's parameters, in order */
    struct response *response;
};

typedef int handler_run(struct exchange *exchange);

/* One row by key, with what is embedded in it: handlers/item.c. */
handler_run handler_item;

/* A page of rows: handlers/list.c. */
handler_run handler_list;

/* Liveness and readiness: handlers/health.c. */
handler_run handler_health;

/* The function of a kind. */
handler_run *handler_of(enum handler_kind kind);

#endif
