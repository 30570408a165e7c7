/* The socket of a pool, and the memory that workers share with the master. */
#include "serve/listener.h"

#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#include "tap.h"

static char directory[] = "/tmp/byline-unit-listener-XXXXXX";
static char socket_path[64], log_path[64];

/* A pool with this socket, of the process's own group. */
static struct pool
make_pool(int64_t mode)
{
    return (struct pool){.name = "main",
                         .listen = socket_path,
                         .listen_group = "",
                         .listen_mode = mode,
                         .listen_backlog = 5};
}

static int
connect_to_socket(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    int status;

    memcpy(name.sun_path, socket_path, strlen(socket_path) + 1);
    status = connect(client, (struct sockaddr *)&name, sizeof name);
    close(client);
    return status;
}

/* Whether the log says so; the log is empty then. */
static bool
was_logged(const char *words)
{
    char text[1024] = "";
    FILE *stream = fopen(log_path, "r");
    size_t length = 0;

    if (stream) {
        length = fread(text, 1, sizeof text - 1, stream);
        fclose(stream);
    }
    text[length] = '\0';
    if (truncate(log_path, 0) == -1)
        return false;
    if (!strstr(text, words))
        diag("logged: %s", text);
    return strstr(text, words);
}

static void
has_its_mode(int64_t mode)
{
    struct pool pool = make_pool(mode);
    mode_t mask = umask(0);
    struct listener listener;
    struct stat status = {0};

    umask(mask);
    if (!is_int(listener_open(&pool, &listener), 0, "the socket opens"))
        return;
    stat(socket_path, &status);
    ok(S_ISSOCK(status.st_mode), "it is a socket");
    is_int(status.st_mode & 07777, mode, "it has mode %03o", (unsigned)mode);
    is_int(umask(mask), mask, "the process has the umask of before");
    is_int(connect_to_socket(), 0, "it can be connected to");
    listener_unlink(&listener);
    is_int(access(socket_path, F_OK), -1, "it can be removed");
    close(listener.descriptor);
}

static void
replaces_a_stale_socket(void)
{
    struct pool pool = make_pool(0600);
    struct listener listener;
    int opened = listener_open(&pool, &listener);

    close(listener.descriptor);
    is_int(access(socket_path, F_OK), 0, "a process that died left a socket");
    is_int(connect_to_socket(), -1, "where nobody answers");
    is_int(opened, 0, "a socket opens");
    is_int(listener_open(&pool, &listener), 0, "it is replaced");
    is_int(connect_to_socket(), 0, "and the new one answers");
    close(listener.descriptor);
    listener_unlink(&listener);
}

static void
leaves_a_live_socket(void)
{
    struct pool pool = make_pool(0600);
    struct listener listener;
    int opened = listener_open(&pool, &listener);
    struct listener other;
    struct stat before = {0}, after = {0};

    is_int(opened, 0, "a socket opens");
    stat(socket_path, &before);
    is_int(listener_open(&pool, &other), -1, "a socket in use is refused");
    ok(was_logged("another process listens there"), "and the log says so");
    stat(socket_path, &after);
    is_int((int64_t)after.st_ino, (int64_t)before.st_ino,
           "it is the same as before");
    is_int(connect_to_socket(), 0, "and still answers");
    close(listener.descriptor);
    listener_unlink(&listener);
}

static void
never_removes_a_file(void)
{
    struct pool pool = make_pool(0600);
    FILE *stream = fopen(socket_path, "w");
    struct listener other;
    struct stat status = {0};

    if (!stream || fputs("precious", stream) < 0 || fclose(stream) != 0)
        abort();
    is_int(listener_open(&pool, &other), -1, "a file in the way is refused");
    ok(was_logged("is there and is no socket"), "and the log says so");
    stat(socket_path, &status);
    ok(S_ISREG(status.st_mode) && status.st_size == 8, "the file is whole");
    unlink(socket_path);
    if (symlink("/dev/null", socket_path) == -1)
        abort();
    is_int(listener_open(&pool, &other), -1, "so is a symbolic link");
    ok(was_logged("is there and is no socket"), "and the log says so");
    lstat(socket_path, &status);
    ok(S_ISLNK(status.st_mode), "the link is there");
    unlink(socket_path);
}

static void
gives_it_to_the_group(void)
{
    struct pool pool = make_pool(0660);
    const struct group *group = getgrgid(getgid());
    struct stat status = {0};
    struct listener listener, other;

    pool.listen_group = group ? group->gr_name : "";
    is_int(listener_open(&pool, &listener), 0, "the socket opens");
    stat(socket_path, &status);
    is_int(status.st_gid, getgid(), "the socket belongs to the group");
    close(listener.descriptor);
    pool.listen_group = "no-such-group";
    is_int(listener_open(&pool, &other), -1, "an unknown group is refused");
    ok(was_logged("there is no group \"no-such-group\""),
       "and the log says so");
    is_int(access(socket_path, F_OK), -1, "and no socket stays behind");
}

static void
says_where_it_cannot_be(void)
{
    struct pool pool = make_pool(0600);
    struct listener other;

    pool.listen = "/tmp/byline-unit-none/x.sock";
    is_int(listener_open(&pool, &other), -1, "a directory that is not there");
    ok(was_logged("/tmp/byline-unit-none/x.sock: cannot be bound: No such "
                  "file or directory"),
       "and the log says so");
}

int
main(void)
{
    if (!mkdtemp(directory))
        return 1;
    snprintf(socket_path, sizeof socket_path, "%s/x.sock", directory);
    snprintf(log_path, sizeof log_path, "%s/log", directory);
    if (log_open(log_path, LOG_FORMAT_TEXT, LOG_LEVEL_NOTICE) == -1)
        return 1;
    has_its_mode(0600);
    has_its_mode(0660);
    has_its_mode(0777);
    replaces_a_stale_socket();
    leaves_a_live_socket();
    never_removes_a_file();
    gives_it_to_the_group();
    says_where_it_cannot_be();
    unlink(log_path);
    is_int(rmdir(directory), 0, "nothing is left over");
    return done();
}
