/*
 * Passwords as bcrypt hashes, by crypt(3). bcrypt knows the first 72 bytes
 * of a text up to a NUL: a new password that has more is refused, while one
 * that is tried is cut, so that hashes from elsewhere go on to match.
 */
#ifndef BYLINE_AUTH_PASSWORD_H
#define BYLINE_AUTH_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define PASSWORD_BYTES_MAX 72

/* Each step of the cost doubles the time: 10 are 50 ms, 12 are 200 ms. */
#define PASSWORD_COST_MIN 4
#define PASSWORD_COST_MAX 31

enum password_flaw {
    PASSWORD_FINE,
    PASSWORD_TOO_LONG, /* more than PASSWORD_BYTES_MAX bytes */
    PASSWORD_HAS_NUL,
};

/* What keeps `text` from being set as a password. Its least length is a
 * matter of the configuration. */
enum password_flaw password_check_new(const char *text, size_t length);

/* The hash of a text without flaws, $2b$ with a salt from the system; lives
 * in `arena`. NULL if the text has a flaw, `cost` is out of range or the
 * system fails. Takes as long as `cost` says. */
const char *password_hash(struct arena *arena, const char *text, int64_t cost);

/*
 * Whether `stored` is the hash of `text`, of which the first 72 bytes count;
 * a text with a NUL matches nothing. `stored` may be NULL, for a user whom
 * nobody knows, or any text: what is no bcrypt hash matches nothing either.
 * Whatever the reason, false takes as long as a hash of `cost` does, or as
 * that of `stored` if its own cost is higher.
 */
bool password_matches(const char *text, size_t length, const char *stored,
                      int64_t cost);

#endif
