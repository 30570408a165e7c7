/*
 * The service manager: it may hand over sockets that listen already, and
 * wants to know when service begins, changes and ends. Both are a few lines
 * of systemd's documented protocols, sd_listen_fds(3) and sd_notify(3), and
 * not worth a library in every worker. Without a service manager nothing
 * here does anything.
 */
#ifndef BYLINE_SERVE_SYSTEMD_H
#define BYLINE_SERVE_SYSTEMD_H

#include <stddef.h>
#include <stdint.h>

/* The first of the descriptors handed over (SD_LISTEN_FDS_START). */
#define SYSTEMD_FIRST_DESCRIPTOR 3

/* How many descriptors were handed over to this process. They are closed on
 * exec from then on, and the variables that told of them are gone. */
size_t systemd_take_descriptors(void);

/* Sends a state, lines of NAME=VALUE. */
void systemd_notify(const char *state);

/* RELOADING=1, with the time that goes with it. */
void systemd_notify_reloading(void);

/* How often the service manager wants WATCHDOG=1 at least; 0: never. */
int64_t systemd_watchdog_ms(void);

#endif
