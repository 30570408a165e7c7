/*
 * What a handler is: a function that turns an exchange into an answer. It
 * fails with -1 and a problem, and frees nothing. To add one: a file here, a
 * row in registry.c, a kind in config/handler_kind.h.
 */
#ifndef BYLINE_HANDLERS_HANDLER_H
#define BYLINE_HANDLERS_HANDLER_H

#include "auth/token.h"
#include "base/arena.h"
#include "base/metrics.h"
#include "base/problem.h"
#include "config/config.h"
#include "http/request.h"
#include "http/response.h"
#include "query/session.h"

/* Who asks, as far as a token tells. */
struct viewer {
    const char *subject; /* NULL: nobody */
    bool is_number;      /* the token has the subject as a number */
    const char *issued;  /* when the token was, in seconds, as text */
    bool is_by_cookie;
    bool is_lost; /* nobody any more: the answer clears the cookie */
};

/* How the workers of a pool stand. */
enum crew_state {
    CREW_STARTING, /* not ready yet */
    CREW_WAITING,
    CREW_BUSY,
    CREW_STRANDED, /* without a database, busy or not */
    CREW_ABSENT,   /* there is none at that place just now */
    CREW_STATES,   /* how many there are */
};

/* What is known of all workers, and not by handlers: serve/census.c. */
struct observer {
    const struct metrics *metrics;
    const struct census *census;
    void (*count_crew)(const struct census *census, const struct pool *pool,
                       uint64_t counts[CREW_STATES]);
    uint64_t (*count_disabled)(const struct census *census);
};

/* A request and its answer; all of it lives until the answer is out. */
struct exchange {
    const struct config *config;
    const struct token_keys *keys;
    struct session *session;
    const struct observer *observer;
    struct arena *arena;
    struct problem *problem;
    const struct request *request;
    const struct route *route;
    const char *const *values; /* of the path's parameters, in order */
    struct viewer viewer;
    struct response *response;
};

typedef int handler_run(struct exchange *exchange);

/* One row by key, with what is embedded in it: handlers/item.c. */
handler_run handler_item;

/* A page of rows: handlers/list.c. */
handler_run handler_list;

/* One row, written from a body or removed, with the rows that it owns:
 * handlers/write.c. */
handler_run handler_create, handler_replace, handler_update, handler_remove;

/* Identity: handlers/log_in.c, log_out.c, set_password.c. */
handler_run handler_log_in, handler_log_out, handler_set_password;

/* A statement of the site's own: handlers/sql.c. */
handler_run handler_sql;

/* Liveness and readiness: handlers/health.c. */
handler_run handler_health;

/* What an operator watches: handlers/metrics.c. */
handler_run handler_metrics;

/* The function of a kind. */
handler_run *handler_of(enum handler_kind kind);

#endif
