/* Entity tags and lists of them. */
#include "http/etag.h"

#include <string.h>

#define HASH_DIGITS 16

static const char hex[] = "0123456789abcdef";

void
etag_format(char tag[ETAG_SIZE], const char *version, uint64_t hash)
{
    size_t length = version ? strnlen(version, ETAG_VERSION_MAX) : 0;
    char *at = tag;

    *at++ = '"';
    if (version) {
        memcpy(at, version, length);
        at += length;
        *at++ = '-';
    }
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = hex[(hash >> shift) & 15];
    *at++ = '"';
    *at = '\0';
}

/* --- lists ----------------------------------------------------------- */

/* A tag in a list, without `W/` and quotes. */
struct tag {
    const char *text;
    size_t length;
};

enum next {
    NEXT_TAG,
    NEXT_END,
    NEXT_MALFORMED,
};

static const char *
skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Of any byte but controls, blanks and quotes. */
static bool
is_tag_byte(char byte)
{
    return (unsigned char)byte > ' ' && byte != '"' && byte != '\x7f';
}

/* Empty elements are none (RFC 9110, section 5.6.1). */
static enum next
next_tag(const char **list, struct tag *tag)
{
    const char *at = *list + strspn(*list, " \t,");

    if (*at == '\0')
        return NEXT_END;
    if (at[0] == 'W' && at[1] == '/')
        at += 2;
    if (*at++ != '"')
        return NEXT_MALFORMED;
    tag->text = at;
    while (is_tag_byte(*at))
        at++;
    tag->length = (size_t)(at - tag->text);
    if (*at++ != '"')
        return NEXT_MALFORMED;
    *list = skip_blanks(at);
    return **list == ',' || **list == '\0' ? NEXT_TAG : NEXT_MALFORMED;
}

bool
etag_is_any(const char *list)
{
    list = skip_blanks(list);
    return *list == '*' && *skip_blanks(list + 1) == '\0';
}

static bool
has_text(const struct tag *tag, const char *text, size_t length)
{
    return tag->length == length && memcmp(tag->text, text, length) == 0;
}

bool
etag_is_listed(const char *list, const char *tag)
{
    const size_t length = strlen(tag) - 2; /* without its quotes */
    bool is_found = false;
    struct tag listed;
    enum next next;

    if (etag_is_any(list))
        return true;
    while ((next = next_tag(&list, &listed)) == NEXT_TAG)
        if (has_text(&listed, tag + 1, length))
            is_found = true;
    return next == NEXT_END && is_found;
}

/* --- versions -------------------------------------------------------- */

/* How long the version of a tag is; 0: the tag is none of ours, or has no
 * version. */
static size_t
version_length(const struct tag *tag)
{
    size_t length = strspn(tag->text, "0123456789");

    return length > 0 && length <= ETAG_VERSION_MAX &&
                   tag->length == length + 1 + HASH_DIGITS &&
                   tag->text[length] == '-' &&
                   strspn(tag->text + length + 1, hex) == HASH_DIGITS
               ? length
               : 0;
}

const char **
etag_versions(struct arena *arena, const char *list, size_t *count)
{
    const char **versions = NULL;
    struct tag tag;
    enum next next;

    *count = 0;
    while ((next = next_tag(&list, &tag)) == NEXT_TAG) {
        size_t length = version_length(&tag);

        if (length == 0)
            continue;
        versions = arena_push(arena, versions, *count, sizeof *versions);
        versions[(*count)++] = arena_strndup(arena, tag.text, length);
    }
    if (next == NEXT_MALFORMED)
        *count = 0;
    return versions;
}

bool
etag_has_version(const char *list, const char *version)
{
    const size_t length = strlen(version);
    bool is_found = false;
    struct tag listed;
    enum next next;

    if (etag_is_any(list))
        return true;
    while ((next = next_tag(&list, &listed)) == NEXT_TAG) {
        listed.length = version_length(&listed);
        if (has_text(&listed, version, length))
            is_found = true;
    }
    return next == NEXT_END && is_found;
}
