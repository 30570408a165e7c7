/*
 * The shape of a row in JSON, worked out when the statement is composed:
 * fragments of text, and between them the columns of the result. Rendering a
 * row copies one after the other; no tree is built.
 */
#ifndef BYLINE_QUERY_SHAPE_H
#define BYLINE_QUERY_SHAPE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "db/db.h"
#include "db/type.h"

enum shape_step_kind {
    SHAPE_VALUE,    /* the value of a column */
    SHAPE_OPTIONAL, /* null, if the column is NULL, in place of an object */
    SHAPE_END,
};

struct shape_step {
    const char *before; /* the text in front */
    size_t before_length;
    enum shape_step_kind kind;
    enum type_form form; /* of a value */
    size_t column;
    size_t after; /* optional: the step that follows the object */
};

struct shape {
    struct arena *arena;
    struct buffer text; /* collected for the next step */
    struct shape_step *steps;
    size_t step_count;
};

/* An empty shape whose steps live in `arena`. */
struct shape shape_new(struct arena *arena);

/* Text that stands as it is. */
void shape_add_text(struct shape *shape, const char *text);

/* A member's name and colon, with a comma unless it is the first. */
void shape_add_name(struct shape *shape, const char *name, size_t position);

/* The value of a column of the result. */
void shape_add_value(struct shape *shape, enum type_form form, size_t column);

/* What is added up to shape_end_optional is null where `column` is NULL. The
 * result is the argument of the latter. */
size_t shape_begin_optional(struct shape *shape, size_t column);
void shape_end_optional(struct shape *shape, size_t begin);

/* Ends the shape; it can be rendered from now on. */
void shape_finish(struct shape *shape);

/* Appends row `row` of `result` to `out`. */
void shape_render(const struct shape *shape, const struct pg_result *result,
                  size_t row, struct buffer *out);

#endif
