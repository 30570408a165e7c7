/*
 * The Test Anything Protocol for the unit tests. A test is one program of
 * one file, and so this is a header alone. Each check prints its line at
 * once; the plan comes last, from done(), so that a program that dies on the
 * way has failed.
 */
#ifndef BYLINE_UNIT_TAP_H
#define BYLINE_UNIT_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned tap_run, tap_failed;

/* A remark for whoever reads why a check failed. */
static inline void __attribute__((format(printf, 1, 2)))
diag(const char *format, ...)
{
    va_list args;

    fputs("# ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* The line of one check. In a name a '#' would be syntax, and what is not
 * ASCII may be malformed on purpose: a '?' stands for each. Returns
 * `passed`. */
static inline bool __attribute__((format(printf, 2, 0)))
tap_check(bool passed, const char *format, va_list args)
{
    char name[512];

    vsnprintf(name, sizeof name, format, args);
    for (char *at = name; *at; at++)
        if (*at < ' ' || *at > '~' || *at == '#')
            *at = '?';
    printf("%sok %u - %s\n", passed ? "" : "not ", ++tap_run, name);
    fflush(stdout);
    if (!passed) {
        tap_failed++;
        diag("failed: %s", name);
    }
    return passed;
}

/* Each check takes the name of the behaviour as a format, and returns
 * whether it passed. */
static inline bool __attribute__((format(printf, 2, 3)))
ok(bool passed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tap_check(passed, format, args);
    va_end(args);
    return passed;
}

static inline bool __attribute__((format(printf, 3, 4)))
is_int(int64_t got, int64_t expected, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tap_check(got == expected, format, args);
    va_end(args);
    if (got != expected)
        diag("got %" PRId64 ", expected %" PRId64, got, expected);
    return got == expected;
}

/* Either text may be NULL. */
static inline bool __attribute__((format(printf, 3, 4)))
is_text(const char *got, const char *expected, const char *format, ...)
{
    bool passed =
        got && expected ? strcmp(got, expected) == 0 : got == expected;
    va_list args;

    va_start(args, format);
    tap_check(passed, format, args);
    va_end(args);
    if (!passed)
        diag("     got: %s\n# expected: %s", got ? got : "(null)",
             expected ? expected : "(null)");
    return passed;
}

/* Prints the plan; returns the exit status of the program. */
static inline int
done(void)
{
    printf("1..%u\n", tap_run);
    if (tap_failed > 0)
        diag("%u of %u checks failed", tap_failed, tap_run);
    return tap_failed > 0 || tap_run == 0;
}

#endif
