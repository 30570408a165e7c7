/*
 * A growing run of bytes. Zero-initialise it, or take it from a struct that
 * is; it allocates on first use. Not NUL-terminated, but see buffer_text.
 */
#ifndef BYLINE_BASE_BUFFER_H
#define BYLINE_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

/* Makes room for `more` bytes after the length; the place is returned. */
char *buffer_reserve(struct buffer *buffer, size_t more);

void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_char(struct buffer *buffer, char character);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The bytes as text, NUL-terminated; borrowed until the next change. */
const char *buffer_text(struct buffer *buffer);

/* Empties it; a capacity over 64 kB is given back, so that one large answer
 * does not stay with the worker for ever. */
void buffer_clear(struct buffer *buffer);

/* Frees the bytes, not the struct. */
void buffer_free(struct buffer *buffer);

#endif
