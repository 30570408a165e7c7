/* A growing run of bytes. */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_CAPACITY 1024
#define KEPT_CAPACITY 65536

/* Of most texts that are printed. */
#define PRINTED_LENGTH 64

char *
buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity;

    if (more > capacity - buffer->length) {
        capacity = capacity > 0 ? capacity : FIRST_CAPACITY;
        while (more > capacity - buffer->length)
            capacity *= 2;
        buffer->data = memory_resize(buffer->data, capacity);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void
buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    if (length == 0)
        return;
    memcpy(buffer_reserve(buffer, length), data, length);
    buffer->length += length;
}

void
buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void
buffer_append_char(struct buffer *buffer, char character)
{
    *buffer_reserve(buffer, 1) = character;
    buffer->length++;
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
