/*
 * Is a text JSON, exactly as RFC 8259 has it? No byte order mark, no comment,
 * no comma too many, nothing before or behind the value but blanks, UTF-8
 * throughout, and no half of a surrogate pair in an escape. What libraries
 * accept beyond that never reaches them. Allocates nothing.
 */
#ifndef BYLINE_BASE_JSON_SCAN_H
#define BYLINE_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_value.h"

/* So many arrays and objects inside one another are the most, whatever the
 * caller allows. */
#define JSON_SCAN_DEPTH_MAX 1024

enum json_scan_status {
    JSON_SCAN_OK,
    JSON_SCAN_EMPTY,     /* no text, or nothing but blanks */
    JSON_SCAN_MALFORMED, /* also text that is cut off */
    JSON_SCAN_TOO_DEEP,
};

struct json_scan {
    enum json_scan_status status;
    size_t offset;       /* of the first byte that is wrong; the length, if
                            the text ends too early */
    const char *message; /* static, for people: "a comma or } is expected";
                            NULL when OK */
    enum json_kind kind; /* of the whole text, when OK */
    bool has_nul_name;   /* a member's name, at any depth, has \u0000: legal,
                            but who reads it as C text sees another name */
    size_t nul_name_offset; /* of the first such name */
};

/* A part of the scanned text: borrowed from it, not NUL-terminated. */
struct json_slice {
    const char *text;
    size_t length;
};

struct json_member {
    struct json_slice name;  /* between the quotes, still escaped: one name
                                can be written in several ways; of an array's
                                element it has no text */
    struct json_slice value; /* from its first byte to its last */
    enum json_kind kind;     /* of the value */
};

/*
 * Scans `length` bytes; `text` may be NULL if there are none. When it is an
 * object, on_member(context, member) is called for each of its own members in
 * order, also for a name that came before; when it is an array, for each of
 * its elements. What stands inside of these is not told. That happens on the
 * way: what was told counts only if the status is OK in the end. `on_member`
 * may be NULL. `depth_max` is the deepest that is accepted: `{}` has the depth
 * 1, a bare number 0.
 */
struct json_scan json_scan_text(const char *text, size_t length,
                                size_t depth_max,
                                void (*on_member)(void *context,
                                                  const struct json_member *),
                                void *context);

#endif
