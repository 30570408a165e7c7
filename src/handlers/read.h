/* What all handlers that read have in common. */
#ifndef BYLINE_HANDLERS_READ_H
#define BYLINE_HANDLERS_READ_H

#include "handlers/handler.h"
#include "query/reading.h"

/* The rows of the exchange's route. The values of the path are held against
 * their types first, so that a bad one costs no round trip, and the frame is
 * looked at: who asks is there, and so are the rows that the path goes
 * through. -1 and a problem otherwise. */
int read_rows(struct exchange *exchange, struct reading *reading);

/* Runs a read of which all is set, and looks at the frame. -1 and a problem
 * otherwise. */
int read_run(struct exchange *exchange, struct reading *reading);

/* How many rows there are: a frame around none has one row, too. */
size_t read_count(const struct reading *reading);

#endif
