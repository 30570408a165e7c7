/* "Did you mean", by the number of letters changed, added, lost or swapped. */
#include "base/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* Longer words are not compared: nobody mistypes them by a letter. */
#define WORD_MAX 64

struct suggestion
suggest_start(const char *word)
{
    /* A third of the letters may be wrong, at least one. */
    size_t allowed = strlen(word) / 3;

    return (struct suggestion){.word = word,
                               .distance = (allowed > 0 ? allowed : 1) + 1};
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int
same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The optimal string alignment distance, three rows at a time. */
static size_t
distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_length = strlen(a), b_length = strlen(b);

    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            now[j] = smaller(last[j] + 1, now[j - 1] + 1);
            now[j] = smaller(now[j], last[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
                same(a[i - 2], b[j - 1]))
                now[j] = smaller(now[j], before[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void
suggest_offer(struct suggestion *suggestion, const char *candidate)
{
    size_t found = distance(suggestion->word, candidate);

    if (found < suggestion->distance) {
        suggestion->distance = found;
        suggestion->best = candidate;
    }
}

const char *
suggest_clause(struct arena *arena, const struct suggestion *suggestion)
{
    if (!suggestion->best)
        return "";
    return arena_printf(arena, "; did you mean \"%s\"?", suggestion->best);
}
