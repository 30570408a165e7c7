/* From SQLSTATE to outcome. */
#include "db/outcome.h"

#include "tap.h"

static const struct {
    const char *sqlstate;
    enum db_outcome outcome;
    const char *what;
} examples[] = {
    {NULL, DB_GONE, "the server did not say"},
    {"", DB_GONE, "the server did not say"},
    {"08000", DB_GONE, "connection exception"},
    {"08006", DB_GONE, "connection failure"},
    {"0A000", DB_STALE, "cached plan must not change result type"},
    {"22003", DB_VALUE, "numeric value out of range"},
    {"22009", DB_VALUE, "time zone displacement out of range"},
    {"22012", DB_FAILED, "division by zero"},
    {"22021", DB_VALUE, "character not in repertoire"},
    {"22P02", DB_VALUE, "invalid text representation"},
    {"22001", DB_VALUE, "string data right truncation"},
    {"22P05", DB_VALUE, "untranslatable character"},
    {"23000", DB_FAILED, "integrity violation of no known kind"},
    {"23001", DB_POINTED, "restrict violation"},
    {"23502", DB_RULE, "not-null violation"},
    {"23503", DB_POINTED, "foreign key violation"},
    {"23505", DB_TAKEN, "unique violation"},
    {"23514", DB_RULE, "check violation"},
    {"23P01", DB_TAKEN, "exclusion violation"},
    {"25006", DB_UNABLE, "read-only transaction"},
    {"25P02", DB_FAILED, "in failed transaction"},
    {"26000", DB_STALE, "the prepared statement does not exist"},
    {"28P01", DB_FAILED, "invalid password"},
    {"40001", DB_RETRY, "serialization failure"},
    {"40P01", DB_RETRY, "deadlock detected"},
    {"42501", DB_DENIED, "insufficient privilege"},
    {"42601", DB_FAILED, "syntax error"},
    {"42703", DB_STALE, "undefined column"},
    {"42P01", DB_STALE, "undefined table"},
    {"44000", DB_RULE, "with check option violation"},
    {"53300", DB_UNABLE, "too many connections"},
    {"53100", DB_UNABLE, "disk full"},
    {"53200", DB_UNABLE, "out of memory"},
    {"53400", DB_UNABLE, "configuration limit exceeded"},
    {"54001", DB_FAILED, "statement too complex"},
    {"55P03", DB_LOCKED, "lock not available"},
    {"55006", DB_FAILED, "object in use"},
    {"57014", DB_TIMEOUT, "query canceled"},
    {"57P01", DB_GONE, "admin shutdown"},
    {"57P02", DB_GONE, "crash shutdown"},
    {"57P03", DB_GONE, "cannot connect now"},
    {"57P05", DB_GONE, "idle session timeout"},
    {"XX000", DB_FAILED, "internal error"},
    {"P0001", DB_RULE, "raise exception, of a trigger"},
    {"P0002", DB_FAILED, "no data found"},
    {"99999", DB_FAILED, "a code that is none"},
    {"2", DB_FAILED, "the beginning of a code"},
};

int
main(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        is_text(db_outcome_name(sqlstate_outcome(examples[i].sqlstate)),
                db_outcome_name(examples[i].outcome), "%s: %s",
                examples[i].sqlstate ? examples[i].sqlstate : "none",
                examples[i].what);
    for (int i = DB_OK; i <= DB_FAILED; i++)
        for (int k = i; k <= DB_FAILED; k++)
            ok((strcmp(db_outcome_name((enum db_outcome)i),
                       db_outcome_name((enum db_outcome)k)) == 0) == (i == k),
               "outcomes %d and %d have names of their own", i, k);
    return done();
}
