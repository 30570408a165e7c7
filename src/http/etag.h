/*
 * Entity tags (RFC 9110, section 8.8.3), ours, and the lists of them that
 * conditional requests carry (section 13.1).
 *
 * That of a row is `"<version>-<hash>"`: the version, a number, changes with
 * each write of the row, the hash with what is shown. That of anything else
 * is `"<hash>"`. A `W/` in front, which a server that compresses adds, makes
 * no difference here. A list that is not well-formed has no tags.
 */
#ifndef BYLINE_HTTP_ETAG_H
#define BYLINE_HTTP_ETAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Room for a tag with the longest version, its quotes and the end. */
#define ETAG_SIZE 32
#define ETAG_VERSION_MAX 10

/* Writes the tag of what has that hash. `version` NULL: it has none. */
void etag_format(char tag[ETAG_SIZE], const char *version, uint64_t hash);

/* Whether the list is `*`, which stands for whatever there is. */
bool etag_is_any(const char *list);

/* Whether the tag, as etag_format writes it, is in the list, or that is
 * `*`. */
bool etag_is_listed(const char *list, const char *tag);

/* The versions of the list's tags that have one, each a number as text, in
 * `arena`; sets *count to how many there are. */
const char **etag_versions(struct arena *arena, const char *list,
                           size_t *count);

/* Whether one of them is this one, or the list is `*`. */
bool etag_has_version(const char *list, const char *version);

#endif
