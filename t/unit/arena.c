/* Memory that is given back all at once. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

static bool
is_zero(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Sizes around the edges of blocks; each piece is filled, so that one that
 * overlaps another is seen. */
static void
gives_aligned_zeroed_memory(struct arena *arena, const char *when)
{
    static const size_t sizes[] = {1,    2,    7,     8,    15,      16,
                                   17,   31,   33,    1000, 4095,    4096,
                                   4097, 8192, 65536, 3,    1000000, 5};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    unsigned char *pieces[COUNT];
    size_t misaligned = 0, dirty = 0, overwritten = 0;

    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = arena_alloc(arena, sizes[i]);
        misaligned += (uintptr_t)pieces[i] % _Alignof(max_align_t) != 0;
        dirty += !is_zero(pieces[i], sizes[i]);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        overwritten +=
            pieces[i][0] != i + 1 || pieces[i][sizes[i] - 1] != i + 1;
    is_int((int64_t)misaligned, 0, "aligned for any type, %s", when);
    is_int((int64_t)dirty, 0, "zeroed, %s", when);
    is_int((int64_t)overwritten, 0, "apart from one another, %s", when);
}

static void
can_be_reset(void)
{
    struct arena *arena = arena_new();

    gives_aligned_zeroed_memory(arena, "at first");
    for (int i = 0; i < 3; i++) {
        arena_reset(arena);
        gives_aligned_zeroed_memory(arena, "after a reset");
    }
    ok(arena_alloc(arena, 0) != NULL, "no bytes are no NULL");
    arena_free(arena);
    arena_free(NULL);
    ok(true, "NULL can be freed");
}

static void
keeps_a_block(void)
{
    struct arena *arena = arena_new();
    char *first = arena_alloc(arena, 100);

    arena_alloc(arena, 100000);
    arena_reset(arena);
    ok((char *)arena_alloc(arena, 100) == first,
       "the first block is used again");
    arena_free(arena);
}

struct note {
    char *log;
    char letter;
};

static void
note(void *pointer)
{
    struct note *mine = pointer;
    size_t length = strlen(mine->log);

    mine->log[length] = mine->letter;
}

static void
cleans_up_last_first(void)
{
    struct arena *arena = arena_new();
    char log[8] = "";
    struct note notes[] = {{log, 'a'}, {log, 'b'}, {log, 'c'}};

    for (size_t i = 0; i < 3; i++)
        arena_on_reset(arena, note, &notes[i]);
    is_text(log, "", "nothing is cleaned up before the reset");
    arena_reset(arena);
    is_text(log, "cba", "the last registered goes first");
    arena_reset(arena);
    is_text(log, "cba", "and each only once");
    arena_on_reset(arena, note, &notes[0]);
    arena_free(arena);
    is_text(log, "cbaa", "arena_free cleans up as well");
}

/* A clean-up may read what lives in the arena. */
static void
cleans_up_before_it_frees(void)
{
    struct arena *arena = arena_new();
    char log[8] = "";
    struct note *mine;

    arena_alloc(arena, 5000);
    mine = arena_alloc(arena, sizeof *mine);
    *mine = (struct note){log, 'x'};
    arena_on_reset(arena, note, mine);
    arena_free(arena);
    is_text(log, "x", "the memory is there when clean-ups run");
}

static void
pushes(void)
{
    struct arena *arena = arena_new();
    int *items = NULL;
    size_t wrong = 0, moves = 0;

    for (size_t count = 0; count < 10000; count++) {
        int *pushed = arena_push(arena, items, count, sizeof *items);

        moves += pushed != items;
        items = pushed;
        items[count] = (int)count;
        arena_alloc(arena, 1); /* something right behind */
    }
    for (size_t i = 0; i < 10000; i++)
        wrong += items[i] != (int)i;
    is_int((int64_t)wrong, 0, "10,000 elements pushed keep their values");
    ok(moves < 20, "and move seldom: %zu times", moves);
    arena_free(arena);
}

static void
copies_texts(void)
{
    struct arena *arena = arena_new();
    char text[] = "abc";
    char *copy = arena_strdup(arena, text);
    char *part = arena_strndup(arena, text, 2);

    text[0] = 'x';
    is_text(copy, "abc", "a copy is a copy");
    is_text(part, "ab", "a part of it ends");
    is_text(arena_strndup(arena, "", 0), "", "an empty one");
    is_text(arena_printf(arena, "%s-%d", copy, 7), "abc-7", "a printed one");
    for (int width = 254; width <= 257; width++)
        is_int((int64_t)strlen(arena_printf(arena, "%*s", width, "x")), width,
               "one of %d bytes", width);
    is_int((int64_t)strlen(arena_printf(arena, "%*s", 20000, "x")), 20000,
           "a long one");
    arena_free(arena);
}

int
main(void)
{
    can_be_reset();
    keeps_a_block();
    cleans_up_last_first();
    cleans_up_before_it_frees();
    pushes();
    copies_texts();
    return done();
}
