/*
 * One connection to PostgreSQL. Nobody above sees libpq. All calls wait with
 * a deadline, since a stopped backend never times out by itself.
 */
#ifndef BYLINE_DB_DB_H
#define BYLINE_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"
#include "db/outcome.h"

struct db;

/* Rows that a statement answered (libpq's PGresult). */
struct pg_result;

/* A statement to run: prepared under `name`, or, with a NULL `name`, `sql`
 * itself, both by the extended protocol and so a single statement. What has a
 * name has its `sql` to be told of. */
struct db_call {
    const char *name;
    const char *sql;
    const uint32_t *types;     /* OIDs, one a value; NULL: the server infers */
    const char *const *values; /* as text; NULL is NULL */
    size_t count;
    bool only_reads; /* it says itself that its transaction only reads; that
                        it tries to write is then no sign of a standby */
};

/* A connection that is not made yet; owned, free with db_free. `database`
 * is borrowed. */
struct db *db_new(const struct database *database);
void db_free(struct db *db);

/* For an operator's work, which takes its time: no statement timeout, no
 * deadline, and messages with all details. Takes effect with the next
 * db_connect. */
void db_set_patient(struct db *db);

/* From now on no call takes longer than to this moment (as of clock_now_ms),
 * whatever its own time is: DB_TIMEOUT, or DB_GONE from db_connect. After it
 * nothing is begun. INT64_MAX: no such moment. */
void db_set_deadline(struct db *db, int64_t deadline_ms);

/* Makes a connection, after closing an old one: UTC, ISO dates, and the
 * timeouts of the configuration. DB_OK or DB_GONE. */
enum db_outcome db_connect(struct db *db);

/* Whether the connection is there and the server has not hung up. Costs one
 * poll(2). */
bool db_is_alive(struct db *db);

/* Hangs up; the next db_connect makes another connection. */
void db_disconnect(struct db *db);

/* Prepares `sql` and sets *name to a name that is new to the connection; it
 * lives in `arena`. */
enum db_outcome db_prepare(struct db *db, struct arena *arena, const char *sql,
                           const uint32_t *types, size_t type_count,
                           const char **name);

/* Sets *result to what the columns of a statement would be, without running
 * it; it has no rows, and is released when `arena` is reset. */
enum db_outcome db_describe(struct db *db, struct arena *arena,
                            const char *sql, const uint32_t *types,
                            size_t type_count, struct pg_result **result);

/* Runs a statement and, if it went well, sets *result to its rows, which are
 * released when `arena` is reset. */
enum db_outcome db_run(struct db *db, struct arena *arena,
                       const struct db_call *call, struct pg_result **result);

/*
 * Runs several statements in one round trip and one transaction (libpq's
 * pipeline mode), and sets results[i] as db_run does. DB_OK means that all of
 * it is committed; otherwise nothing is, unless the outcome is DB_GONE or
 * DB_TIMEOUT and nobody can know.
 */
enum db_outcome db_run_pipeline(struct db *db, struct arena *arena,
                                const struct db_call *calls, size_t count,
                                struct pg_result **results);

/* Runs one or more statements without parameters, and ignores their rows. */
enum db_outcome db_run_script(struct db *db, const char *sql);

/* Whether a transaction is open. */
bool db_in_transaction(const struct db *db);

/* Forgets a prepared statement; one that is not there is no failure. */
void db_deallocate(struct db *db, const char *name);

/* What the last failure said: for operators, never for clients. Borrowed
 * until the next call; its SQLSTATE, or "". */
const char *db_message(const struct db *db);
const char *db_sqlstate(const struct db *db);

/* What the last failure was about: "" where the server did not say. Names
 * have up to 63 bytes (PostgreSQL, section 4.1.1), and hold no values. */
#define DB_NAME_SIZE 64
struct db_violation {
    char schema[DB_NAME_SIZE];
    char table[DB_NAME_SIZE];
    char column[DB_NAME_SIZE];
    char constraint[DB_NAME_SIZE];
};
const struct db_violation *db_violation(const struct db *db);

size_t db_row_count(const struct pg_result *result);

/* The text of a value and its length, or NULL; borrowed from `result`. */
const char *db_text(const struct pg_result *result, size_t row, size_t column,
                    size_t *length);

/* As db_text, for who needs no length. */
static inline const char *
db_value(const struct pg_result *result, size_t row, size_t column)
{
    size_t length;

    return db_text(result, row, column, &length);
}

/* The columns: how many, a name, borrowed from `result`, and the OID of a
 * type. */
size_t db_column_count(const struct pg_result *result);
const char *db_column_name(const struct pg_result *result, size_t column);
uint32_t db_column_type(const struct pg_result *result, size_t column);

/* What is wrong with the connection string, in `arena`, or NULL: a mistake of
 * its form, or a password, which belongs in the passfile. */
const char *db_check_conninfo(struct arena *arena, const char *conninfo);

/* What `conninfo`, or libpq's environment in its place, says for a parameter
 * such as "user"; "" if nothing. In `arena`. */
const char *db_option(struct arena *arena, const struct database *database,
                      const char *name);

#endif
