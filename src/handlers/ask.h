/*
 * From the query of a request to what it asks of a route that reads. All
 * that is wrong with a query is told at once.
 */
#ifndef BYLINE_HANDLERS_ASK_H
#define BYLINE_HANDLERS_ASK_H

#include "db/catalog.h"
#include "handlers/handler.h"
#include "query/ask.h"

/* An ask in the making. */
struct asking {
    struct exchange *exchange;
    struct ask ask;
    bool is_default; /* nothing was asked that changes the statement */
};

/* Reads the query, as far as that can be done without knowing the types of
 * columns. *ask is NULL if it asks for what the route answers anyway. -1 and
 * a problem otherwise. */
int ask_read(struct exchange *exchange, const struct ask **ask);

/* Whether the route takes a parameter of that name, and does not ignore it. */
bool ask_takes(const struct exchange *exchange, const char *name);

/* Holds the values against the types that the catalog knows of their columns.
 * -1 and a problem otherwise. */
int ask_check_types(struct exchange *exchange, const struct catalog *catalog,
                    const struct ask *ask);

/* ask_selection.c: `with` and `fields`. */
void ask_read_selection(struct asking *asking);

/* ask_filter.c: whether the parameter is a filter of the route; then it is
 * read. Whether it would be, by its name; and the name that one has. */
bool ask_is_filter(const struct exchange *exchange, const char *name);
bool ask_read_filter(struct asking *asking, const struct parameter *parameter);
const char *ask_filter_name(struct arena *arena,
                            const struct filterable *filterable,
                            enum filter_operator operation);

/* ask_page.c: sort, limit, offset, count and q; then, when all else is read,
 * after and before. */
void ask_read_page(struct asking *asking);
void ask_read_cursor(struct asking *asking);

/* The parts of a list in a parameter, split at commas; *count of them. An
 * empty text has none. */
const char **ask_split(struct arena *arena, const char *text, size_t *count);

#endif
