/* A growing run of bytes. */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define FIRST_CAPACITY 1024
#define KEPT_CAPACITY 65536

/* Of most texts that are printed. */
#define PRINTED_LENGTH 64

void
buffer_grow(struct buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;

    while (more > capacity - buffer->length)
        capacity *= 2;
    buffer->data = memory_resize(buffer->data, capacity);
    buffer->capacity = capacity;
}

void
buffer_append_number(struct buffer *buffer, uint64_t number)
{
    char digits[sizeof "18446744073709551615"];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(buffer, digits + at, sizeof digits - at);
}

void
buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
{
    char *end = buffer_reserve(buffer, PRINTED_LENGTH);
    size_t room = buffer->capacity - buffer->length;
    va_list again;
    int length;

    /* Most texts fit; the others are printed twice. */
    va_copy(again, args);
    length = vsnprintf(end, room, format, args);
    if (length >= 0 && (size_t)length >= room)
        vsnprintf(buffer_reserve(buffer, (size_t)length + 1),
                  (size_t)length + 1, format, again);
    va_end(again);
    if (length > 0)
        buffer->length += (size_t)length;
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buffer_vprintf(buffer, format, args);
    va_end(args);
}

const char *
buffer_text(struct buffer *buffer)
{
    *buffer_reserve(buffer, 1) = '\0';
    return buffer->data;
}

void
buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    if (buffer->capacity > KEPT_CAPACITY)
        buffer_free(buffer);
}

void
buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
