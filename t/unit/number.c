/* Strict decimal integers. */
#include "base/number.h"

#include "tap.h"

static const struct {
    const char *text;
    int64_t value;
} numbers[] = {
    {"0", 0},
    {"-0", 0},
    {"7", 7},
    {"-7", -7},
    {"007", 7},
    {"1234567890", 1234567890},
    {"9223372036854775807", INT64_MAX},
    {"-9223372036854775808", INT64_MIN},
    {"-9223372036854775807", -INT64_MAX},
    {"0000000000000000000000000000000000000000001", 1},
};

static const char *const malformed[] = {
    "",         "-",    "+1",  " 1",  "1 ",  "1.0",
    "1e3",      "0x10", "12a", "a12", "--1", "1-",
    "1,0",      "1_0",  "\t1", "1\n", "inf", "NaN",
    "- 1",      "-a",   ".5",  "5.",  "''",  "99999999999999999999x",
    "\xd9\xa1", /* a digit one, but an Arabic one */
};

static const char *const beyond[] = {
    "9223372036854775808",
    "-9223372036854775809",
    "9223372036854775810",
    "18446744073709551616",
    "99999999999999999999",
    "-99999999999999999999",
    "100000000000000000000000000000000000000000000000000",
};

int
main(void)
{
    int64_t value;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        value = 4711;
        is_int(number_parse(numbers[i].text, &value), NUMBER_OK,
               "\"%s\" is a number", numbers[i].text);
        is_int(value, numbers[i].value, "\"%s\" has its value",
               numbers[i].text);
    }
    value = 4711;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        is_int(number_parse(malformed[i], &value), NUMBER_MALFORMED,
               "\"%s\" is none", malformed[i]);
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
        is_int(number_parse(beyond[i], &value), NUMBER_BEYOND,
               "%s is beyond 64 bits", beyond[i]);
    is_int(value, 4711, "the value is left alone unless all is well");
    return done();
}
