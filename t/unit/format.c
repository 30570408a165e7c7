/* Forms of text that can be told without the database. */
#include "query/format.h"

#include "tap.h"

static struct arena *arena;

/* --- characters ------------------------------------------------------ */

static void
counts_characters(void)
{
    is_int((int64_t)format_count_characters(""), 0, "nothing");
    is_int((int64_t)format_count_characters("abc"), 3, "ASCII");
    is_int((int64_t)format_count_characters("\xc3\xa9"), 1, "two bytes");
    is_int((int64_t)format_count_characters("\xe6\x97\xa5\xe6\x9c\xac"), 2,
           "three bytes each");
    is_int((int64_t)format_count_characters("\xf0\x9f\x98\x80!"), 2,
           "four bytes, and one");
    is_int((int64_t)format_count_characters("e\xcc\x81"), 2,
           "a mark that combines counts");
}

static void
trims(void)
{
    static const char *const cases[][2] = {
        {"", ""},     {"a", "a"},
        {" a ", "a"}, {"\t\r\n\f\v a b \v\f\n\r\t", "a b"},
        {"   ", ""},  {"\xc2\xa0 a", "\xc2\xa0 a"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        is_text(format_trim(arena, cases[i][0]), cases[i][1], "trims %zu", i);
}

/* --- e-mail and phone ------------------------------------------------ */

static void
knows_emails(void)
{
    static const char *const good[] = {
        "a@b.c",
        "name@example.org",
        "first.last+tag@sub.example.co.uk",
        "'quoted'@example.org",
        "\xc3\xa9@\xc3\xbc.de",
        "a@1.2",
    };
    static const char *const bad[] = {
        "",        "a",         "@",         "a@",     "@b.c",
        "a@b",     "a@.b",      "a@b.",      "a@b..c", "a@b@c.d",
        "a b@c.d", "a@b c.d",   " a@b.c",    "a@b.c ", "a\n@b.c",
        "a@b.c\t", "a\x7f@b.c", "a\x01@b.c", "a.b.c",  "a@.",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ok(format_is_email(good[i]), "an e-mail address: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!format_is_email(bad[i]), "no e-mail address: \"%s\"", bad[i]);
}

static void
knows_phones(void)
{
    static const char *const good[][2] = {
        {"+48123456789", "+48123456789"},
        {"+48 123 456 789", "+48123456789"},
        {"+1 (555) 010-9999", "+15550109999"},
        {"+49.30/123456[7]", "+49301234567"},
        {"(+48) 123456789", "+48123456789"},
        {"+1234567", "+1234567"},
        {"+123456789012345", "+123456789012345"},
    };
    static const char *const bad[] = {
        "",
        "+",
        " ",
        "48123456789",
        "+048123456789",
        "+123456",
        "+1234567890123456",
        "+48a23456789",
        "++48123456789",
        "+48+123456789",
        "+48123456789x",
        "+48\t123456789",
        "0048123456789",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        is_text(format_phone(arena, good[i][0]), good[i][1],
                "a phone number: %s", good[i][0]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        is_text(format_phone(arena, bad[i]), NULL, "no phone number: \"%s\"",
                bad[i]);
}

/* --- days and times -------------------------------------------------- */

static void
knows_dates(void)
{
    static const char *const good[] = {
        "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31",
        "2023-04-30", "infinity",   "-infinity",
    };
    static const char *const bad[] = {
        "",
        "2023-02-29",
        "1900-02-29",
        "2024-02-30",
        "2024-04-31",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "0000-01-01",
        "2024-1-01",
        "2024-01-1",
        "20240101",
        "24-01-01",
        "2024/01/01",
        "01.02.2024",
        "2024-01-01 ",
        " 2024-01-01",
        "2024-01-01T00:00",
        "today",
        "Infinity",
        "-2024-01-01",
        "2024-01-01 BC",
        "12024-01-01",
        "now",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ok(format_is_date(good[i]), "a date: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!format_is_date(bad[i]), "no date: \"%s\"", bad[i]);
}

static void
knows_times(void)
{
    static const char *const good[] = {
        "00:00",
        "23:59",
        "23:59:59",
        "12:30:00.5",
        "12:30:00.123456",
        "12:30:60",
        "24:00",
        "24:00:00",
        "12:30Z",
        "12:30:00+02",
        "12:30:00-0330",
        "12:30:00+05:30",
        "12:30:00.5+15:59",
        "12:30z",
    };
    static const char *const bad[] = {
        "",
        "12",
        "1:30",
        "12:3",
        "12:60",
        "25:00",
        "24:01",
        "24:00:01",
        "12:30:61",
        "12:30:",
        "12:30:5",
        "12:30:00.",
        "12:30:00.1234567890",
        "12:30+",
        "12:30+2",
        "12:30+16",
        "12:30+02:60",
        "12:30+02:",
        "12:30 UTC",
        "noon",
        "now",
        "12:30ZZ",
        " 12:30",
        "12:30 ",
        "12.30",
        "T12:30",
        "infinity",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ok(format_is_time(good[i]), "a time: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!format_is_time(bad[i]), "no time: \"%s\"", bad[i]);
}

static void
knows_timestamps(void)
{
    static const char *const good[] = {
        "2024-02-29",
        "2024-02-29T12:30",
        "2024-02-29 12:30:00",
        "2024-02-29t12:30:00z",
        "2024-02-29T12:30:00.123456+02:00",
        "2024-02-29T24:00:00",
        "infinity",
        "-infinity",
    };
    static const char *const bad[] = {
        "",
        "2023-02-29T12:30",
        "2024-02-29T",
        "2024-02-29 ",
        "2024-02-29X12:30",
        "2024-02-29  12:30",
        "2024-02-29T25:00",
        "2024-02-2912:30",
        "12:30",
        "2024-02-29T12:30 Europe/Oslo",
        "epoch",
        "tomorrow",
        "2024-W09-4",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ok(format_is_timestamp(good[i]), "a timestamp: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(!format_is_timestamp(bad[i]), "no timestamp: \"%s\"", bad[i]);
}

/* --- JSON ------------------------------------------------------------ */

static void
quotes_strings(void)
{
    is_text(format_json_string(arena, "", 0), "\"\"", "nothing");
    is_text(format_json_string(arena, "a\"b\\c", 5), "\"a\\\"b\\\\c\"",
            "quotes and backslashes");
    is_text(format_json_string(arena, "a\nb", 3), "\"a\\nb\"",
            "control characters");
    is_text(format_json_string(arena, "\xc3\xa9", 2), "\"\xc3\xa9\"",
            "UTF-8 stays");
    is_text(format_json_string(arena, "abc", 2), "\"ab\"",
            "only as long as it is said to be");
}

int
main(void)
{
    arena = arena_new();
    counts_characters();
    trims();
    knows_emails();
    knows_phones();
    knows_dates();
    knows_times();
    knows_timestamps();
    quotes_strings();
    arena_free(arena);
    return done();
}
