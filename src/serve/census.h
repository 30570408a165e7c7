/* Who works, and what all of them have counted, as far as one worker can
 * tell. */
#ifndef BYLINE_SERVE_CENSUS_H
#define BYLINE_SERVE_CENSUS_H

#include "config/config.h"
#include "handlers/handler.h"
#include "serve/scoreboard.h"

/* What is borrowed from a worker, or a scoreboard of its configuration. */
struct census {
    const struct config *config;
    const struct slot *slots;        /* of all workers, in the order of pools;
                                        NULL: there is one alone, who asks */
    const struct route_slot *routes; /* NULL with slots */
    const struct pool *pool;         /* of who asks */
    const struct slot *own;          /* and its place */
    const struct session *session;
};

/* Makes counts for all routes and pools of a configuration that are new, and
 * for requests without a route. -1 with errno set. */
int census_enroll(struct metrics *metrics, const struct config *config);

/* Adds up how the workers of a pool stand; who asks waits. */
void census_count_crew(const struct census *census, const struct pool *pool,
                       uint64_t counts[CREW_STATES]);

/* How many routes do not fit the database. */
uint64_t census_count_disabled(const struct census *census);

#endif
