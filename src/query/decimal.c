/* Decimal numbers as text, and whether PostgreSQL's types hold them. */
#include "query/decimal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* The limits of numeric without precision: digits on both sides of the
 * point; and of any exponent that PostgreSQL reads. */
#define WHOLE_DIGITS_MAX 131072
#define FRACTION_DIGITS_MAX 16383
#define EXPONENT_MAX (INT32_MAX / 2)

struct decimal {
    const char *first; /* significant digit; NULL: the number is 0 */
    int64_t magnitude; /* digits from there to the point; of 0.02 it is -1 */
    int64_t fraction;  /* digits behind the point */
    int64_t exponent;  /* which moves the point */
};

static void
read_digit(struct decimal *decimal, const char *at, bool is_whole)
{
    if (!decimal->first && *at != '0')
        decimal->first = at;
    if (is_whole && decimal->first)
        decimal->magnitude++;
    else if (!is_whole && !decimal->first)
        decimal->magnitude--;
    if (!is_whole)
        decimal->fraction++;
}

static bool
parse(const char *text, struct decimal *decimal)
{
    bool is_whole = true;
    size_t digits = 0;
    char *end;

    *decimal = (struct decimal){0};
    text += *text == '-' || *text == '+';
    for (; isdigit((unsigned char)*text) || (*text == '.' && is_whole);
         text++) {
        if (*text == '.') {
            is_whole = false;
            continue;
        }
        read_digit(decimal, text, is_whole);
        digits++;
    }
    if (digits > 0 && (*text == 'e' || *text == 'E')) {
        text++;
        if (!isdigit((unsigned char)text[*text == '-' || *text == '+']))
            return false;
        decimal->exponent = strtoll(text, &end, 10);
        text = end;
    }
    return digits > 0 && *text == '\0';
}

bool
decimal_is_well_formed(const char *text)
{
    struct decimal decimal;

    return parse(text, &decimal);
}

/* The next digit that counts, '0' behind the last. */
static char
next_digit(const char **at)
{
    if (**at == '.')
        ++*at;
    return isdigit((unsigned char)**at) ? *(*at)++ : '0';
}

/* Whether rounding to so many digits gives one more: 9.96 to two of them. */
static bool
rounds_up(const struct decimal *decimal, int32_t digits)
{
    const char *at = decimal->first;

    for (int32_t i = 0; i < digits; i++)
        if (next_digit(&at) != '9')
            return false;
    return next_digit(&at) >= '5';
}

bool
decimal_fits_numeric(const char *text, int32_t type_modifier)
{
    int32_t modifier = type_modifier - 4; /* of varlena's header */
    int32_t precision, scale;
    struct decimal decimal;

    if (!parse(text, &decimal) || decimal.exponent > EXPONENT_MAX ||
        decimal.exponent < -EXPONENT_MAX)
        return false;
    decimal.magnitude += decimal.exponent;
    decimal.fraction -= decimal.exponent;
    if (type_modifier < 4)
        return decimal.fraction <= FRACTION_DIGITS_MAX &&
               (!decimal.first || decimal.magnitude <= WHOLE_DIGITS_MAX);
    precision = modifier >> 16 & 0xffff;
    scale = ((modifier & 0x7ff) ^ 1024) - 1024;
    if (!decimal.first || decimal.magnitude < precision - scale)
        return true;
    return decimal.magnitude == precision - scale &&
           !rounds_up(&decimal, precision);
}

static bool
is_zero(const char *text)
{
    struct decimal decimal;

    return parse(text, &decimal) && !decimal.first;
}

bool
decimal_fits_real(const char *text)
{
    float number = strtof(text, NULL);

    return isfinite(number) && (number != 0 || is_zero(text));
}

bool
decimal_fits_double(const char *text)
{
    double number = strtod(text, NULL);

    return isfinite(number) && (number != 0 || is_zero(text));
}

bool
decimal_fits(struct type type, int32_t type_modifier, const char *text)
{
    if (type.base_oid == OID_FLOAT4)
        return decimal_fits_real(text);
    if (type.base_oid == OID_FLOAT8)
        return decimal_fits_double(text);
    return decimal_fits_numeric(text, type_modifier);
}
