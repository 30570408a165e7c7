/* Conditional requests (RFC 9110, section 13): the tag of an answer, and what
 * becomes of a request that names tags. */
#ifndef BYLINE_HANDLERS_CONDITIONAL_H
#define BYLINE_HANDLERS_CONDITIONAL_H

#include "handlers/handler.h"
#include "query/write.h"

/* The version of the first row, borrowed from `rows`; NULL: the plan tells
 * none. */
const char *conditional_version(const struct plan *plan,
                                const struct pg_result *rows);

/* Adds the ETag of the body, all of which is there. `version` NULL: what is
 * shown has none. */
void conditional_add_tag(struct exchange *exchange, const char *version);

/*
 * The same, for the answer to a GET, which becomes a 304 without a body if
 * the client has it already. The headers from byte `shown` on belong to what
 * is shown, and are tagged and left out with it. -1 and a problem, if it is
 * not what If-Match asks for.
 */
int conditional_answer(struct exchange *exchange, const char *version,
                       size_t shown);

/* Puts the versions that a request names where a write's parameters have
 * them; of a write that knows of none, nothing. */
void conditional_bind(const struct exchange *exchange,
                      const struct write *write, const char **values);

/* Whether a request that must name a version does so. -1 and a problem
 * otherwise. */
int conditional_need(struct exchange *exchange);

/* Of a write that knows of no version: whether a request asks for none. -1 and
 * a problem, if it does: no version could be the one (RFC 9110, section
 * 13.1.1). */
int conditional_refuse(struct exchange *exchange);

#endif
