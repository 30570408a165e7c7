/* Forms of text that can be told without the database. */
#include "query/format.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"

size_t
format_count_characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

const char *
format_trim(struct arena *arena, const char *text)
{
    size_t length;

    text += strspn(text, " \t\r\n\f\v");
    length = strlen(text);
    while (length > 0 && strchr(" \t\r\n\f\v", text[length - 1]))
        length--;
    return arena_strndup(arena, text, length);
}

bool
format_is_email(const char *text)
{
    const char *at = strchr(text, '@');
    const char *domain = at ? at + 1 : "";
    const char *dot = strchr(domain, '.');

    for (const char *byte = text; *byte; byte++)
        if ((unsigned char)*byte <= ' ' || *byte == 0x7f)
            return false;
    return at && at > text && !strchr(domain, '@') && dot && dot > domain &&
           domain[strlen(domain) - 1] != '.' && !strstr(domain, "..");
}

const char *
format_phone(struct arena *arena, const char *text)
{
    char *number = arena_alloc(arena, strlen(text) + 1);
    size_t length = 0;

    for (; *text; text++)
        if (!strchr(" .-()[]/", *text))
            number[length++] = *text;
    if (number[0] != '+' || number[1] < '1' || number[1] > '9' ||
        strspn(number + 1, "0123456789") != length - 1 || length < 8 ||
        length > 16)
        return NULL;
    return number;
}

/* --- dates and times ------------------------------------------------- */

/* Reads `count` digits, and moves behind them. */
static bool
read_digits(const char **at, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *number = *number * 10 + (*(*at)++ - '0');
    }
    return true;
}

static bool
read_char(const char **at, char character)
{
    if (**at != character)
        return false;
    ++*at;
    return true;
}

static bool
is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

static bool
read_date(const char **at)
{
    int year, month, day;

    return read_digits(at, 4, &year) && read_char(at, '-') &&
           read_digits(at, 2, &month) && read_char(at, '-') &&
           read_digits(at, 2, &day) && is_day(year, month, day);
}

/* Seconds can be 60 and hours 24:00, as PostgreSQL has it. */
static bool
read_clock(const char **at)
{
    int hour, minute, second = 0;
    size_t digits;

    if (!read_digits(at, 2, &hour) || !read_char(at, ':') ||
        !read_digits(at, 2, &minute) || hour > 24 || minute > 59)
        return false;
    if (read_char(at, ':')) {
        if (!read_digits(at, 2, &second) || second > 60)
            return false;
        if (read_char(at, '.')) {
            digits = strspn(*at, "0123456789");
            if (digits == 0 || digits > 9)
                return false;
            *at += digits;
        }
    }
    return hour < 24 || (minute == 0 && second == 0);
}

static bool
read_zone(const char **at)
{
    int hour, minute = 0;

    if (read_char(at, 'Z') || read_char(at, 'z'))
        return true;
    if (**at != '+' && **at != '-')
        return true; /* there is none */
    ++*at;
    if (!read_digits(at, 2, &hour))
        return false;
    if (read_char(at, ':') || isdigit((unsigned char)**at))
        if (!read_digits(at, 2, &minute))
            return false;
    return hour <= 15 && minute <= 59;
}

static bool
is_infinity(const char *text)
{
    return strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0;
}

bool
format_is_date(const char *text)
{
    return is_infinity(text) || (read_date(&text) && *text == '\0');
}

bool
format_is_time(const char *text)
{
    return read_clock(&text) && read_zone(&text) && *text == '\0';
}

bool
format_is_timestamp(const char *text)
{
    if (is_infinity(text))
        return true;
    if (!read_date(&text))
        return false;
    if (*text == '\0')
        return true;
    return (read_char(&text, 'T') || read_char(&text, 't') ||
            read_char(&text, ' ')) &&
           format_is_time(text);
}

/* --- JSON ------------------------------------------------------------ */

const char *
format_json_string(struct arena *arena, const char *text, size_t length)
{
    struct buffer json = {0};
    const char *copy;

    json_append_string(&json, text, length);
    copy = arena_strdup(arena, buffer_text(&json));
    buffer_free(&json);
    return copy;
}

const char *
format_mend_zone(struct arena *arena, const char *text)
{
    const char *colon = strchr(text, ':');
    const char *blank = colon ? strchr(colon, ' ') : NULL;
    char *mended;

    if (!blank || !isdigit((unsigned char)blank[1]))
        return text;
    mended = arena_strdup(arena, text);
    mended[blank - text] = '+';
    return mended;
}
