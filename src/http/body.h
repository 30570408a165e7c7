/*
 * The JSON object that came as a request's body. What is not JSON as RFC 8259
 * has it is refused before a library sees it; of two members with one name
 * the last counts.
 */
#ifndef BYLINE_HTTP_BODY_H
#define BYLINE_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json_value.h"
#include "base/problem.h"

/* An object of the body, the outermost or one inside it; lives in the
 * arena. */
struct body;

/*
 * Reads `length` bytes that must be an object, in which at most `depth_max`
 * arrays and objects stand inside one another, itself included: 1 or more,
 * of which no more than JSON_SCAN_DEPTH_MAX count. `text` must stay as long
 * as the arena; it may be NULL if there are no bytes. -1 and a problem, with
 * "body" as its one field, if it is empty, not well-formed, no object or too
 * deep, or if a member's name holds \u0000.
 */
int body_parse(const struct body **body, struct arena *arena, const char *text,
               size_t length, int64_t depth_max, struct problem *problem);

/* Looks for the member `name`; false if there is none. The value's text
 * lives in the shorter-lived of `arena` and the arena of body_parse. */
bool body_get(const struct body *body, struct arena *arena, const char *name,
              struct json_value *value);

/* The object that is the member `name`; NULL if that is none, or absent. */
const struct body *body_object(const struct body *body, struct arena *arena,
                               const char *name);

/* How many elements the member `name` has; -1 if that is no array, or absent.
 * The first ones of them, up to `room`, are put into `elements`, as by
 * body_get. */
long body_array(const struct body *body, struct arena *arena, const char *name,
                struct json_value *elements, long room);

/* How many members it has, of those with one name the last alone. */
size_t body_count(const struct body *body);

#endif
