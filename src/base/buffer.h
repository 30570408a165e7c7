/*
 * A growing run of bytes. Zero-initialise it, or take it from a struct that
 * is; it allocates on first use. Not NUL-terminated, but see buffer_text.
 */
#ifndef BYLINE_BASE_BUFFER_H
#define BYLINE_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

/* Makes it so large that `more` bytes have room. */
void buffer_grow(struct buffer *buffer, size_t more);

/* Makes room for `more` bytes after the length; the place is returned. */
static inline char *
buffer_reserve(struct buffer *buffer, size_t more)
{
    if (more > buffer->capacity - buffer->length)
        buffer_grow(buffer, more);
    return buffer->data + buffer->length;
}

/* What appends is inline: an answer is made of hundreds of short pieces. */
static inline void
buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    if (length == 0)
        return;
    memcpy(buffer_reserve(buffer, length), data, length);
    buffer->length += length;
}

static inline void
buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

static inline void
buffer_append_char(struct buffer *buffer, char character)
{
    *buffer_reserve(buffer, 1) = character;
    buffer->length++;
}

/* In decimal digits. */
void buffer_append_number(struct buffer *buffer, uint64_t number);

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
