/* The arena: a chain of blocks and a chain of clean-ups. */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Small enough that a worker's arenas do not show, large enough that a
 * request seldom needs a second block. */
#define BLOCK_BYTES 4096

struct block {
    struct block *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

struct clean_up {
    struct clean_up *next;
    void (*function)(void *);
    void *pointer;
};

struct arena {
    struct block *blocks; /* the newest first */
    struct clean_up *clean_ups;
};

static struct block *
block_new(size_t size, struct block *next)
{
    struct block *block = memory_alloc(sizeof *block + size);

    block->next = next;
    block->size = size;
    return block;
}

struct arena *
arena_new(void)
{
    struct arena *arena = memory_alloc(sizeof *arena);

    arena->blocks = block_new(BLOCK_BYTES, NULL);
    return arena;
}

static void
run_clean_ups(struct arena *arena)
{
    struct clean_up *clean_up = arena->clean_ups;

    arena->clean_ups = NULL;
    for (; clean_up; clean_up = clean_up->next)
        clean_up->function(clean_up->pointer);
}

/* Frees all blocks but the oldest, which has the ordinary size. */
static void
drop_newer_blocks(struct arena *arena)
{
    while (arena->blocks->next) {
        struct block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}

void
arena_free(struct arena *arena)
{
    if (!arena)
        return;
    run_clean_ups(arena);
    drop_newer_blocks(arena);
    free(arena->blocks);
    free(arena);
}

void
arena_reset(struct arena *arena)
{
    run_clean_ups(arena);
    drop_newer_blocks(arena);
    memset(arena->blocks->data, 0, arena->blocks->used);
    arena->blocks->used = 0;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = sizeof(max_align_t);
    size_t rounded = (size + align - 1) / align * align;
    struct block *block = arena->blocks;
    void *pointer;

    if (rounded > block->size - block->used) {
        size_t wanted = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;

        block = block_new(wanted, arena->blocks);
        arena->blocks = block;
    }
    pointer = (char *)block->data + block->used;
    block->used += rounded;
    return pointer;
}

void *
arena_push(struct arena *arena, void *items, size_t count, size_t size)
{
    bool is_full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
    void *grown;

    if (!is_full)
        return items;
    grown = arena_alloc(arena, (count < 4 ? 4 : count * 2) * size);
    if (count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char first[256]; /* most texts fit; the others are printed twice */
    va_list again;
    int length;
    char *text;

    va_copy(again, args);
    length = vsnprintf(first, sizeof first, format, args);
    text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
    if (length >= (int)sizeof first)
        vsnprintf(text, (size_t)length + 1, format, again);
    else if (length >= 0)
        memcpy(text, first, (size_t)length + 1);
    va_end(again);
    return text;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void
arena_on_reset(struct arena *arena, void (*function)(void *), void *pointer)
{
    struct clean_up *clean_up = arena_alloc(arena, sizeof *clean_up);

    clean_up->function = function;
    clean_up->pointer = pointer;
    clean_up->next = arena->clean_ups;
    arena->clean_ups = clean_up;
}
