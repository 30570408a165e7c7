/*
 * How long the web server may keep an answer to nobody, by the route's
 * `cache`: the header X-Accel-Expires, which nginx heeds and never sends on.
 * Browsers are told by Cache-Control, and not to keep it: one that did would
 * show who has just logged in what it had got before, and its time would come
 * on top of nginx's.
 */
#ifndef BYLINE_HANDLERS_EXPIRY_H
#define BYLINE_HANDLERS_EXPIRY_H

#include "handlers/handler.h"

/* Of an answer whose status is set, if it may be kept. Comes before
 * Cache-Control, which nginx would heed otherwise. */
void expiry_add(struct exchange *exchange);

/* Of a 404: it takes the place of what was kept. It is not shown again, but
 * where nginx would else show the row that is gone: while another request
 * fetches it, or cannot. */
void expiry_add_missing(struct exchange *exchange);

#endif
