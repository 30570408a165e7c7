/* Decimal numbers as text, and whether PostgreSQL's types hold them: told
 * digit by digit, since no number of C is as long. */
#ifndef BYLINE_QUERY_DECIMAL_H
#define BYLINE_QUERY_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "db/type.h"

/* Digits, with a sign, a point and an exponent or without. */
bool decimal_is_well_formed(const char *text);

/* Whether a well-formed number fits numeric(p, s), rounded as it would be;
 * `type_modifier` is as the catalog has it, -1 without p and s. */
bool decimal_fits_numeric(const char *text, int32_t type_modifier);

/* Whether it is neither too large for real and double precision nor so small
 * that nothing but 0 would be left of it. */
bool decimal_fits_real(const char *text);
bool decimal_fits_double(const char *text);

/* Whether a well-formed number fits a type: one of these, or numeric. */
bool decimal_fits(struct type type, int32_t type_modifier, const char *text);

#endif
