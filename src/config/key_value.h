/* One value of an INI file, by the type of its key. */
#ifndef BYLINE_CONFIG_KEY_VALUE_H
#define BYLINE_CONFIG_KEY_VALUE_H

#include "base/arena.h"
#include "config/keys.h"

/* Sets the member of `key` in `target` from `text`; a relative path is
 * resolved against `directory`. Returns NULL, or what is wrong, in `arena`;
 * the member is unchanged then. */
const char *key_value_set(struct arena *arena, const struct key *key,
                          const char *text, const char *directory,
                          void *target);

/* `path` as seen from `directory`, "" being the working directory. */
const char *key_value_path(struct arena *arena, const char *path,
                           const char *directory);

#endif
