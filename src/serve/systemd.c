/* The service manager. */
#include "serve/systemd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A variable as a number; -1 if it is not there, or no number. */
static int64_t
read_variable(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long long number = text ? strtoll(text, &end, 10) : -1;

    return text && *text != '\0' && *end == '\0' ? number : -1;
}

size_t
systemd_take_descriptors(void)
{
    int64_t count = read_variable("LISTEN_FDS");
    bool is_for_us = read_variable("LISTEN_PID") == getpid();

    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    if (!is_for_us || count < 0)
        return 0;
    for (int64_t i = 0; i < count; i++)
        if (fcntl(SYSTEMD_FIRST_DESCRIPTOR + (int)i, F_SETFD, FD_CLOEXEC) ==
            -1)
            return (size_t)i;
    return (size_t)count;
}

void
systemd_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = path ? strlen(path) : 0;
    int notify;

    if (length < 2 || length > sizeof name.sun_path)
        return;
    memcpy(name.sun_path, path, length);
    if (path[0] == '@') /* a name that is in no file system */
        name.sun_path[0] = '\0';
    notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify == -1)
        return;
    /* A service manager that does not listen has nobody to tell. */
    sendto(notify, state, strlen(state), MSG_NOSIGNAL,
           (struct sockaddr *)&name,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(notify);
}

void
systemd_notify_reloading(void)
{
    char state[80];
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
             (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    systemd_notify(state);
}

int64_t
systemd_watchdog_ms(void)
{
    int64_t interval_us = read_variable("WATCHDOG_USEC");
    int64_t pid = read_variable("WATCHDOG_PID");

    if (interval_us <= 0 || (pid != -1 && pid != getpid()))
        return 0;
    return interval_us / 1000;
}
