/* JSON names from the database's. */
#include "config/naming.h"

#include "tap.h"

static const struct {
    const char *name;
    const char *camel;
} names[] = {
    {"id", "id"},
    {"released_at", "releasedAt"},
    {"a_b_c", "aBC"},
    {"line_2", "line2"},
    {"_private", "_private"},
    {"__very_private", "__veryPrivate"},
    {"trailing_", "trailing_"},
    {"two__scores", "two_Scores"},
    {"Already_Mixed", "AlreadyMixed"},
    {"alreadyCamel", "alreadyCamel"},
    {"caf\xc3\xa9_noir", "caf\xc3\xa9Noir"},
    {"_", "_"},
    {"", ""},
};

int
main(void)
{
    struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *name = names[i].name;

        is_text(naming_json(arena, API_NAMES_CAMEL, name), names[i].camel,
                "%s in camel case", name);
        is_text(naming_json(arena, API_NAMES_SNAKE, name), name,
                "%s in snake case is itself", name);
    }
    arena_free(arena);
    return done();
}
