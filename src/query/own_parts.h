/* Inside of query/own.c, own_text.c and own_shape.c. */
#ifndef BYLINE_QUERY_OWN_PARTS_H
#define BYLINE_QUERY_OWN_PARTS_H

#include "query/own.h"

/* A column of what the statement answers. */
struct own_column {
    const char *name; /* "a.b": the member b of the object a */
    enum type_form form;
};

/* What the SQL is made of. */
struct own_text {
    const struct catalog *catalog;
    const struct route *route;
    const struct own_statement *statement;
    enum viewer_source source; /* by which :viewer and :role are told */
    const struct own_column *columns;
    size_t column_count;
};

/* own_text.c: the file's SQL, with what its placeholders stand for. */
void own_append(struct buffer *sql, const struct own_text *text);

/* The one statement of a GET. Sets what the plan says of its frame. */
void own_append_read(struct buffer *sql, const struct own_text *text,
                     struct plan *plan);

/* That of another method: as it is, but for columns that need to_json. */
void own_append_write(struct buffer *sql, const struct own_text *text);

/* What stands in front of that: fails unless who asks may run it. */
void own_append_check(struct buffer *sql, const struct own_text *text);

/* own_shape.c: an object of columns, of which the first has the place
 * `first` in the result; or the one column, if that is JSON. -1, and a
 * complaint, if the names make no object. */
int own_shape(struct shape *shape, const struct own_text *text, size_t first,
              struct diagnostics *diagnostics);

#endif
