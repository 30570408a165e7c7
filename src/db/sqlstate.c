/* From SQLSTATE to outcome. */
#include <string.h>

#include "db/outcome.h"

/* A code, or the beginning of a class of codes. The first match counts. */
static const struct {
    const char *prefix;
    enum db_outcome outcome;
} outcomes[] = {
    {"08", DB_GONE},       /* connection exception */
    {"0A000", DB_STALE},   /* cached plan must not change result type */
    {"22012", DB_FAILED},  /* division by zero: not a client's */
    {"22", DB_VALUE},      /* data exception */
    {"23001", DB_POINTED}, /* restrict violation */
    {"23502", DB_RULE},    /* not-null violation */
    {"23503", DB_POINTED}, /* foreign key violation */
    {"23505", DB_TAKEN},   /* unique violation */
    {"23514", DB_RULE},    /* check violation */
    {"23P01", DB_TAKEN},   /* exclusion violation */
    {"25006", DB_UNABLE},  /* read-only transaction: a standby */
    {"26000", DB_STALE},   /* the prepared statement does not exist */
    {"40001", DB_RETRY},   /* serialization failure */
    {"40P01", DB_RETRY},   /* deadlock detected */
    {"42501", DB_DENIED},  /* insufficient privilege */
    {"42703", DB_STALE},   /* undefined column */
    {"42P01", DB_STALE},   /* undefined table */
    {"44000", DB_RULE},    /* WITH CHECK OPTION of a view */
    {"53", DB_UNABLE},     /* insufficient resources */
    {"54000", DB_VALUE},   /* too large, as for an index */
    {"55P03", DB_LOCKED},  /* lock not available */
    {"57014", DB_TIMEOUT}, /* query canceled */
    {"57P0", DB_GONE},     /* operator intervention */
    {"P0001", DB_RULE},    /* a trigger's RAISE EXCEPTION */
};

enum db_outcome
sqlstate_outcome(const char *sqlstate)
{
    if (!sqlstate || sqlstate[0] == '\0')
        return DB_GONE;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        const char *prefix = outcomes[i].prefix;

        if (strncmp(sqlstate, prefix, strlen(prefix)) == 0)
            return outcomes[i].outcome;
    }
    return DB_FAILED;
}

bool
db_outcome_is_refusal(enum db_outcome outcome)
{
    return outcome == DB_FAILED || outcome == DB_STALE ||
           outcome == DB_DENIED || outcome == DB_VALUE;
}

bool
sqlstate_may_quote(const char *sqlstate, const char *source)
{
    return strncmp(sqlstate, "22", 2) == 0 ||
           (source && strcmp(source, "exec_stmt_raise") == 0);
}

const char *
db_outcome_name(enum db_outcome outcome)
{
    static const char *const names[] = {
        [DB_OK] = "done",
        [DB_VALUE] = "value refused",
        [DB_TAKEN] = "unique violation",
        [DB_POINTED] = "foreign key violation",
        [DB_RULE] = "check violation",
        [DB_RETRY] = "serialization failure",
        [DB_LOCKED] = "lock timeout",
        [DB_TIMEOUT] = "statement timeout",
        [DB_GONE] = "connection lost",
        [DB_UNABLE] = "database unable",
        [DB_DENIED] = "permission denied",
        [DB_STALE] = "schema changed",
        [DB_FAILED] = "statement failed",
    };

    return names[outcome];
}
