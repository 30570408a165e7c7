/* Which resources and relations routes have to do with. */
#ifndef BYLINE_QUERY_REACH_H
#define BYLINE_QUERY_REACH_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"

/* Sets, by index in the configuration. */
struct reach {
    const struct config *config;
    bool *resources;
    bool *relations;
};

/* Empty sets, in `arena`. */
struct reach reach_new(struct arena *arena, const struct config *config);

/* Adds what a route shows, goes through, writes, and knows who asks by. */
void reach_add_route(struct reach *reach, const struct route *route);

/* What only the routes of other pools use, which their roles need to see and
 * ours does not. `pool` NULL: nothing. */
struct reach reach_of_others(struct arena *arena, const struct config *config,
                             const struct pool *pool);

/* Whether all of `part` is in `whole`. */
bool reach_is_within(const struct reach *part, const struct reach *whole);

#endif
