/* Running own SQL that may write. */
#include "query/commanding.h"

#include <string.h>

#include "query/violation.h"

enum {
    CALLS_MAX = 2, /* the check, and the statement */
};

/* The check in front fails where the statement must not run: PostgreSQL then
 * skips the rest of the pipeline. It is the only one whose message has these
 * names and that has not answered. */
static enum commanding_status
check_of(const struct session *session, struct pg_result *checked)
{
    const char *message = session_message(session);

    if (checked)
        return COMMANDING_DONE;
    if (strstr(message, OWN_UNKNOWN))
        return COMMANDING_UNKNOWN;
    if (strstr(message, OWN_FORBIDDEN))
        return COMMANDING_FORBIDDEN;
    return COMMANDING_DONE;
}

static enum db_outcome
run(struct session *session, struct arena *arena,
    struct commanding *commanding, enum commanding_status *checked)
{
    const struct own_statement *statement = commanding->statement;
    struct pg_result *rows[CALLS_MAX] = {NULL, NULL};
    struct db_call calls[CALLS_MAX] = {0};
    struct db_call *next = calls;
    size_t count;
    enum db_outcome outcome;

    if (commanding->viewer)
        *next++ = (struct db_call){.name = statement->check_name,
                                   .sql = statement->check_sql,
                                   .values = commanding->viewer,
                                   .count = statement->check_type_count};
    *next++ = (struct db_call){.name = commanding->plan->name,
                               .sql = commanding->plan->sql,
                               .values = commanding->values,
                               .count = statement->parameter_count};
    count = (size_t)(next - calls);
    outcome =
        session_run(session, arena, commanding->route, calls, count, rows);
    commanding->rows = rows[count - 1];
    *checked = outcome == DB_FAILED && commanding->viewer
                   ? check_of(session, rows[0])
                   : COMMANDING_DONE;
    return outcome;
}

/* Nothing tells an insert that points to nothing from a removal of what is
 * pointed to, but what the request was for. */
static int
explain_pointed(const struct commanding *commanding,
                const struct refusal *refusal, struct problem *problem)
{
    if (commanding->route->method == METHOD_DELETE)
        return violation_explain(refusal, DB_POINTED, problem);
    return problem_set(problem, PROBLEM_VALIDATION,
                       "a value refers to something that is not there");
}

static int
fail(struct session *session, const struct commanding *commanding,
     enum db_outcome outcome, struct problem *problem)
{
    const struct refusal refusal = {
        .write = &commanding->statement->refused,
        .values = commanding->values,
        .is_remove = commanding->route->method == METHOD_DELETE,
        .violation = session_violation(session),
    };

    if (outcome == DB_DENIED) /* by a policy, or a right that nobody gave */
        problem_set(problem, PROBLEM_FORBIDDEN,
                    "the database does not allow this");
    if (outcome == DB_POINTED)
        return explain_pointed(commanding, &refusal, problem);
    if (outcome == DB_TAKEN || outcome == DB_RULE || outcome == DB_VALUE)
        return violation_explain(&refusal, outcome, problem);
    return session_fail(session, commanding->route, outcome, problem);
}

enum commanding_status
commanding_run(struct session *session, struct arena *arena,
               struct commanding *commanding, struct problem *problem)
{
    enum commanding_status checked;
    enum db_outcome outcome = run(session, arena, commanding, &checked);

    if (outcome == DB_OK)
        return COMMANDING_DONE;
    if (checked != COMMANDING_DONE)
        return checked;
    if (session_may_retry(session, commanding->route, outcome,
                          commanding->tries))
        return session_mend(session, outcome, problem) == 0
                   ? COMMANDING_AGAIN
                   : COMMANDING_FAILED;
    fail(session, commanding, outcome, problem);
    return COMMANDING_FAILED;
}
