/*
 * An arena: memory that is given out piece by piece and given back all at
 * once. Two lifetimes exist: process (built before the first request) and
 * request (reset when the response is out). What is obtained from another
 * library is registered with arena_on_reset on the line after, so nobody
 * above frees anything.
 */
#ifndef BYLINE_BASE_ARENA_H
#define BYLINE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena; owned, free with arena_free. */
struct arena *arena_new(void);

/* Runs the clean-ups, last registered first, and frees all. NULL is fine. */
void arena_free(struct arena *arena);

/* As arena_free, but the arena can be used again and keeps one block. */
void arena_reset(struct arena *arena);

/* Zeroed memory, aligned for any type; lives until reset. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * Room for one more element: returns `items` or, when `count` elements of
 * `size` bytes fill it, a larger copy. A NULL `items` with count 0 starts.
 */
void *arena_push(struct arena *arena, void *items, size_t count, size_t size);

/* Copies of text, NUL-terminated; live until reset. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Calls clean_up(pointer) when the arena is reset or freed. */
void arena_on_reset(struct arena *arena, void (*clean_up)(void *),
                    void *pointer);

#endif
