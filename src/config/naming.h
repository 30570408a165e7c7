/* How JSON names are derived from the database's. */
#ifndef BYLINE_CONFIG_NAMING_H
#define BYLINE_CONFIG_NAMING_H

#include "base/arena.h"
#include "config/config.h"

/* `released_at` is releasedAt in camel case, itself in snake case. Lives in
 * `arena`. */
const char *naming_json(struct arena *arena, enum api_names names,
                        const char *name);

#endif
