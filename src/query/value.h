/* A value of a body against the column that it is for. */
#ifndef BYLINE_QUERY_VALUE_H
#define BYLINE_QUERY_VALUE_H

#include "base/arena.h"
#include "base/json_value.h"
#include "base/problem.h"
#include "query/write.h"

/*
 * Holds a value against what the catalog and the field's rules say, and sets
 * *text to what is bound: NULL for null; it lives in `arena`. -1, and what is
 * wrong added to the fields of `problem`, if it is not to be stored. Field
 * codes: null, type, range, min_length, max_length, format, one_of, pattern,
 * nul.
 */
int value_check(struct arena *arena, const struct write_field *field,
                const struct json_value *value, const char **text,
                struct problem *problem);

/* Whether the type is one of which only the database can tell what it takes:
 * value_check then lets pass what may yet be refused. */
bool value_is_unknown(const struct write_field *field);

#endif
