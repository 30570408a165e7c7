/* Inside of db.c and connection.c: what a connection keeps. */
#ifndef BYLINE_DB_CONNECTION_H
#define BYLINE_DB_CONNECTION_H

#include "base/buffer.h"
#include "db/db.h"

struct db {
    const struct database *database;
    struct pg_conn *connection; /* libpq's; NULL: none */
    bool is_patient;
    bool only_reads;          /* what runs at the moment */
    bool is_leaving;          /* the server said, unasked, that it hangs up */
    int64_t deadline_ms;      /* of all calls; INT64_MAX: none */
    unsigned statement_count; /* prepared so far */
    struct buffer message;    /* NUL-terminated once it is set */
    char sqlstate[6];
    struct db_violation violation;
};

/* Keeps what went wrong, and nothing of what did before. */
void connection_set_message(struct db *db, const char *text);

/* When a connection must be made, or an answer there; INT64_MAX: whenever. */
int64_t connection_made_by_ms(const struct db *db);
int64_t connection_answer_by_ms(const struct db *db);

/* Whether something can be sent: DB_OK, or DB_GONE or DB_TIMEOUT. What would
 * come too late is not begun, so that it is certain that it was not done. */
enum db_outcome connection_ready(struct db *db);

/* Sets what a new connection starts with: DB_OK or DB_GONE. */
enum db_outcome connection_set_up(struct db *db);

#endif
