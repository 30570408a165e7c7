/* "Did you mean": the name that a misspelt one is nearest to. */
#ifndef BYLINE_BASE_SUGGEST_H
#define BYLINE_BASE_SUGGEST_H

#include <stddef.h>

#include "base/arena.h"

struct suggestion {
    const char *word; /* borrowed: what was written */
    const char *best; /* borrowed: the nearest candidate, or NULL */
    size_t distance;
};

/* Starts a search for what `word` could have meant. */
struct suggestion suggest_start(const char *word);

/* Offers a candidate, which must outlive the suggestion. */
void suggest_offer(struct suggestion *suggestion, const char *candidate);

/* `; did you mean "best"?`, or "" when nothing was near. Lives in `arena`. */
const char *suggest_clause(struct arena *arena,
                           const struct suggestion *suggestion);

#endif
