/* The file that workers and their master share. */
#include "serve/scoreboard.h"

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
scoreboard_path(struct arena *arena, const char *listen)
{
    return arena_printf(arena, "%s.scoreboard", listen);
}

/* --- its parts ------------------------------------------------------- */

static size_t
count_workers(const struct config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->pool_count; i++)
        count += (size_t)config->pools[i].workers;
    return count;
}

static size_t
size_of(size_t slot_count, size_t route_count)
{
    return sizeof(struct scoreboard_head) + slot_count * sizeof(struct slot) +
           route_count * sizeof(struct route_slot);
}

static int
map(struct scoreboard *scoreboard, int protection)
{
    void *start = mmap(NULL, scoreboard->size, protection, MAP_SHARED,
                       scoreboard->descriptor, 0);

    scoreboard->head = start == MAP_FAILED ? NULL : start;
    return scoreboard->head ? 0 : -1;
}

static void
find_parts(struct scoreboard *scoreboard, size_t slot_count)
{
    scoreboard->slots = (struct slot *)(scoreboard->head + 1);
    scoreboard->routes = (struct route_slot *)(scoreboard->slots + slot_count);
}

/* --- for the master -------------------------------------------------- */

static void
copy_name(char *to, const char *name)
{
    snprintf(to, SCOREBOARD_NAME_SIZE, "%s", name);
}

static void
fill(struct scoreboard *scoreboard, const struct config *config)
{
    struct scoreboard_head *head = scoreboard->head;
    struct slot *slot = scoreboard->slots;

    copy_name(head->version, PACKAGE_VERSION);
    head->slot_count = count_workers(config);
    head->route_count = config->route_count;
    for (size_t i = 0; i < config->pool_count; i++)
        for (int64_t k = 0; k < config->pools[i].workers; k++)
            copy_name(slot++->pool, config->pools[i].name);
    for (size_t i = 0; i < config->route_count; i++)
        copy_name(scoreboard->routes[i].name, config->routes[i].name);
}

/* The lock tells who looks that the master is there. It is a lock of this
 * process alone: workers do not inherit it, and do not hold it by having the
 * file mapped, as they would that of flock(2). */
static int
make_file(struct scoreboard *scoreboard)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    /* All of it now: a disk that is full later would end who writes. */
    errno =
        posix_fallocate(scoreboard->descriptor, 0, (off_t)scoreboard->size);
    if (errno != 0 || fcntl(scoreboard->descriptor, F_SETLK, &lock) == -1 ||
        fchmod(scoreboard->descriptor, 0640) == -1)
        return -1;
    return map(scoreboard, PROT_READ | PROT_WRITE);
}

/* One that was left behind there is nobody's. */
static int
open_new(const char *path)
{
    if (unlink(path) == -1 && errno != ENOENT)
        return -1;
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

int
scoreboard_create(struct scoreboard *scoreboard, const struct config *config)
{
    struct arena *arena = config->arena;
    const char *path = scoreboard_path(arena, config->pools[0].listen);
    size_t slot_count = count_workers(config);
    const char *unpublished = arena_printf(arena, "%s.new", path);

    *scoreboard = (struct scoreboard){
        .path = path,
        .size = size_of(slot_count, config->route_count),
        .descriptor = open_new(unpublished),
    };
    if (scoreboard->descriptor == -1)
        return -1;
    scoreboard->unpublished = unpublished;
    if (make_file(scoreboard) == -1) {
        scoreboard_close(scoreboard);
        return -1;
    }
    find_parts(scoreboard, slot_count);
    fill(scoreboard, config);
    return 0;
}

int
scoreboard_publish(struct scoreboard *scoreboard)
{
    if (rename(scoreboard->unpublished, scoreboard->path) == -1)
        return -1;
    scoreboard->unpublished = NULL;
    return 0;
}

void
scoreboard_retire(struct scoreboard *scoreboard)
{
    const char *path =
        scoreboard->unpublished ? scoreboard->unpublished : scoreboard->path;
    struct stat ours, there;

    if (scoreboard->descriptor == -1)
        return;
    if (fstat(scoreboard->descriptor, &ours) == 0 &&
        lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
        ours.st_ino == there.st_ino)
        unlink(path);
    close(scoreboard->descriptor);
    scoreboard->descriptor = -1;
    scoreboard->unpublished = NULL;
}

void
scoreboard_close(struct scoreboard *scoreboard)
{
    int error = errno; /* of who gives up */

    if (scoreboard->head)
        munmap(scoreboard->head, scoreboard->size);
    if (scoreboard->descriptor != -1)
        close(scoreboard->descriptor);
    if (scoreboard->unpublished)
        unlink(scoreboard->unpublished);
    *scoreboard = (struct scoreboard){.descriptor = -1};
    errno = error;
}

/* --- for who asks ---------------------------------------------------- */

pid_t
scoreboard_holder(const struct scoreboard *scoreboard)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    if (fcntl(scoreboard->descriptor, F_GETLK, &lock) == -1 ||
        lock.l_type == F_UNLCK)
        return -1;
    return lock.l_pid;
}

static int
open_and_map(struct scoreboard *scoreboard, const char *path)
{
    struct stat status;

    scoreboard->descriptor =
        open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (scoreboard->descriptor == -1)
        return -1;
    if (scoreboard_holder(scoreboard) == -1) {
        errno = ENOENT;
        return -1;
    }
    if (fstat(scoreboard->descriptor, &status) == -1)
        return -1;
    scoreboard->size = (size_t)status.st_size;
    if (!S_ISREG(status.st_mode) ||
        scoreboard->size < sizeof *scoreboard->head) {
        errno = EPROTO;
        return -1;
    }
    return map(scoreboard, PROT_READ);
}

/* Another version may have put other things elsewhere. */
static bool
is_known(const struct scoreboard *scoreboard)
{
    const struct scoreboard_head *head = scoreboard->head;

    return head->slot_count <= scoreboard->size &&
           head->route_count <= scoreboard->size &&
           strcmp(head->version, PACKAGE_VERSION) == 0 &&
           scoreboard->size == size_of(head->slot_count, head->route_count);
}

int
scoreboard_open(struct scoreboard *scoreboard, const char *path)
{
    *scoreboard = (struct scoreboard){.path = path};
    if (open_and_map(scoreboard, path) == 0) {
        if (is_known(scoreboard)) {
            find_parts(scoreboard, scoreboard->head->slot_count);
            return 0;
        }
        errno = EPROTO;
    }
    scoreboard_close(scoreboard);
    return -1;
}
