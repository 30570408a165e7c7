/* Inside of query/write_sql.c, write_rows.c and claim.c: the statement in
 * the making. */
#ifndef BYLINE_QUERY_WRITER_H
#define BYLINE_QUERY_WRITER_H

#include "query/write.h"

struct writer {
    struct arena *arena;
    const struct catalog *catalog;
    const struct route *route;
    struct write *write;
    const struct claim *claim; /* NULL: the request has no key */
    struct catalog_key key;
    struct statement statement;
    struct buffer sql;
};

void writer_append(struct writer *writer, const char *text);
void writer_append_identifier(struct writer *writer, const char *name);

/* What was appended since the last time, in the arena. */
const char *writer_take_sql(struct writer *writer);

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

/* Whether the body sets a field that has a flag, and who asks may. */
void writer_append_is_set(struct writer *writer,
                          const struct write_field *field);

/* write_references.c: whether a reference points at no row that is seen. */
void writer_append_reference(struct writer *writer, size_t index);

/* write_sets.c: the table expression that tells of each set and reference
 * whether a key is of no row; that in a join; and its columns. All of it
 * nothing, if there are none. */
bool writer_has_lacking(const struct writer *writer);
void writer_append_lacking(struct writer *writer);
void writer_append_cross_lacking(struct writer *writer);
void writer_append_lacks(struct writer *writer, const char *between);

/* write_version.c: whether a request can say which version of the row it is
 * about; that of t0, as a column `version` of t; whether t has another, as a
 * condition; that t0 has no other, after a condition; and the outcome for a
 * row that somebody else was quicker to write or remove. */
bool writer_has_version(const struct writer *writer);
void writer_append_version(struct writer *writer);
void writer_append_stale(struct writer *writer);
void writer_append_current(struct writer *writer);
void writer_append_lost(struct writer *writer);

/* Whether an update has anything to set, for who asks. */
void writer_append_any(struct writer *writer);

#endif
