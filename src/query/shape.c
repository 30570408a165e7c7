/* The shape of a row in JSON. */
#include "query/shape.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"

struct shape
shape_new(struct arena *arena)
{
    return (struct shape){.arena = arena};
}

void
shape_add_text(struct shape *shape, const char *text)
{
    buffer_append_text(&shape->text, text);
}

void
shape_add_name(struct shape *shape, const char *name, size_t position)
{
    if (position > 0)
        buffer_append_char(&shape->text, ',');
    json_append_text(&shape->text, name);
    buffer_append_char(&shape->text, ':');
}

/* A step that begins with the text collected so far. */
static struct shape_step *
add_step(struct shape *shape, enum shape_step_kind kind, size_t column)
{
    struct shape_step *step;

    shape->steps = arena_push(shape->arena, shape->steps, shape->step_count,
                              sizeof *shape->steps);
    step = &shape->steps[shape->step_count++];
    *step = (struct shape_step){
        .before = arena_strndup(shape->arena, buffer_text(&shape->text),
                                shape->text.length),
        .before_length = shape->text.length,
        .kind = kind,
        .column = column,
    };
    buffer_clear(&shape->text);
    return step;
}

void
shape_add_value(struct shape *shape, enum type_form form, size_t column)
{
    add_step(shape, SHAPE_VALUE, column)->form = form;
}

size_t
shape_begin_optional(struct shape *shape, size_t column)
{
    add_step(shape, SHAPE_OPTIONAL, column);
    return shape->step_count - 1;
}

/* The object's last text must be a step of its own, so that whoever skips
 * the object skips it too: an optional step with nothing to skip. */
void
shape_end_optional(struct shape *shape, size_t begin)
{
    struct shape_step *end =
        add_step(shape, SHAPE_OPTIONAL, shape->steps[begin].column);

    end->after = shape->step_count;
    shape->steps[begin].after = shape->step_count;
}

void
shape_finish(struct shape *shape)
{
    add_step(shape, SHAPE_END, 0);
    buffer_free(&shape->text);
}

/* A number, unless the text is none: NaN and Infinity are strings in JSON. */
static void
append_number(struct buffer *out, const char *text, size_t length)
{
    if (isdigit((unsigned char)text[0]) ||
        (text[0] == '-' && isdigit((unsigned char)text[1])))
        buffer_append(out, text, length);
    else
        json_append_string(out, text, length);
}

/* `2026-01-31 12:00:00+00` is shown as `2026-01-31T12:00:00+00:00`; BC stays
 * at the end, and infinity has no blank. */
static void
append_timestamp(struct buffer *out, const char *text, size_t length,
                 const char *minutes)
{
    const char *end = text + length;
    const char *time = memchr(text, ' ', length);
    const char *era =
        time ? memchr(time + 1, ' ', (size_t)(end - time - 1)) : NULL;

    era = era ? era : end;
    buffer_append_char(out, '"');
    buffer_append(out, text, time ? (size_t)(time - text) : length);
    if (time) {
        buffer_append_char(out, 'T');
        buffer_append(out, time + 1, (size_t)(era - time - 1));
        buffer_append_text(out, minutes);
        buffer_append(out, era, (size_t)(end - era));
    }
    buffer_append_char(out, '"');
}

static void
append_value(struct buffer *out, enum type_form form, const char *text,
             size_t length)
{
    switch (form) {
    case TYPE_STRING:
        json_append_string(out, text, length);
        break;
    case TYPE_NUMBER:
    case TYPE_BIGINT:
    case TYPE_NUMERIC:
        append_number(out, text, length);
        break;
    case TYPE_BOOLEAN:
        buffer_append_text(out, text[0] == 't' ? "true" : "false");
        break;
    case TYPE_TIMESTAMP:
        append_timestamp(out, text, length, "");
        break;
    case TYPE_TIMESTAMPTZ:
        append_timestamp(out, text, length, ":00"); /* we are in UTC */
        break;
    case TYPE_JSON:
    case TYPE_TO_JSON:
        buffer_append(out, text, length);
        break;
    case TYPE_HIDDEN:
        buffer_append_text(out, "null");
        break;
    }
}

void
shape_render(const struct shape *shape, const struct pg_result *result,
             size_t row, struct buffer *out)
{
    const struct shape_step *step = shape->steps;

    for (;;) {
        const char *value;
        size_t length;

        buffer_append(out, step->before, step->before_length);
        if (step->kind == SHAPE_END)
            return;
        value = db_text(result, row, step->column, &length);
        if (!value) {
            buffer_append_text(out, "null");
            step = step->kind == SHAPE_OPTIONAL ? shape->steps + step->after
                                                : step + 1;
            continue;
        }
        if (step->kind == SHAPE_VALUE)
            append_value(out, step->form, value, length);
        step++;
    }
}
