/* serve/scoreboard: what is written, who asks reads; and whether somebody is
 * there who writes. */
#include "serve/scoreboard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static char directory[] = "/tmp/byline-unit-scoreboard-XXXXXX";
static char socket_path[64];

static struct config *
make_config(struct arena *arena)
{
    struct config *config = arena_alloc(arena, sizeof *config);

    config->arena = arena;
    config->pool_count = 2;
    config->pools = arena_alloc(arena, 2 * sizeof *config->pools);
    config->pools[0] =
        (struct pool){.name = "main", .listen = socket_path, .workers = 3};
    config->pools[1] =
        (struct pool){.name = "other", .listen = "/x", .workers = 1};
    config->route_count = 1;
    config->routes = arena_alloc(arena, sizeof *config->routes);
    config->routes[0].name = "thing";
    return config;
}

/* A child's: a master's own lock does not stop the master. */
static int
open_elsewhere(const char *path)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct scoreboard seen;

        if (scoreboard_open(&seen, path) == -1)
            _exit(errno);
        _exit(seen.head->slot_count == 4 && seen.head->generation == 7 &&
                      atomic_load(&seen.slots[3].request_count) == 42 &&
                      strcmp(seen.slots[3].pool, "other") == 0 &&
                      strcmp(seen.routes[0].name, "thing") == 0
                  ? 0
                  : 255);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void
is_seen_once_it_is_published(struct arena *arena)
{
    const struct config *config = make_config(arena);
    const char *path = scoreboard_path(arena, config->pools[0].listen);
    struct scoreboard board, next;
    pid_t child;

    if (!is_int(scoreboard_create(&board, config), 0, "it is made"))
        return;
    board.head->generation = 7;
    is_int(open_elsewhere(path), ENOENT, "nobody sees it yet");
    is_int(scoreboard_publish(&board), 0, "it is published");
    child = fork();
    if (child == 0) {
        atomic_store(&board.slots[3].request_count, 42);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    is_int(open_elsewhere(path), 0, "what a worker writes is read");
    is_int(scoreboard_create(&next, config), 0, "the next is made");
    is_int(scoreboard_publish(&next), 0, "and takes its place");
    scoreboard_retire(&board);
    is_int(access(path, F_OK), 0, "which the one before leaves alone");
    scoreboard_close(&board);
    scoreboard_retire(&next);
    is_int(access(path, F_OK), -1, "the last is taken away");
    scoreboard_close(&next);
}

static void
is_of_nobody_without_a_lock(struct arena *arena)
{
    const struct config *config = make_config(arena);
    const char *path = scoreboard_path(arena, config->pools[0].listen);
    struct scoreboard board;
    FILE *stream;

    if (scoreboard_create(&board, config) == -1 ||
        scoreboard_publish(&board) == -1)
        abort();
    scoreboard_close(&board);
    is_int(open_elsewhere(path), ENOENT, "one that its master left is none");
    stream = fopen(path, "w");
    if (!stream || fclose(stream) != 0)
        abort();
    is_int(open_elsewhere(path), ENOENT, "nor is an empty file");
    unlink(path);
}

static void
says_what_is_wrong(struct arena *arena)
{
    struct config *config = make_config(arena);
    struct scoreboard board;

    config->pools[0].listen = "/tmp/byline-unit-none/x.sock";
    is_int(scoreboard_create(&board, config), -1, "a directory not there");
    is_int(errno, ENOENT, "... by errno");
    scoreboard_close(&board);
}

int
main(void)
{
    struct arena *arena = arena_new();

    if (!mkdtemp(directory))
        return 1;
    snprintf(socket_path, sizeof socket_path, "%s/x.sock", directory);
    is_seen_once_it_is_published(arena);
    is_of_nobody_without_a_lock(arena);
    says_what_is_wrong(arena);
    is_int(rmdir(directory), 0, "nothing is left over");
    arena_free(arena);
    return done();
}
