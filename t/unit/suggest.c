/* "Did you mean": what is near enough, and what is nearest. */
#include "base/suggest.h"

#include "tap.h"

static struct arena *arena;

static const char *const keys[] = {"limit", "limit_max", "sort",
                                   "with",  "id",        NULL};

static const struct {
    const char *word;
    const char *meant;
} words[] = {
    {"limit", "limit"},
    {"limt", "limit"},
    {"limitt", "limit"},
    {"lmiit", "limit"},
    {"lomit", "limit"},
    {"LIMIT", "limit"},
    {"limit_mx", "limit_max"},
    {"limitmax", "limit_max"},
    {"srot", "sort"},
    {"wiht", "with"},
    {"idd", "id"},
    {"xyzzy", NULL},
    {"so", NULL},
    {"offset", NULL},
    {"", NULL},
};

static const char *
suggest(const char *word, const char *const *candidates)
{
    struct suggestion suggestion = suggest_start(word);

    for (; *candidates; candidates++)
        suggest_offer(&suggestion, *candidates);
    return suggestion.best;
}

static void
prefers_the_nearest(void)
{
    static const char *const forth[] = {"actor", "author", NULL};
    static const char *const back[] = {"author", "actor", NULL};

    is_text(suggest("auther", forth), "author", "the nearest of two");
    is_text(suggest("auther", back), "author", "in either order");
    is_text(suggest("ax", (const char *[]){"ay", "az", NULL}), "ay",
            "the first of two that are as near");
}

static void
bears_long_words(void)
{
    char word[200];

    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    is_text(suggest(word, keys), NULL, "a word of 199 letters");
    is_text(suggest("limt", (const char *[]){word, NULL}), NULL,
            "a candidate of 199 letters");
    word[64] = '\0';
    is_text(suggest(word, (const char *[]){word, NULL}), word,
            "64 letters are compared");
}

static void
makes_a_clause(void)
{
    struct suggestion suggestion = suggest_start("limt");

    is_text(suggest_clause(arena, &suggestion), "", "nothing, no clause");
    suggest_offer(&suggestion, "limit");
    is_text(suggest_clause(arena, &suggestion), "; did you mean \"limit\"?",
            "the end of a sentence");
}

int
main(void)
{
    arena = arena_new();
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        is_text(suggest(words[i].word, keys), words[i].meant, "\"%s\"",
                words[i].word);
    prefers_the_nearest();
    bears_long_words();
    makes_a_clause();
    arena_free(arena);
    return done();
}
