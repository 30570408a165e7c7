/*
 * What workers and their master tell each other, and anybody who asks: one
 * file for each generation, beside the socket of its first pool, which all of
 * them have mapped. Who asks needs nobody's help, and reads also what a
 * master says that no longer answers.
 *
 * Times with _s are seconds of the calendar, times with _ms are those of
 * clock_now_ms, which all processes of a machine share.
 */
#ifndef BYLINE_SERVE_SCOREBOARD_H
#define BYLINE_SERVE_SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "config/config.h"

#define SCOREBOARD_NAME_SIZE 64
#define SCOREBOARD_TEXT_SIZE 512

/* What a worker says of itself. */
enum worker_state {
    WORKER_STARTING,
    WORKER_SERVES,
    WORKER_MISFITS,    /* it serves, but routes do not fit its database */
    WORKER_IS_STRANDED /* it has no connection to its database */
};

/* One worker's place. The master writes what stands first, the worker what
 * follows; the master sets all of it back when he starts another. */
struct slot {
    char pool[SCOREBOARD_NAME_SIZE]; /* name; set before any worker is there */
    _Atomic int pid;                 /* 0: none */
    _Atomic int64_t started_ms;
    _Atomic int64_t drain_until_ms; /* no other worker will come: empty the
                                       queue, until then; 0: another will */

    _Atomic int state;             /* enum worker_state */
    _Atomic int64_t state_ms;      /* since then */
    _Atomic int64_t busy_since_ms; /* 0: waits */
    _Atomic int64_t request_count;
    char reason[SCOREBOARD_TEXT_SIZE]; /* of the state; set before it */
};

/* One route's place; each worker of its pool writes it. */
struct route_slot {
    char name[SCOREBOARD_NAME_SIZE];
    _Atomic int64_t disabled_since_s; /* 0: it serves */
};

/* Reloads, as the master tells of them. One that has ended is told of in the
 * scoreboards of the generation that was and of that which is. */
struct reload {
    _Atomic int64_t begun_count;
    _Atomic int64_t ended_count;
    int64_t ended_s; /* of the last; this and what follows are set before
                        ended_count */
    bool is_refused;
    char text[SCOREBOARD_TEXT_SIZE]; /* why */
};

/* What stands once. */
struct scoreboard_head {
    char version[SCOREBOARD_NAME_SIZE];
    int master; /* process */
    int64_t started_s;
    int64_t loaded_s;   /* when the configuration was read */
    int64_t generation; /* 1, and one more with each reload */
    size_t slot_count;
    size_t route_count;
    struct reload reload;
};

struct scoreboard {
    struct scoreboard_head *head;
    struct slot *slots;
    struct route_slot *routes; /* by the index of a route */
    int descriptor;
    size_t size;
    const char *path;        /* where it is, once published */
    const char *unpublished; /* where it is until then; NULL: no more */
};

/* Where the scoreboard is of a configuration whose first pool listens there.
 * In `arena`. */
const char *scoreboard_path(struct arena *arena, const char *listen);

/* A new one, which nobody else sees yet: names are set, all else is zero.
 * `scoreboard` is good until scoreboard_close; its paths are in the arena of
 * the configuration. -1 with errno set. */
int scoreboard_create(struct scoreboard *scoreboard,
                      const struct config *config);

/* Shows it, in place of one that is there. -1 with errno set. */
int scoreboard_publish(struct scoreboard *scoreboard);

/* Takes away the file, published or not, unless another one is there by now,
 * and with it the sign that its master lives. It stays mapped. */
void scoreboard_retire(struct scoreboard *scoreboard);

/* Lets go of it, and takes it away if it was never published. */
void scoreboard_close(struct scoreboard *scoreboard);

/* Maps the one at `path`, which is borrowed, to be read. -1 with errno set:
 * ENOENT also where its master is gone, EPROTO where another version wrote it.
 */
int scoreboard_open(struct scoreboard *scoreboard, const char *path);

/* The process of its master, whatever is written in it, as the kernel knows
 * him; 0: one that cannot be seen from here, -1: he is gone. */
pid_t scoreboard_holder(const struct scoreboard *scoreboard);

#endif
