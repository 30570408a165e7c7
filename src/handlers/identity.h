/* What handlers do with who asks. */
#ifndef BYLINE_HANDLERS_IDENTITY_H
#define BYLINE_HANDLERS_IDENTITY_H

#include "handlers/handler.h"

/*
 * In the open session: a token whose subject cannot be an account's key is
 * treated as one that is not valid. 0 if that leaves somebody or nobody, as
 * the route wants it; -1 and a problem otherwise.
 */
int identity_settle(struct exchange *exchange);

/* What becomes of a request whose account is not there any more, or has
 * ended the token: nobody asks, and the cookie is cleared, if the route has
 * use for nobody; else -1 and a problem. */
int identity_lose(struct exchange *exchange);

/* Puts key and time of the token where a statement's parameters have them. */
void identity_bind(const struct exchange *exchange, const char **values);

/* Sets the cookie with a new token for the account of that key, issued at so
 * many seconds. -1 and a problem if there is no secret to sign it. */
int identity_issue(struct exchange *exchange, const char *key,
                   const char *issued);

/* Lets the browser forget its cookie. */
void identity_clear(struct exchange *exchange);

/* The headers that say who may keep the answer, whose status is set: nobody if
 * somebody asked; for the time of the route's `cache` nginx, if nobody did;
 * else only who asks again each time (RFC 9111, section 5.2.2). */
void identity_add_cache_headers(struct exchange *exchange);

#endif
