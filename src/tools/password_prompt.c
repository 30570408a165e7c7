/* Reading a password, with the terminal's echo off. */
#include "tools/password_prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define SIGNAL_COUNT (sizeof signals / sizeof signals[0])

static volatile sig_atomic_t caught_signal;

static void
on_signal(int number)
{
    caught_signal = number;
}

static int
complain(const char *message)
{
    fprintf(stderr, "byline: %s\n", message);
    return -1;
}

/* Byte by byte, so that no buffer of stdio keeps any of it. */
static int
read_line(struct password_text *password)
{
    char byte = '\0';
    ssize_t got;

    memset(password, 0, sizeof *password);
    while ((got = read(STDIN_FILENO, &byte, 1)) == 1 && byte != '\n') {
        if (password->length < sizeof password->text - 1)
            password->text[password->length] = byte;
        password->length++;
    }
    byte = '\0';
    return got == -1 || (got == 0 && password->length == 0) ? -1 : 0;
}

/* A signal ends the program as it always would, but not before the echo is
 * back. */
static int
read_quietly(const char *prompt, struct password_text *password)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct sigaction old[SIGNAL_COUNT];
    struct termios loud, quiet;
    int result;

    if (tcgetattr(STDIN_FILENO, &loud) == -1)
        return -1;
    quiet = loud;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    caught_signal = 0;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &action, &old[i]);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    fputs(prompt, stderr);
    result = read_line(password);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &loud);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &old[i], NULL);
    if (caught_signal != 0)
        raise(caught_signal);
    return result;
}

static bool
is_same(const struct password_text *left, const struct password_text *right)
{
    return left->length == right->length &&
           memcmp(left->text, right->text, sizeof left->text) == 0;
}

int
password_prompt(struct password_text *password)
{
    struct password_text again;
    int result;

    if (!isatty(STDIN_FILENO))
        return read_line(password) == 0
                   ? 0
                   : complain("there is no password on standard input");
    if (read_quietly("Password: ", password) == -1)
        return complain("no password was entered");
    result = read_quietly("Again: ", &again);
    if (result == -1)
        complain("no password was entered");
    else if (!is_same(password, &again))
        result = complain("the two passwords differ");
    explicit_bzero(&again, sizeof again);
    return result;
}
