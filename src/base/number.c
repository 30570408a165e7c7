/* Strict decimal integers. */
#include "base/number.h"

#include <stdbool.h>
#include <string.h>

enum number_status
number_parse(const char *text, int64_t *value)
{
    bool is_negative = text[0] == '-';
    const char *digits = text + is_negative;
    bool is_beyond = false;
    int64_t sum = 0;

    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return NUMBER_MALFORMED;
    /* Summed downwards, so that the smallest number fits as well. */
    for (; *digits && !is_beyond; digits++)
        is_beyond = __builtin_mul_overflow(sum, 10, &sum) ||
                    __builtin_sub_overflow(sum, *digits - '0', &sum);
    if (is_beyond || (!is_negative && sum == INT64_MIN))
        return NUMBER_BEYOND;
    *value = is_negative ? sum : -sum;
    return NUMBER_OK;
}
