/* The way of a request, from parameters to an answer. */
#ifndef BYLINE_SERVE_DISPATCH_H
#define BYLINE_SERVE_DISPATCH_H

#include "auth/token.h"
#include "config/config.h"
#include "handlers/handler.h"
#include "http/fcgi.h"
#include "query/session.h"

struct dispatcher;

/* Owned, free with dispatcher_free; what is passed is borrowed. All names of
 * the configuration have counts already. */
struct dispatcher *dispatcher_new(const struct config *config,
                                  const struct pool *pool,
                                  const struct token_keys *keys,
                                  struct session *session,
                                  const struct observer *observer);
void dispatcher_free(struct dispatcher *dispatcher);

/* Answers the request that `fcgi` has accepted, and counts it once, before
 * anybody can see the answer. */
void dispatch(struct dispatcher *dispatcher, struct fcgi *fcgi);

#endif
