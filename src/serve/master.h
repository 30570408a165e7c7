/* The master: opens the sockets, keeps workers at work, and reloads. */
#ifndef BYLINE_SERVE_MASTER_H
#define BYLINE_SERVE_MASTER_H

#include "serve/generation.h"

/* Serves until TERM, then drains; on HUP reads `path` again. Takes over
 * `generation`. Returns the exit status. */
int master_run(const char *path, struct generation *generation);

#endif
