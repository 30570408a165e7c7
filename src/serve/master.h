/* The master: opens the sockets, and keeps workers at work. */
#ifndef BYLINE_SERVE_MASTER_H
#define BYLINE_SERVE_MASTER_H

#include "auth/token.h"
#include "config/config.h"

/* Serves until TERM, then drains. Returns the exit status. */
int master_run(const struct config *config, const struct token_keys *keys);

#endif
