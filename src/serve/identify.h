/* Who asks, as cookie or token tell, and whether a browser may ask so. */
#ifndef BYLINE_SERVE_IDENTIFY_H
#define BYLINE_SERVE_IDENTIFY_H

#include "handlers/handler.h"

/* An unsafe request that carries our cookie must come from one of our own
 * pages, since browsers send cookies whoever asks them to. -1 and a problem
 * otherwise. */
int identify_origin(struct exchange *exchange);

/* Sets the exchange's viewer, as the route's `auth` wants it. -1 and a
 * problem without a valid token where one is needed. */
int identify_viewer(struct exchange *exchange);

#endif
