/*
 * The JSON of a row as one SQL expression, for rows that PostgreSQL has to
 * turn into text itself: concat('{"id":', t1."id", …, '}').
 */
#ifndef BYLINE_QUERY_ROW_JSON_H
#define BYLINE_QUERY_ROW_JSON_H

#include <stddef.h>

#include "base/buffer.h"
#include "db/catalog.h"

/* Objects in objects. */
#define ROW_JSON_DEPTH_MAX 20

struct row_json {
    struct buffer sql;
    struct buffer text; /* collected for the next argument */
    struct {
        size_t arguments; /* of the innermost concat() */
        size_t opened;    /* how many concat()s are to be closed */
    } levels[ROW_JSON_DEPTH_MAX];
    size_t depth;
};

/* Begins an empty expression, which row_json_end ends. */
void row_json_begin(struct row_json *json);

/* JSON that stands as it is. */
void row_json_add_text(struct row_json *json, const char *text);

/* An expression whose text is JSON; NULL is nothing. */
void row_json_add(struct row_json *json, const char *expression);

/* What is added up to row_json_end_optional is null where `presence`, an
 * expression, is NULL. */
void row_json_begin_optional(struct row_json *json, const char *presence);
void row_json_end_optional(struct row_json *json);

/* Appends the expression, of type text, to `sql`, and frees it. */
void row_json_end(struct row_json *json, struct buffer *sql);

#endif
