/* A FROM list in the making: a table, and those at the end of to-one
 * relations, each of them once. */
#ifndef BYLINE_QUERY_FROM_H
#define BYLINE_QUERY_FROM_H

#include "base/buffer.h"
#include "query/statement.h"

struct from_table {
    size_t number;   /* of its alias */
    bool is_certain; /* there is a row */
    size_t parent;   /* number of the table that it is joined to, by */
    const struct relation *relation;
};

struct from {
    struct statement *statement;
    struct buffer sql;
    struct from_table *tables; /* the first is what the others hang on */
    size_t table_count;
};

/* Starts with the rows of a resource that are seen, and that `where` (or "")
 * lets through. Its number is from->tables[0].number. */
void from_start(struct from *from, struct statement *statement,
                const struct resource *resource, const char *where);

/* Starts with the rows at the other end of a relation with many, which hang
 * on the table with the number `parent` of a statement around: `link` is set
 * to ` t1."a" = t0."b" `, which has to be among the conditions. */
void from_start_many(struct from *from, struct statement *statement,
                     const struct relation *relation, size_t parent,
                     struct buffer *link);

/* The row at the end of a to-one relation of a table that is there. */
struct from_table from_join(struct from *from, struct from_table parent,
                            const struct relation *relation);

void from_free(struct from *from);

#endif
