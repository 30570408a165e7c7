/* Signals. */
#include "serve/signals.h"

#include <stddef.h>

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_child;

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

static const struct {
    int number;
    void (*handler)(int);
} handled[] = {
    {SIGTERM, note_stop},  {SIGINT, note_stop}, {SIGQUIT, note_stop},
    {SIGCHLD, note_child}, {SIGPIPE, SIG_IGN},  {SIGHUP, SIG_IGN},
};

void
signals_init(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    signals_stop = 0;
    signals_child = 0;
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) {
        struct sigaction action = {.sa_handler = handled[i].handler};

        sigemptyset(&action.sa_mask);
        sigaction(handled[i].number, &action, NULL);
        sigaddset(&blocked, handled[i].number);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

const sigset_t *
signals_waiting_mask(void)
{
    static sigset_t empty; /* static storage is the empty set */

    sigemptyset(&empty);
    return &empty;
}
