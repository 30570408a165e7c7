/*
 * What became of a statement, as a caller needs to tell it apart. sqlstate.c
 * maps PostgreSQL's SQLSTATE codes (appendix A of its manual) to these.
 */
#ifndef BYLINE_DB_OUTCOME_H
#define BYLINE_DB_OUTCOME_H

#include <stdbool.h>

enum db_outcome {
    DB_OK,
    DB_VALUE,   /* a value that its type does not take */
    DB_TAKEN,   /* a unique constraint: another row has the value */
    DB_POINTED, /* a foreign key: nothing is there, or something points here */
    DB_RULE,    /* CHECK or NOT NULL, or a view's WITH CHECK OPTION */
    DB_RETRY,   /* a serialization failure or deadlock: run it again */
    DB_LOCKED,  /* waited too long for a lock */
    DB_TIMEOUT, /* ran too long and was cancelled */
    DB_GONE,    /* no connection, or none to be had */
    DB_UNABLE,  /* it only reads, or has run out of something: not done */
    DB_DENIED,  /* a privilege is missing, or a policy refuses the row */
    DB_STALE,   /* the schema is no longer what was prepared for */
    DB_FAILED,  /* anything else: a defect of ours or of the schema */
};
#define DB_OUTCOMES (DB_FAILED + 1)

/* The outcome of an error; `sqlstate` NULL or empty means that the server
 * did not say it, which is DB_GONE. */
enum db_outcome sqlstate_outcome(const char *sqlstate);

/* Whether the statement itself is at fault, and not the moment. */
bool db_outcome_is_refusal(enum db_outcome outcome);

/* Whether the message of an error can have values in it: PostgreSQL quotes
 * those that a type does not take, and functions RAISE what they like.
 * `source` is the function of the server that said it, or NULL. */
bool sqlstate_may_quote(const char *sqlstate, const char *source);

/* Static text for a log line, such as "statement timeout". */
const char *db_outcome_name(enum db_outcome outcome);

#endif
