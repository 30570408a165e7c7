/* One connection to PostgreSQL; with conninfo parsing, all of libpq. */
#include "db/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "db/connection.h"
#include "db/settings.h"

struct db *
db_new(const struct database *database)
{
    struct db *db = memory_alloc(sizeof *db);

    db->database = database;
    db->deadline_ms = INT64_MAX;
    return db;
}

void
db_disconnect(struct db *db)
{
    if (db->connection)
        PQfinish(db->connection);
    db->connection = NULL;
}

void
db_free(struct db *db)
{
    if (!db)
        return;
    db_disconnect(db);
    buffer_free(&db->message);
    free(db);
}

/* --- failures -------------------------------------------------------- */

/* The connection is of no more use; why stays as the message. */
static enum db_outcome
gone(struct db *db, const char *reason)
{
    if (reason)
        connection_set_message(db, reason);
    else
        connection_set_message(db, PQerrorMessage(db->connection));
    db_disconnect(db);
    return DB_GONE;
}

/* A server that is late is not tried again: time is up. */
static enum db_outcome
late(struct db *db, const char *reason)
{
    gone(db, reason);
    return DB_TIMEOUT;
}

static void
copy_name(char *to, const PGresult *result, int field)
{
    const char *name = PQresultErrorField(result, field);

    snprintf(to, DB_NAME_SIZE, "%s", name ? name : "");
}

/* What a failed result says. Its detail, which holds values, is for those
 * only who sit in front of it and wait. */
static enum db_outcome
judge(struct db *db, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum db_outcome outcome = sqlstate_outcome(sqlstate);

    if (!sqlstate && PQresultStatus(result) != PGRES_FATAL_ERROR)
        return gone(db, "COPY is not possible here");
    if (!sqlstate)
        return gone(db, NULL);
    if (db->only_reads && strcmp(sqlstate, "25006") == 0)
        outcome = DB_FAILED; /* we said so ourselves */
    if (db->is_patient)
        primary = PQresultErrorMessage(result);
    else if (sqlstate_may_quote(
                 sqlstate,
                 PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION)))
        primary = "a value was refused";
    connection_set_message(db, primary ? primary : "");
    strncpy(db->sqlstate, sqlstate, sizeof db->sqlstate - 1);
    copy_name(db->violation.schema, result, PG_DIAG_SCHEMA_NAME);
    copy_name(db->violation.table, result, PG_DIAG_TABLE_NAME);
    copy_name(db->violation.column, result, PG_DIAG_COLUMN_NAME);
    copy_name(db->violation.constraint, result, PG_DIAG_CONSTRAINT_NAME);
    if (outcome == DB_GONE || PQstatus(db->connection) != CONNECTION_OK)
        db_disconnect(db);
    return outcome;
}

/* --- waiting --------------------------------------------------------- */

/* Waits for the socket; 0 when one of `events` came, -1 at the deadline. */
static int
wait_for(PGconn *connection, short events, int64_t deadline_ms)
{
    struct pollfd socket = {.fd = PQsocket(connection), .events = events};
    int64_t left_ms = -1;

    if (deadline_ms != INT64_MAX) {
        left_ms = deadline_ms - clock_now_ms();
        if (left_ms <= 0)
            return -1;
    }
    return poll(&socket, 1, (int)left_ms) == 0 ? -1 : 0;
}

static enum db_outcome
flush(struct db *db, int64_t deadline_ms)
{
    int flushed;

    while ((flushed = PQflush(db->connection)) == 1) {
        if (wait_for(db->connection, POLLIN | POLLOUT, deadline_ms) == -1)
            return late(db, "the server takes no data");
        if (!PQconsumeInput(db->connection))
            return gone(db, NULL);
    }
    return flushed == 0 ? DB_OK : gone(db, NULL);
}

/* The next result, NULL at the end; DB_GONE when none comes in time. */
static enum db_outcome
next_result(struct db *db, int64_t deadline_ms, PGresult **result)
{
    while (PQisBusy(db->connection)) {
        if (wait_for(db->connection, POLLIN, deadline_ms) == -1)
            return late(db, "the server did not answer in time");
        if (!PQconsumeInput(db->connection))
            return gone(db, NULL);
    }
    *result = PQgetResult(db->connection);
    return DB_OK;
}

static bool
went_well(const PGresult *result)
{
    switch ((int)PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED: /* what failed was in front of it */
        return true;
    default:
        return false;
    }
}

/* Reads all results of what was sent, and keeps the first `count` of them. In
 * a pipeline a NULL ends each statement and Sync all of them, which is when
 * they are committed; else a NULL is the end. For want of memory a NULL may
 * come instead of a result, of which there is at least one. */
static enum db_outcome
collect(struct db *db, PGresult **results, size_t count)
{
    bool is_pipeline = PQpipelineStatus(db->connection) != PQ_PIPELINE_OFF,
         is_ended = false;
    int64_t deadline_ms = connection_answer_by_ms(db);
    enum db_outcome outcome = flush(db, deadline_ms), failure = DB_OK;
    size_t at = 0, seen = 0;

    while (outcome == DB_OK && !is_ended && db->connection) {
        PGresult *next = NULL;

        outcome = next_result(db, deadline_ms, &next);
        is_ended = next ? PQresultStatus(next) == PGRES_PIPELINE_SYNC
                        : outcome == DB_OK && !is_pipeline;
        if (next && failure == DB_OK && !went_well(next))
            failure = judge(db, next);
        seen += next && !is_ended;
        if (next && !is_ended && failure == DB_OK && at < count)
            results[at++] = next;
        else
            PQclear(next);
    }
    if (outcome == DB_OK && failure == DB_OK && seen < (count > 0 ? count : 1))
        return gone(db, "a result is missing");
    return outcome != DB_OK ? outcome : failure;
}

/* --- connecting ------------------------------------------------------ */

/* A backend that is told to end says so before it hangs up: what is sent in
 * between is lost. */
static void
take_notice(void *argument, const PGresult *result)
{
    struct db *db = argument;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (sqlstate && sqlstate_outcome(sqlstate) == DB_GONE)
        db->is_leaving = true;
}

static PGconn *
start_connection(const struct database *database)
{
    const char *const keywords[] = {
        "fallback_application_name", "dbname", "client_encoding",
        database->passfile[0] != '\0' ? "passfile" : NULL, NULL};
    const char *const values[] = {"byline", database->conninfo, "UTF8",
                                  database->passfile, NULL};

    return PQconnectStartParams(keywords, values, 1);
}

/* Drives the start to its end within connect_timeout. */
static enum db_outcome
finish_connection(struct db *db)
{
    int64_t deadline_ms = connection_made_by_ms(db);
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK) {
        short events = status == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;

        if (PQstatus(db->connection) == CONNECTION_BAD)
            return gone(db, NULL);
        if (wait_for(db->connection, events, deadline_ms) == -1)
            return gone(db, "no connection within connect_timeout");
        status = PQconnectPoll(db->connection);
        if (status == PGRES_POLLING_FAILED)
            return gone(db, NULL);
    }
    return DB_OK;
}

enum db_outcome
db_connect(struct db *db)
{
    db_disconnect(db);
    db->connection = start_connection(db->database);
    if (!db->connection)
        return DB_GONE;
    db->is_leaving = false;
    PQsetNoticeReceiver(db->connection, take_notice, db);
    if (finish_connection(db) != DB_OK)
        return DB_GONE;
    if (PQsetnonblocking(db->connection, 1) == -1)
        return gone(db, NULL);
    return connection_set_up(db);
}

bool
db_is_alive(struct db *db)
{
    struct pollfd socket = {.events = POLLIN | POLLRDHUP};

    if (!db->connection || PQstatus(db->connection) != CONNECTION_OK)
        return false;
    socket.fd = PQsocket(db->connection);
    if (poll(&socket, 1, 0) == 0)
        return true;
    /* A parameter that changed is reported unasked; a hang-up is the end.
     * PQisBusy is what reads the report. */
    if (socket.revents & (POLLRDHUP | POLLHUP | POLLERR))
        return false;
    return PQconsumeInput(db->connection) && !PQisBusy(db->connection) &&
           !db->is_leaving && PQstatus(db->connection) == CONNECTION_OK;
}

/* --- statements ------------------------------------------------------ */

enum db_outcome
db_prepare(struct db *db, struct arena *arena, const char *sql,
           const uint32_t *types, size_t type_count, const char **name)
{
    enum db_outcome outcome = connection_ready(db);

    *name = arena_printf(arena, "s%u", ++db->statement_count);
    if (outcome != DB_OK)
        return outcome;
    if (!PQsendPrepare(db->connection, *name, sql, (int)type_count, types))
        return gone(db, NULL);
    return collect(db, NULL, 0);
}

static int
send_call(struct db *db, const struct db_call *call)
{
    if (call->name)
        return PQsendQueryPrepared(db->connection, call->name,
                                   (int)call->count, call->values, NULL, NULL,
                                   0);
    return PQsendQueryParams(db->connection, call->sql, (int)call->count,
                             call->types, call->values, NULL, NULL, 0);
}

static void
clear_result(void *result)
{
    PQclear(result);
}

enum db_outcome
db_describe(struct db *db, struct arena *arena, const char *sql,
            const uint32_t *types, size_t type_count,
            struct pg_result **result)
{
    enum db_outcome outcome = connection_ready(db);

    *result = NULL;
    if (outcome != DB_OK)
        return outcome;
    if (!PQsendPrepare(db->connection, "", sql, (int)type_count, types))
        return gone(db, NULL);
    outcome = collect(db, NULL, 0);
    if (outcome != DB_OK)
        return outcome;
    if (!PQsendDescribePrepared(db->connection, ""))
        return gone(db, NULL);
    outcome = collect(db, result, 1);
    if (*result)
        arena_on_reset(arena, clear_result, *result);
    return outcome;
}

enum db_outcome
db_run(struct db *db, struct arena *arena, const struct db_call *call,
       struct pg_result **result)
{
    enum db_outcome outcome = connection_ready(db);

    *result = NULL;
    if (outcome != DB_OK)
        return outcome;
    if (!send_call(db, call))
        return gone(db, NULL);
    db->only_reads = call->only_reads;
    outcome = collect(db, result, 1);
    db->only_reads = false;
    if (*result)
        arena_on_reset(arena, clear_result, *result);
    if (outcome == DB_OK &&
        PQtransactionStatus(db->connection) == PQTRANS_UNKNOWN)
        return gone(db, NULL);
    return outcome;
}

static enum db_outcome
send_pipeline(struct db *db, const struct db_call *calls, size_t count)
{
    if (!PQenterPipelineMode(db->connection))
        return gone(db, NULL);
    for (size_t i = 0; i < count; i++)
        if (!send_call(db, &calls[i]))
            return gone(db, NULL);
    return PQpipelineSync(db->connection) ? DB_OK : gone(db, NULL);
}

enum db_outcome
db_run_pipeline(struct db *db, struct arena *arena,
                const struct db_call *calls, size_t count,
                struct pg_result **results)
{
    enum db_outcome outcome = connection_ready(db);

    memset(results, 0, count * sizeof *results);
    if (outcome != DB_OK)
        return outcome;
    outcome = send_pipeline(db, calls, count);
    outcome = outcome == DB_OK ? collect(db, results, count) : outcome;
    for (size_t i = 0; i < count; i++)
        if (results[i])
            arena_on_reset(arena, clear_result, results[i]);
    if (db->connection && !PQexitPipelineMode(db->connection))
        return gone(db, NULL);
    return outcome;
}

enum db_outcome
db_run_script(struct db *db, const char *sql)
{
    enum db_outcome outcome = connection_ready(db);

    if (outcome != DB_OK)
        return outcome;
    if (!PQsendQuery(db->connection, sql))
        return gone(db, NULL);
    return collect(db, NULL, 0);
}

bool
db_in_transaction(const struct db *db)
{
    return db->connection &&
           PQtransactionStatus(db->connection) != PQTRANS_IDLE;
}

size_t
db_row_count(const struct pg_result *result)
{
    return (size_t)PQntuples(result);
}

const char *
db_text(const struct pg_result *result, size_t row, size_t column,
        size_t *length)
{
    *length = (size_t)PQgetlength(result, (int)row, (int)column);
    if (*length == 0 && PQgetisnull(result, (int)row, (int)column))
        return NULL;
    return PQgetvalue(result, (int)row, (int)column);
}

size_t
db_column_count(const struct pg_result *result)
{
    return (size_t)PQnfields(result);
}

const char *
db_column_name(const struct pg_result *result, size_t column)
{
    return PQfname(result, (int)column);
}

uint32_t
db_column_type(const struct pg_result *result, size_t column)
{
    return PQftype(result, (int)column);
}

/* libpq marks what nobody should see on a screen with a star. */
static bool
holds_password(const PQconninfoOption *options)
{
    for (; options->keyword; options++)
        if (strchr(options->dispchar, '*') && options->val)
            return true;
    return false;
}

const char *
db_check_conninfo(struct arena *arena, const char *conninfo)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);
    const char *mistake = NULL;

    if (!options) {
        size_t length = message ? strcspn(message, "\n") : 0;

        mistake = arena_printf(arena, "libpq says: %.*s", (int)length,
                               message ? message : "");
    } else if (holds_password(options)) {
        mistake = "a password does not belong here: put it into the passfile";
    }
    PQfreemem(message);
    PQconninfoFree(options);
    return mistake;
}

static const char *
find_option(const PQconninfoOption *options, const char *name)
{
    for (const PQconninfoOption *at = options; at && at->keyword; at++)
        if (strcmp(at->keyword, name) == 0)
            return at->val;
    return NULL;
}

const char *
db_option(struct arena *arena, const struct database *database,
          const char *name)
{
    PQconninfoOption *written = PQconninfoParse(database->conninfo, NULL);
    PQconninfoOption *defaults = PQconndefaults();
    const char *value = find_option(written, name);
    const char *copy;

    if (!value)
        value = find_option(defaults, name);
    copy = arena_strdup(arena, value ? value : "");
    PQconninfoFree(written);
    PQconninfoFree(defaults);
    return copy;
}
