/* Decimal numbers as text, and whether PostgreSQL's types hold them. */
#include "query/decimal.h"

#include "tap.h"

/* As PostgreSQL packs them into atttypmod. */
static int32_t
numeric(int precision, int scale)
{
    return (precision << 16 | (scale & 0x7ff)) + 4;
}

static void
knows_forms(void)
{
    static const char *const good[] = {
        "0",     "-0",   "7",
        "-7",    "+7",   "007",
        "1.5",   ".5",   "5.",
        "1e3",   "1E-3", "1.5e+3",
        "-.5e0", "0.0",  "123456789012345678901234567890.123456789",
    };
    static const char *const bad[] = {
        "",    "-",    "+",     ".",        "-.",       "e3",  ".e3",
        "1e",  "1e+",  "1e-",   "1e3.5",    "1.2.3",    "--1", "+-1",
        "0x1", "1f",   "NaN",   "inf",      " 1",       "1 ",  "1_0",
        "1,0", "1e 3", "1e++3", "Infinity", "\xd9\xa1",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ok(decimal_is_well_formed(good[i]), "a number: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!decimal_is_well_formed(bad[i]), "no number: \"%s\"", bad[i]);
}

/* Each was tried in PostgreSQL. */
static const struct {
    int precision;
    int scale;
    const char *fits; /* the greatest that does, as far as digits go */
    const char *exceeds;
} limits[] = {
    {4, 2, "99.994999", "99.995"},
    {4, 2, "-99.99", "-99.995"},
    {4, 2, "0099.99", "00100"},
    {4, 2, "9.9994e1", "1e2"},
    {4, 2, "9999e-2", "9999.5e-2"},
    {4, 2, "1e-9", "1e9"},
    {4, 2, "0e9", "1e400"},
    {3, 0, "999.4", "999.5"},
    {3, 0, "999", "1000"},
    {1, 0, "9", "9.5"},
    {1, 1, "0.94", "0.95"},
    {2, 4, "0.00994", "0.00995"},
    {2, 4, "0.0099", "0.01"},
    {3, -2, "99949", "99950"},
    {3, -2, "99900", "100000"},
    {30, 2, "9999999999999999999999999999.99",
     "9999999999999999999999999999.995"},
    {30, 2, "9999999999999999999999999999.994", "1e28"},
    {5, 0, "99989.9", "99999.9"},
};

static void
knows_precision(void)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        int32_t modifier = numeric(limits[i].precision, limits[i].scale);

        ok(decimal_fits_numeric(limits[i].fits, modifier),
           "numeric(%d, %d) holds %s", limits[i].precision, limits[i].scale,
           limits[i].fits);
        ok(!decimal_fits_numeric(limits[i].exceeds, modifier),
           "numeric(%d, %d) does not hold %s", limits[i].precision,
           limits[i].scale, limits[i].exceeds);
    }
}

static void
knows_numeric(void)
{
    ok(decimal_fits_numeric("1e131071", -1), "131072 digits");
    ok(!decimal_fits_numeric("1e131072", -1), "one more");
    ok(decimal_fits_numeric("1e-16383", -1), "16383 behind the point");
    ok(!decimal_fits_numeric("1e-16384", -1), "one more behind the point");
    ok(decimal_fits_numeric("0e131072", -1), "0 is 0");
    ok(!decimal_fits_numeric("0e99999999999999999999", -1),
       "but not with every exponent");
    ok(!decimal_fits_numeric("0e-99999999999999999999", numeric(4, 2)),
       "below 0 neither");
}

static void
knows_floats(void)
{
    ok(decimal_fits_real("3.4028235e38"), "the greatest real");
    ok(!decimal_fits_real("3.5e38"), "a greater one");
    ok(decimal_fits_real("-1e-45"), "the least real");
    ok(!decimal_fits_real("1e-46"), "a lesser one");
    ok(decimal_fits_real("0"), "0");
    ok(decimal_fits_real("-0.00e-400"), "0 is 0");
    ok(decimal_fits_double("1.7976931348623157e308"), "the greatest double");
    ok(!decimal_fits_double("-1.8e308"), "a greater one");
    ok(!decimal_fits_double("1e400"), "a much greater one");
    ok(decimal_fits_double("5e-324"), "the least double");
    ok(!decimal_fits_double("1e-400"), "a lesser one");
    ok(decimal_fits_double("0e400"), "0 is 0");
}

int
main(void)
{
    knows_forms();
    knows_precision();
    knows_numeric();
    knows_floats();
    return done();
}
