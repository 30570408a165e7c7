/*
 * Faults, for a worker that LD_PRELOAD gives this to: while it serves a
 * request, from accept(2) to close(2), the Nth call of one class fails. Which
 * class and which N are in the file that $BYLINE_FAULTS_FILE names, and what
 * became of it is written there. Knows libpq by its header, and glibc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <libpq-fe.h>

enum fault_class {
    CLASS_NONE,
    CLASS_ALLOCATE,
    CLASS_READ,
    CLASS_WRITE,
    CLASS_POLL,
    CLASS_LIBPQ,
};

/* How a call fails: for allocations and libpq there is one way. */
enum fault_kind {
    KIND_ERROR,       /* EIO */
    KIND_RESET,       /* ECONNRESET, EPIPE */
    KIND_INTERRUPTED, /* EINTR */
    KIND_SHORT,       /* one byte goes through */
    KIND_END,         /* the end of the file; time is up */
};

/* The file; t/640-injected-faults.t writes and reads it. */
struct faults {
    int32_t is_armed; /* taken back by the worker that accepts */
    int32_t class;
    int32_t kind;
    int32_t nth;     /* 0: none fails */
    int32_t count;   /* calls of the class so far */
    int32_t failed;  /* whether one was made to fail */
    int32_t is_done; /* the connection is closed */
    int32_t unused;
    int64_t allocated_bytes; /* when it was closed */
};

static struct faults *faults;
static int connection = -1; /* of the request that is served */

/* What stands behind a function here. */
#define NEXT(name)                                                        \
    ({                                                                    \
        static __typeof__(&name) next;                                    \
        if (!next)                                                        \
            next = (__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name); \
        next;                                                             \
    })

__attribute__((constructor)) static void
open_file(void)
{
    const char *path = getenv("BYLINE_FAULTS_FILE");
    int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *shared;

    if (descriptor == -1)
        return;
    shared = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED,
                  descriptor, 0);
    NEXT(close)(descriptor);
    if (shared != MAP_FAILED)
        faults = shared;
}

static bool fails(enum fault_class class)
{
    if (connection == -1 || faults->class != (int32_t) class)
        return false;
    if (++faults->count != faults->nth)
        return false;
    faults->failed = 1;
    return true;
}

/* --- the request ----------------------------------------------------- */

int
accept(int listener, struct sockaddr *address, socklen_t *length)
{
    int accepted = NEXT(accept)(listener, address, length);

    if (accepted == -1 || !faults || !faults->is_armed)
        return accepted;
    faults->is_armed = 0;
    connection = accepted;
    return accepted;
}

int
close(int descriptor)
{
    if (descriptor != -1 && descriptor == connection) {
        connection = -1;
        faults->allocated_bytes = (int64_t)mallinfo2().uordblks;
        faults->is_done = 1;
    }
    return NEXT(close)(descriptor);
}

/* --- memory ---------------------------------------------------------- */

/* dlsym(3) allocates, so what stands behind these has other names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);

static bool
is_exhausted(void)
{
    if (!fails(CLASS_ALLOCATE))
        return false;
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return is_exhausted() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return is_exhausted() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *pointer, size_t size)
{
    return is_exhausted() ? NULL : __libc_realloc(pointer, size);
}

/* --- input and output ------------------------------------------------ */

/* What a call that fails returns: -1 and errno, 0 at the end, or 1, when one
 * byte is to go through. */
static ssize_t
outcome(int reset)
{
    switch ((enum fault_kind)faults->kind) {
    case KIND_ERROR:
        errno = EIO;
        return -1;
    case KIND_INTERRUPTED:
        errno = EINTR;
        return -1;
    case KIND_RESET:
        errno = reset;
        return -1;
    case KIND_SHORT:
        return 1;
    case KIND_END:
        break;
    }
    return 0;
}

ssize_t
read(int descriptor, void *data, size_t size)
{
    if (size > 0 && fails(CLASS_READ)) {
        ssize_t result = outcome(ECONNRESET);

        return result == 1 ? NEXT(read)(descriptor, data, 1) : result;
    }
    return NEXT(read)(descriptor, data, size);
}

ssize_t
recv(int descriptor, void *data, size_t size, int flags)
{
    if (size > 0 && fails(CLASS_READ)) {
        ssize_t result = outcome(ECONNRESET);

        return result == 1 ? NEXT(recv)(descriptor, data, 1, flags) : result;
    }
    return NEXT(recv)(descriptor, data, size, flags);
}

ssize_t
write(int descriptor, const void *data, size_t size)
{
    if (size > 0 && fails(CLASS_WRITE)) {
        ssize_t result = outcome(EPIPE);

        return result == 1 ? NEXT(write)(descriptor, data, 1) : result;
    }
    return NEXT(write)(descriptor, data, size);
}

ssize_t
send(int descriptor, const void *data, size_t size, int flags)
{
    if (size > 0 && fails(CLASS_WRITE)) {
        ssize_t result = outcome(EPIPE);

        return result == 1 ? NEXT(send)(descriptor, data, 1, flags) : result;
    }
    return NEXT(send)(descriptor, data, size, flags);
}

ssize_t
writev(int descriptor, const struct iovec *parts, int count)
{
    if (count > 0 && fails(CLASS_WRITE)) {
        ssize_t result = outcome(EPIPE);

        return result == 1 ? NEXT(write)(descriptor, parts[0].iov_base, 1)
                           : result;
    }
    return NEXT(writev)(descriptor, parts, count);
}

static int
fail_to_wait(void)
{
    if (faults->kind == KIND_END)
        return 0;
    errno = faults->kind == KIND_INTERRUPTED ? EINTR : ENOMEM;
    return -1;
}

int
poll(struct pollfd *sockets, nfds_t count, int timeout_ms)
{
    return fails(CLASS_POLL) ? fail_to_wait()
                             : NEXT(poll)(sockets, count, timeout_ms);
}

int
ppoll(struct pollfd *sockets, nfds_t count, const struct timespec *timeout,
      const sigset_t *mask)
{
    return fails(CLASS_POLL) ? fail_to_wait()
                             : NEXT(ppoll)(sockets, count, timeout, mask);
}

/* --- libpq ----------------------------------------------------------- */

#define FAILS_AS(failure, type, name, parameters, arguments)          \
    type name parameters                                              \
    {                                                                 \
        return fails(CLASS_LIBPQ) ? (failure) : NEXT(name) arguments; \
    }

FAILS_AS(NULL, PGconn *, PQconnectStartParams,
         (const char *const *keywords, const char *const *values, int expand),
         (keywords, values, expand))
FAILS_AS(PGRES_POLLING_FAILED, PostgresPollingStatusType, PQconnectPoll,
         (PGconn * conn), (conn))
FAILS_AS(CONNECTION_BAD, ConnStatusType, PQstatus, (const PGconn *conn),
         (conn))
FAILS_AS(PQTRANS_UNKNOWN, PGTransactionStatusType, PQtransactionStatus,
         (const PGconn *conn), (conn))
FAILS_AS(-1, int, PQsocket, (const PGconn *conn), (conn))
FAILS_AS(-1, int, PQsetnonblocking, (PGconn * conn, int arg), (conn, arg))
FAILS_AS(0, int, PQconsumeInput, (PGconn * conn), (conn))
FAILS_AS(-1, int, PQflush, (PGconn * conn), (conn))
FAILS_AS(NULL, PGresult *, PQgetResult, (PGconn * conn), (conn))
FAILS_AS(0, int, PQenterPipelineMode, (PGconn * conn), (conn))
FAILS_AS(0, int, PQexitPipelineMode, (PGconn * conn), (conn))
FAILS_AS(0, int, PQpipelineSync, (PGconn * conn), (conn))
FAILS_AS(0, int, PQsendQuery, (PGconn * conn, const char *query),
         (conn, query))
FAILS_AS(0, int, PQsendPrepare,
         (PGconn * conn, const char *name, const char *query, int count,
          const Oid *types),
         (conn, name, query, count, types))
FAILS_AS(0, int, PQsendDescribePrepared, (PGconn * conn, const char *name),
         (conn, name))
FAILS_AS(0, int, PQsendQueryPrepared,
         (PGconn * conn, const char *name, int count,
          const char *const *values, const int *lengths, const int *formats,
          int format),
         (conn, name, count, values, lengths, formats, format))
FAILS_AS(0, int, PQsendQueryParams,
         (PGconn * conn, const char *command, int count, const Oid *types,
          const char *const *values, const int *lengths, const int *formats,
          int format),
         (conn, command, count, types, values, lengths, formats, format))
