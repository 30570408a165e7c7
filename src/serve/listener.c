/* The Unix socket of a pool. */
#include "serve/listener.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static int
fail(const struct pool *pool, const char *what)
{
    log_error("[pool %s] %s: %s: %s", pool->name, pool->listen, what,
              strerror(errno));
    return -1;
}

static struct sockaddr_un
name_of(const struct pool *pool)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    /* The configuration has seen to it that the path fits. */
    memcpy(name.sun_path, pool->listen, strlen(pool->listen));
    return name;
}

/* Whether somebody answers at the socket that is there. */
static bool
is_in_use(const struct pool *pool)
{
    struct sockaddr_un name = name_of(pool);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answers;

    if (probe == -1)
        return false;
    /* Who may not connect, or finds the queue full, has found somebody. */
    answers = connect(probe, (struct sockaddr *)&name, sizeof name) == 0 ||
              (errno != ECONNREFUSED && errno != ENOENT);
    close(probe);
    return answers;
}

/* Removes what a process that was killed left behind; never a file. */
static int
clear_way(const struct pool *pool)
{
    struct stat status;

    if (lstat(pool->listen, &status) == -1)
        return errno == ENOENT ? 0 : fail(pool, "cannot be looked at");
    if (!S_ISSOCK(status.st_mode)) {
        errno = EEXIST;
        return fail(pool, "is there and is no socket");
    }
    if (is_in_use(pool)) {
        errno = EADDRINUSE;
        return fail(pool, "another process listens there");
    }
    return unlink(pool->listen) == 0 ? 0 : fail(pool, "cannot be removed");
}

static int
set_group(const struct pool *pool)
{
    const struct group *group;

    if (pool->listen_group[0] == '\0')
        return 0;
    group = getgrnam(pool->listen_group);
    if (!group) {
        log_error("[pool %s] listen_group: there is no group \"%s\"",
                  pool->name, pool->listen_group);
        return -1;
    }
    if (chown(pool->listen, (uid_t)-1, group->gr_gid) == -1)
        return fail(pool, "cannot be given to its listen_group");
    return 0;
}

/* The socket is nobody's until group and mode are as they should be. */
static int
bind_to(const struct pool *pool, int listener)
{
    struct sockaddr_un name = name_of(pool);
    mode_t old_mask = umask(0777);
    int status = bind(listener, (struct sockaddr *)&name, sizeof name);

    umask(old_mask);
    return status == 0 ? 0 : fail(pool, "cannot be bound");
}

/* From a socket that is bound to one that nginx can connect to. */
static int
open_up(const struct pool *pool, struct listener *listener)
{
    struct stat status;

    if (set_group(pool) == -1)
        return -1;
    if (chmod(pool->listen, (mode_t)pool->listen_mode) == -1)
        return fail(pool, "cannot be given its listen_mode");
    if (stat(pool->listen, &status) == -1 ||
        listen(listener->descriptor, (int)pool->listen_backlog) == -1)
        return fail(pool, "cannot be listened on");
    listener->device = status.st_dev;
    listener->inode = status.st_ino;
    return 0;
}

static int
prepare(const struct pool *pool, struct listener *listener)
{
    if (clear_way(pool) == -1 || bind_to(pool, listener->descriptor) == -1)
        return -1;
    if (open_up(pool, listener) == 0)
        return 0;
    /* What cannot be used stays in nobody's way. */
    unlink(pool->listen);
    return -1;
}

int
listener_open(const struct pool *pool, struct listener *listener)
{
    *listener = (struct listener){
        .descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
    };
    if (listener->descriptor == -1)
        return fail(pool, "no socket");
    /* The configuration has seen to it that the path fits. */
    snprintf(listener->path, sizeof listener->path, "%s", pool->listen);
    if (prepare(pool, listener) == 0)
        return 0;
    listener_close(listener);
    return -1;
}

int
listener_take(int descriptor, struct listener *listener)
{
    struct sockaddr_un name = {0};
    int listens = 0;
    socklen_t size = sizeof listens;
    /* A path without an end would be one byte too long for `path`. */
    socklen_t length = sizeof name - 1;
    struct stat status;

    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) ==
            -1 ||
        !listens ||
        getsockname(descriptor, (struct sockaddr *)&name, &length) == -1 ||
        name.sun_family != AF_UNIX || name.sun_path[0] != '/' ||
        stat(name.sun_path, &status) == -1)
        return -1;
    *listener = (struct listener){
        .descriptor = descriptor,
        .is_handed_over = true,
        .device = status.st_dev,
        .inode = status.st_ino,
    };
    memcpy(listener->path, name.sun_path, sizeof listener->path);
    return 0;
}

/* Whether the socket at `path` is this one, whatever other names it has:
 * /var/run is /run. */
static bool
is_at(const struct listener *listener, const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_dev == listener->device &&
           status.st_ino == listener->inode;
}

bool
listener_is_of(const struct listener *listener, const struct pool *pool)
{
    return is_at(listener, pool->listen);
}

int
listener_adjust(const struct pool *pool, struct listener *listener)
{
    if (!is_at(listener, pool->listen)) {
        errno = ENOENT;
        return fail(pool, "is not our socket any more");
    }
    if (!listener->is_handed_over)
        return open_up(pool, listener);
    /* Path, group and mode are the service manager's; the queue is ours. */
    return listen(listener->descriptor, (int)pool->listen_backlog) == 0
               ? 0
               : fail(pool, "cannot be given its listen_backlog");
}

void
listener_unlink(const struct listener *listener)
{
    struct stat status;

    if (!listener->is_handed_over && lstat(listener->path, &status) == 0 &&
        status.st_dev == listener->device && status.st_ino == listener->inode)
        unlink(listener->path);
}

void
listener_close(struct listener *listener)
{
    if (listener->descriptor != -1)
        close(listener->descriptor);
    *listener = (struct listener){.descriptor = -1};
}
