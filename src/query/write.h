/*
 * The plan of a write: a statement that checks who asks, which row it is and
 * whose, and writes it with the rows that it owns; in front of it one that
 * locks the row, if it owns others; behind it one for each set of keys, and
 * the plan that shows what was written. All of them are one transaction and
 * one round trip.
 */
#ifndef BYLINE_QUERY_WRITE_H
#define BYLINE_QUERY_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/catalog.h"
#include "query/plan.h"

/* Parameters are counted from 0; this is none. */
#define WRITE_NO_PARAMETER SIZE_MAX

/* A column that a body can set. */
struct write_field {
    const char *name;   /* as errors call it: "address.city" */
    const char *member; /* as its object does: "city" */
    const char *column;
    struct type type;
    const char *type_name; /* as PostgreSQL writes it */
    int32_t type_modifier;
    const char *labels; /* of an enum, as catalog_column has them */
    const char *default_sql;
    const struct field *rules; /* NULL: none */
    const char *role;          /* who may set it; "": who may write */
    bool takes_string;         /* for a number, which the API shows as one */
    bool refuses_null;
    bool is_required; /* it must be there when the row is created */
    size_t value;     /* parameters: the value, */
    size_t flag;      /* and whether it was there */
};

/* The body itself, or the object of an owned row in it. */
struct write_object {
    const struct relation *owned; /* NULL: the body itself */
    const struct resource *resource;
    struct write_field *fields;
    size_t field_count;
    bool is_required; /* an owned row that must be there */
    size_t action;    /* parameter of an owned row: enum write_action's name */
};

/* The rows at the other end of a relation, by an array of their keys. */
struct write_set {
    const struct relation *relation;
    struct write_field key; /* of each; name and member are the array's, and
                               its parameter too, of which NULL keeps all */
    const char *array_type; /* as PostgreSQL writes it */
    const char *name;       /* of the prepared statement, which has the array
                               as its one parameter */
    const char *sql;
};

/* A field that points at a row which may be there and not be seen. */
struct write_reference {
    const struct relation *relation;
    const struct write_field *field;
};

/* What becomes of an owned row. */
enum write_action {
    WRITE_KEEP,   /* nothing */
    WRITE_REMOVE, /* it is removed */
    WRITE_CHANGE, /* it is changed; there must be one */
    WRITE_PUT,    /* it is changed or, if there is none, created */
};
const char *write_action_name(enum write_action action);

/* A constraint that can refuse the write, and what it is about. */
struct write_constraint {
    const char *schema;
    const char *table;
    const char *name;
    char kind;           /* as catalog_constraint has it */
    const char *comment; /* NULL: none */
    const char *field;   /* as errors call it; NULL: of another table */
    bool is_path;        /* its column came from the path */
    bool is_owner;       /* its column came from who asks */
    size_t flag;         /* unless this parameter says that the body set it */
    bool is_written;     /* its column is written whatever the flag says */
};

struct claim;

struct write {
    const char *lock_name; /* of the prepared statement; NULL: no lock */
    const char *lock_sql;
    const char *name; /* of the prepared statement */
    const char *sql;
    uint32_t *types; /* of the parameters; the lock takes the first ones */
    size_t parameter_count;
    size_t lock_parameter_count;
    struct plan_parameter *path; /* the first parameters */
    size_t path_count;
    size_t viewer;    /* parameter: key and, if there is `since`, issued */
    size_t any;       /* parameter: whether the body sets anything, besides
                         what only a role sets */
    size_t versions;  /* parameter of a row that is there: an array of which
                         it must have one; NULL: it may have any */
    size_t others;    /* and the next one: an array of which it must not have
                         one, where '*' is any; NULL: none */
    size_t strict;    /* parameter of an optional `auth`: a token whose account
                         is gone is refused, and not taken for nobody's */
    size_t malformed; /* parameter: the roles of fields that are malformed */
    struct write_object *objects; /* the first is the body itself */
    size_t object_count;
    struct write_set *sets;
    size_t set_count;
    struct write_reference *references;
    size_t reference_count;
    struct write_constraint *constraints;
    size_t constraint_count;
    struct plan *answer; /* NULL: there is nothing to show */
    struct claim *claim; /* for requests with a key; NULL: of no use here */
};

/* The columns of the statement's one row. */
enum {
    WRITE_OUTCOME,  /* text: enum write_outcome's name */
    WRITE_IS_KNOWN, /* whether the account of who asks is there */
    WRITE_ROLE,     /* of who asks; NULL: none */
    WRITE_IS_SELF,  /* of a removal: the row was the account of who asks */
    WRITE_LACKS = WRITE_IS_SELF, /* else: that a key of the first set is of no
                                    row, of the second set, and so on; then
                                    the same of each reference */
};

/* What a write that met no constraint came to: the last three only where
 * requests have a key. */
enum write_outcome {
    WRITE_WRITTEN,
    WRITE_UNKNOWN,    /* who asks is nobody any more */
    WRITE_MISSING,    /* no such row, or none that the path goes through */
    WRITE_FORBIDDEN,  /* neither owner nor admin, or not of the role */
    WRITE_STALE,      /* the row has another version than it must have */
    WRITE_MALFORMED,  /* a field that only a role sets, and who asks has it */
    WRITE_INCOMPLETE, /* an owned row is not there to be changed */
    WRITE_LACKING,    /* a key of a set is of no row that is seen */
    WRITE_MISMATCHED, /* the request's key is claimed for another request */
    WRITE_REPEATED,   /* or for this one, whose row was shown then, */
    WRITE_REPEATED_UNSEEN, /* or was not seen even then */
};

/* The outcome of that name, which must be one. */
enum write_outcome write_outcome_parse(const char *name);
const char *write_outcome_name(enum write_outcome outcome);

/* What a body can set, by what the catalog knows of the column; without
 * parameters. */
struct write_field write_field_make(struct arena *arena,
                                    const struct catalog *catalog,
                                    const struct resource *resource,
                                    const struct writable *writable);

/* Composes the write of a route that fits the database. */
struct write *write_compose(struct arena *arena, const struct catalog *catalog,
                            const struct route *route);

/* write_sql.c: the texts of lock and write, once all else is set. */
void write_compose_sql(struct arena *arena, const struct catalog *catalog,
                       const struct route *route, struct write *write);

/* write_sets.c: the set of a relation, as far as it is without parameter and
 * statement, and the text of that. */
struct write_set write_set_make(struct arena *arena,
                                const struct catalog *catalog,
                                const struct relation *relation);
const char *write_set_sql(struct arena *arena, const struct catalog *catalog,
                          const struct route *route,
                          const struct write_set *set);

/* write_references.c: which fields of the objects are references. */
void write_references_make(struct arena *arena, const struct config *config,
                           struct write *write);

/* Whether the constraint is about the column with a set's keys. */
bool write_set_has(const struct catalog *catalog, const struct write_set *set,
                   const struct catalog_constraint *constraint);

/* The unique key that keeps a pair from being in the table in between twice,
 * best one that is immediate; NULL: there is none. */
const struct catalog_key *write_set_key(const struct catalog *catalog,
                                        const struct relation *relation);

/* The column that a route which changes nothing but sets writes as it is, so
 * that the row is locked and has a new version. NULL: it needs none, or there
 * is none. */
const char *write_touched(const struct catalog *catalog,
                          const struct route *route);

/* Whether the column's value stands in the path. */
bool write_is_in_path(const struct write *write, const char *column);

/* Whether only some role may set the field. */
bool write_is_guarded(const struct write_field *field);

/* Whether the column is the owner's, and not the key itself: then it is
 * filled from who asks. */
bool write_fills_owner(const struct catalog *catalog,
                       const struct route *route);

#endif
