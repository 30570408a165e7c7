/* The cookie that carries a token (RFC 6265). */
#ifndef BYLINE_AUTH_COOKIE_H
#define BYLINE_AUTH_COOKIE_H

#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"

/* The value of a Set-Cookie that lets a browser keep `token` for so long; or,
 * with a NULL `token`, forget what it has. Lives in `arena`. */
const char *cookie_format_token(struct arena *arena,
                                const struct token_settings *settings,
                                const char *token, int64_t max_age_s);

/* The value of the cookie of that name in the header Cookie, in `arena`; the
 * first, which a browser sends for the longest path, if there are several.
 * NULL when it is not there; `cookie_header` may be NULL, too. */
const char *cookie_find(struct arena *arena, const char *cookie_header,
                        const char *name);

#endif
