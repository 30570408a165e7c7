/*
 * What the database knows about the tables of the resources: columns and
 * their types, unique keys, foreign keys, constraints. Read once after
 * connecting, by a statement each; everything lives in the arena it was read
 * into.
 */
#ifndef BYLINE_DB_CATALOG_H
#define BYLINE_DB_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/db.h"
#include "db/type.h"

struct catalog_column {
    const char *name;
    const char *type_name; /* as PostgreSQL writes it: varchar(200) */
    const char *base_name; /* of the type beneath a domain, without modifier */
    struct type type;
    int32_t type_modifier;   /* of varchar(n), numeric(p, s) …; -1: none */
    const char *labels;      /* of an enum, each ended by CATALOG_SEPARATOR */
    const char *default_sql; /* an expression, or NULL */
    const char *sequence;    /* as regclass prints that of which the default
                                takes a number, or NULL */
    bool is_not_null;
    bool refuses_null; /* or its domain does */
    bool is_computed;  /* generated, or an identity */
    bool is_readable;  /* by the role that asked, as the next two */
    bool is_insertable;
    bool is_updatable;
    bool is_sequence_usable;
    bool leads_index;      /* it is the first of one over all rows */
    bool is_deterministic; /* its collation, if it has one */
};

#define CATALOG_SEPARATOR '\x1f'

/* The system column with a row's version: which transaction wrote it. Rows of
 * views have none. */
#define CATALOG_VERSION "xmin"

struct catalog_key {
    const char *name; /* of the index */
    bool is_primary;
    bool is_immediate; /* and not only checked in the end */
    const char **columns;
    size_t column_count;
};

struct catalog_foreign_key {
    const char *name;
    const char **columns;
    const char **to_columns; /* as many, in the same order */
    size_t column_count;
    uint32_t to_oid; /* the table it refers to */
    bool is_validated;
};

/* A constraint, or a unique index, which an error can name. One of a
 * partition has the oid of the table that it is a part of. */
struct catalog_constraint {
    const char *schema; /* of the table, or partition, that has it */
    const char *table;
    const char *name;
    char kind;           /* of pg_constraint.contype; u for an index */
    const char *comment; /* its own, or that of its parent; NULL: none */
    const char **columns;
    size_t column_count;
    uint32_t oid;     /* of the table that has it */
    uint32_t own_oid; /* of the constraint, or index, itself */
    uint32_t parent;  /* of that of which it is a partition's; 0: none */
};

struct catalog_table {
    uint32_t oid;          /* 0: there is no such table */
    bool has_row_security; /* policies may hide rows from the role */
    bool is_view;          /* or a foreign table: it can have no foreign key */
    bool is_deletable;     /* by the role that asked, as the next */
    bool is_version_readable;
    struct catalog_column *columns;
    size_t column_count;
    struct catalog_key *keys; /* without those of part of the rows */
    size_t key_count;
    struct catalog_foreign_key *foreign_keys;
    size_t foreign_key_count;
};

struct catalog {
    const struct config *config;
    struct catalog_table *tables;           /* one a resource, in its order */
    struct catalog_constraint *constraints; /* of all tables, and to them */
    size_t constraint_count;
};

/* Reads all of it into `arena`. Returns NULL and the outcome otherwise. */
const struct catalog *catalog_load(struct arena *arena, struct db *db,
                                   const struct config *config,
                                   enum db_outcome *outcome);

/* The table of a resource. */
const struct catalog_table *catalog_table(const struct catalog *catalog,
                                          const struct resource *resource);

/* NULL when the table has no such column. */
const struct catalog_column *catalog_column(const struct catalog_table *table,
                                            const char *name);

/* The columns of a resource's key: those its INI names, or the primary key.
 * An empty key when there is neither. */
struct catalog_key catalog_key_of(const struct catalog *catalog,
                                  const struct resource *resource);

/* Whether all columns of the key are among these, which then identify at
 * most one row. */
bool catalog_key_is_within(const struct catalog_key *key,
                           const char *const *columns, size_t count);

/* Whether a foreign key to that table has these columns, in another order. */
bool catalog_has_foreign_key_mixed(const struct catalog_table *table,
                                   const char *const *columns, size_t count,
                                   uint32_t to_oid);

/* The foreign key of these columns, in this order, to that table, or NULL. */
const struct catalog_foreign_key *catalog_foreign_key(
    const struct catalog_table *table, const char *const *columns,
    size_t count, uint32_t to_oid);

#endif
