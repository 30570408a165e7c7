/* From method and path to a route. */
#ifndef BYLINE_HTTP_ROUTER_H
#define BYLINE_HTTP_ROUTER_H

#include "base/arena.h"
#include "config/config.h"
#include "http/request.h"

struct match {
    const struct route *route; /* NULL: none of that path, or that method */
    const struct route *shape; /* any route of that path, or NULL */
    const char **values;       /* of the path's parameters, in order */
};

/* Finds the route. Where several paths match, a literal segment beats a
 * parameter, from left to right; the method is looked at after that. */
struct match router_match(const struct config *config, struct arena *arena,
                          const struct request *request);

/* The value of Allow (RFC 9110, section 10.2.1) for all routes of the path
 * of `shape`. Lives in `arena`. */
const char *router_allow(const struct config *config, struct arena *arena,
                         const struct route *shape);

#endif
