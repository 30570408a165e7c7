/* Telling of statements that took long. */
#ifndef BYLINE_QUERY_SLOW_H
#define BYLINE_QUERY_SLOW_H

#include <stdint.h>

#include "config/config.h"
#include "db/db.h"

/* Logs what a round trip for a route was slow with: its statements without
 * any values, the longest cut. */
void slow_log(const struct route *route, const struct db_call *calls,
              size_t count, int64_t took_us);

#endif
