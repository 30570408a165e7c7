/* Time that only goes forward. */
#ifndef BYLINE_BASE_CLOCK_H
#define BYLINE_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some fixed moment, unmoved by changes of the date. */
int64_t clock_now_ms(void);

/* The same in microseconds. */
int64_t clock_now_us(void);

#endif
