/* Inside of query/write_sql.c and write_rows.c: the statement in the
 * making. */
#ifndef BYLINE_QUERY_WRITER_H
#define BYLINE_QUERY_WRITER_H

#include "query/write.h"

struct writer {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    struct write *write;
    struct catalog_key key;
    struct statement statement;
    struct buffer sql;
};

void writer_append(struct writer *writer, const char *text);
void writer_append_identifier(struct writer *writer, const char *name);

/* `$n`. */
void writer_append_parameter(struct writer *writer, size_t parameter);

/* What tells of t0: that it is there, as `here`, and its key, as key1,
 * key2 … */
void writer_append_key(struct writer *writer);

/* WHERE t0 is the row that path and viewer name. */
void writer_append_which(struct writer *writer);

/* LEFT JOIN v, if the statement knows who asks. */
void writer_append_join_v(struct writer *writer);

/* Whether who asks may change t0. */
void writer_append_owns(struct writer *writer);

bool writer_is_create(const struct writer *writer);
bool writer_has_viewer(const struct writer *writer);

/* write_rows.c: the row and those that it owns, each a common table
 * expression. */
void writer_append_owned_insert(struct writer *writer, size_t index);
void writer_append_owned_update(struct writer *writer, size_t index);
void writer_append_owned_delete(struct writer *writer, size_t index);
void writer_append_insert(struct writer *writer);
void writer_append_update(struct writer *writer);
void writer_append_delete(struct writer *writer);

/* Whether an update has anything to set, for who asks. */
void writer_append_any(struct writer *writer);

#endif
