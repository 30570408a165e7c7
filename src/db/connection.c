/* What a connection keeps and what needs no libpq. */
#include "db/connection.h"

#include <string.h>

#include "base/clock.h"
#include "db/settings.h"

void
db_set_patient(struct db *db)
{
    db->is_patient = true;
}

void
connection_set_message(struct db *db, const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '\n')
        length--;
    buffer_clear(&db->message);
    buffer_append(&db->message, text, length);
    buffer_append_char(&db->message, '\0');
    db->sqlstate[0] = '\0';
    db->violation = (struct db_violation){0};
}

void
db_set_deadline(struct db *db, int64_t deadline_ms)
{
    db->deadline_ms = deadline_ms;
}

static int64_t
deadline_of(const struct db *db, int64_t timeout_ms)
{
    int64_t deadline_ms = clock_now_ms() + timeout_ms;

    return deadline_ms < db->deadline_ms ? deadline_ms : db->deadline_ms;
}

int64_t
connection_made_by_ms(const struct db *db)
{
    return deadline_of(db, db->database->connect_timeout_ms);
}

int64_t
connection_answer_by_ms(const struct db *db)
{
    if (db->is_patient)
        return INT64_MAX;
    return deadline_of(db,
                       db->database->statement_timeout_ms + DATABASE_SLACK_MS);
}

enum db_outcome
connection_ready(struct db *db)
{
    if (!db->connection)
        return DB_GONE;
    if (db->deadline_ms == INT64_MAX || clock_now_ms() < db->deadline_ms)
        return DB_OK;
    connection_set_message(db, "no time is left for the request");
    return DB_TIMEOUT;
}

const char *
db_message(const struct db *db)
{
    return db->message.data ? db->message.data : "";
}

const char *
db_sqlstate(const struct db *db)
{
    return db->sqlstate;
}

const struct db_violation *
db_violation(const struct db *db)
{
    return &db->violation;
}

void
db_deallocate(struct db *db, const char *name)
{
    struct buffer sql = {0};

    buffer_printf(&sql, "DEALLOCATE %s", name);
    db_run_script(db, buffer_text(&sql));
    buffer_free(&sql);
}

enum db_outcome
connection_set_up(struct db *db)
{
    struct buffer sql = {0};
    enum db_outcome outcome;

    db_settings_append(&sql, db->database, db->is_patient);
    outcome = db_run_script(db, buffer_text(&sql));
    buffer_free(&sql);
    return outcome == DB_OK ? DB_OK : DB_GONE;
}
