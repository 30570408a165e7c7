/* Signals. */
#include "serve/signals.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_child;
volatile sig_atomic_t signals_reload;

static void
note_stop(int number)
{
    (void)number;
    signals_stop = 1;
}

static void
note_child(int number)
{
    (void)number;
    signals_child = 1;
}

static void
note_reload(int number)
{
    (void)number;
    signals_reload = 1;
}

static const struct {
    int number;
    void (*handler)(int);
} handled[] = {
    {SIGTERM, note_stop},  {SIGINT, note_stop}, {SIGQUIT, note_stop},
    {SIGCHLD, note_child}, {SIGPIPE, SIG_IGN},  {SIGHUP, note_reload},
    {SIGUSR1, SIG_IGN},    {SIGUSR2, SIG_IGN},
};

void
signals_init(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    signals_stop = 0;
    signals_child = 0;
    signals_reload = 0;
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) {
        struct sigaction action = {.sa_handler = handled[i].handler};

        sigemptyset(&action.sa_mask);
        sigaction(handled[i].number, &action, NULL);
        sigaddset(&blocked, handled[i].number);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

void
signals_ignore_reload(void)
{
    signal(SIGHUP, SIG_IGN);
}

void
signals_deliver(void)
{
    const struct timespec at_once = {0};

    ppoll(NULL, 0, &at_once, signals_waiting_mask());
}

const sigset_t *
signals_waiting_mask(void)
{
    static const sigset_t empty; /* static storage blocks none */

    return &empty;
}
