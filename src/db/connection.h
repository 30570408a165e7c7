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
    unsigned statement_count; /* prepared so far */
    struct buffer message;    /* NUL-terminated once it is set */
    char sqlstate[6];
    struct db_violation violation;
};

/* Keeps what went wrong, and nothing of what did before. */
void connection_set_message(struct db *db, const char *text);

/* When an answer must be there; INT64_MAX: whenever. */
int64_t connection_deadline_ms(const struct db *db);

#endif
