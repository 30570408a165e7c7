/* Pieces of SQL text. */
#ifndef BYLINE_QUERY_SQL_H
#define BYLINE_QUERY_SQL_H

#include "base/buffer.h"
#include "config/config.h"

/* An identifier in double quotes, those inside it doubled (PostgreSQL,
 * section 4.1.1). */
void sql_append_identifier(struct buffer *sql, const char *name);

/* A text in single quotes, as an E'' string where it has a backslash
 * (PostgreSQL, section 4.1.2). For what the INI says; values are bound. */
void sql_append_literal(struct buffer *sql, const char *text);

/* The table of a resource, with its schema if it has one. */
void sql_append_table(struct buffer *sql, const struct resource *resource);

/* A column of the table with the alias t<number>. */
void sql_append_column(struct buffer *sql, size_t table, const char *name);

#endif
