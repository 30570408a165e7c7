/*
 * What went wrong with a request: a kind from a closed list, a sentence for
 * people, and the fields concerned. No statuses in here:
 * http/response.c gives each kind its own.
 */
#ifndef BYLINE_BASE_PROBLEM_H
#define BYLINE_BASE_PROBLEM_H

#include <stddef.h>

#include "base/arena.h"

enum problem_kind {
    PROBLEM_NONE,
    PROBLEM_BAD_REQUEST,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_FORBIDDEN,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_CONFLICT,
    PROBLEM_GONE,
    PROBLEM_PRECONDITION_FAILED,
    PROBLEM_CONTENT_TOO_LARGE,
    PROBLEM_URI_TOO_LONG,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_VALIDATION,
    PROBLEM_PRECONDITION_REQUIRED,
    PROBLEM_INTERNAL,
    PROBLEM_UNAVAILABLE,
    PROBLEM_TIMEOUT,
    PROBLEM_KINDS, /* how many there are */
};

/* One wrong field or parameter. `code` is from a closed list. */
struct problem_field {
    const char *field;
    const char *code;
    const char *message;
    const char *min; /* the limit, a number as JSON has it; NULL: none */
    const char *max;
};

struct problem {
    struct arena *arena; /* where the texts live */
    enum problem_kind kind;
    const char *detail;
    struct problem_field *fields;
    size_t field_count;
};

/* Empties it; its texts will live in `arena`. */
void problem_reset(struct problem *problem, struct arena *arena);

/* Records what went wrong, unless something did before: the first wins.
 * Always returns -1, so that a step can fail in one statement. */
int problem_set(struct problem *problem, enum problem_kind kind,
                const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Says how many of the fields, called `noun`, are wrong: -1 then; 0 if there
 * are none. */
int problem_set_fields(struct problem *problem, enum problem_kind kind,
                       const char *noun);

/* So many are told of at most: a request could be wrong in thousands. */
#define PROBLEM_FIELDS_MAX 100

/* Adds a field, all of whose texts are copied, unless there are too many. The
 * result is the new entry, valid until the next one is added. */
struct problem_field *problem_add_field(struct problem *problem,
                                        const char *field, const char *code,
                                        const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
