/* A password from who runs the program. */
#ifndef BYLINE_TOOLS_PASSWORD_PROMPT_H
#define BYLINE_TOOLS_PASSWORD_PROMPT_H

#include <stddef.h>

#include "auth/password.h"

/* Wipe it with explicit_bzero as soon as it is hashed. */
struct password_text {
    char text[PASSWORD_BYTES_MAX + 2]; /* NUL-terminated, maybe cut */
    size_t length;                     /* of all that was entered */
};

/* Asks twice, without an echo, if standard input is a terminal, and else
 * reads a line of it. Returns -1 after printing why there is none. */
int password_prompt(struct password_text *password);

#endif
