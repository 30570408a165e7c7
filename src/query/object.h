/*
 * The object of a resource, with what is embedded in it. At the root its
 * values are columns of the result, which its shape turns into JSON; within
 * an array PostgreSQL makes the JSON itself. Both look the same.
 */
#ifndef BYLINE_QUERY_OBJECT_H
#define BYLINE_QUERY_OBJECT_H

#include "query/row_json.h"
#include "query/select.h"

/* A resource where it stands in the tree. */
struct node {
    const struct node *parent; /* NULL: the root */
    const char *name;          /* of the relation that led here */
    const struct selection *selection;
    struct from_table table;
    size_t owner_table; /* has the owner: a row that has none of its own */
    const char *owner;  /* takes that of the one it is embedded in; NULL */
};

/* Adds the object of the root, which is the first table of select->from. */
void object_select(struct select *select, const struct selection *selection);

/* An array of the rows at the end of a relation with many, as an expression
 * of type text, which the member that says that there are more follows; and
 * how many there are. `parent` has the table that they hang on. */
void object_append_array(struct buffer *sql, struct statement *statement,
                         const struct node *parent,
                         const struct selection *selection);
void object_append_count(struct buffer *sql, struct statement *statement,
                         const struct node *parent,
                         const struct relation *relation);

/* array.c's way back: the object of a row of an array. */
void object_append_row(struct buffer *sql, struct from *from,
                       const struct node *parent,
                       const struct selection *selection);

#endif
