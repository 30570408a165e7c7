/* The mistakes of a configuration. */
#include "config/diagnostics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum severity {
    SEVERITY_ERROR,
    SEVERITY_WARNING,
};

struct diagnostic {
    struct place place;
    enum severity severity;
    const char *message;
    size_t rank; /* the order of discovery */
};

static const char *
keep_text(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

/* Its texts belong to a configuration, which is gone before they are printed
 * if it is wrong. */
static struct place
keep_place(struct arena *arena, struct place place)
{
    return (struct place){
        .file = keep_text(arena, place.file),
        .line = place.line,
        .section = keep_text(arena, place.section),
        .key = keep_text(arena, place.key),
    };
}

static void __attribute__((format(printf, 4, 0)))
add(struct diagnostics *diagnostics, struct place place,
    enum severity severity, const char *format, va_list args)
{
    struct diagnostic *item;

    diagnostics->items =
        arena_push(diagnostics->arena, diagnostics->items, diagnostics->count,
                   sizeof *diagnostics->items);
    item = &diagnostics->items[diagnostics->count];
    *item = (struct diagnostic){
        .place = keep_place(diagnostics->arena, place),
        .severity = severity,
        .message = arena_vprintf(diagnostics->arena, format, args),
        .rank = diagnostics->count++,
    };
}

int
diagnostics_error(struct diagnostics *diagnostics, struct place place,
                  const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(diagnostics, place, SEVERITY_ERROR, format, args);
    va_end(args);
    diagnostics->error_count++;
    return -1;
}

void
diagnostics_warning(struct diagnostics *diagnostics, struct place place,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(diagnostics, place, SEVERITY_WARNING, format, args);
    va_end(args);
}

static int
compare(const void *left, const void *right)
{
    const struct diagnostic *a = left, *b = right;
    const char *a_file = a->place.file ? a->place.file : "";
    const char *b_file = b->place.file ? b->place.file : "";
    int by_file = strcmp(a_file, b_file);

    if (by_file != 0)
        return by_file;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return a->rank < b->rank ? -1 : 1;
}

const char *
diagnostics_text(const struct diagnostics *diagnostics, size_t index)
{
    const struct diagnostic *item = &diagnostics->items[index];
    const struct place *place = &item->place;
    struct arena *arena = diagnostics->arena;
    const char *text = "";

    if (place->file && place->line > 0)
        text = arena_printf(arena, "%s:%u: ", place->file, place->line);
    else if (place->file)
        text = arena_printf(arena, "%s: ", place->file);
    if (item->severity == SEVERITY_WARNING)
        text = arena_printf(arena, "%swarning: ", text);
    if (place->section)
        text = arena_printf(arena, "%s[%s]%s", text, place->section,
                            place->key ? " " : ": ");
    if (place->key)
        text = arena_printf(arena, "%s%s: ", text, place->key);
    return arena_printf(arena, "%s%s", text, item->message);
}

void
diagnostics_sort(struct diagnostics *diagnostics)
{
    if (diagnostics->count > 0)
        qsort(diagnostics->items, diagnostics->count,
              sizeof *diagnostics->items, compare);
}

/* Two pools may have the same complaint about one line. */
static bool
is_repeated(const struct diagnostics *diagnostics, size_t index)
{
    const char *text = diagnostics_text(diagnostics, index);

    for (size_t i = 0; i < index; i++)
        if (strcmp(diagnostics_text(diagnostics, i), text) == 0)
            return true;
    return false;
}

void
diagnostics_print(struct diagnostics *diagnostics, FILE *stream)
{
    diagnostics_sort(diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++)
        if (!is_repeated(diagnostics, i))
            fprintf(stream, "%s\n", diagnostics_text(diagnostics, i));
}

bool
diagnostics_is_error(const struct diagnostics *diagnostics, size_t index)
{
    return diagnostics->items[index].severity == SEVERITY_ERROR;
}
