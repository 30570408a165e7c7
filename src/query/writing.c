/* Running the statements of a write. */
#include "query/writing.h"

#include "query/claim.h"
#include "query/violation.h"

enum {
    CALLS_MAX = 4, /* lock, write, keep, answer; without those of sets */
};

static bool
is_true(const struct pg_result *row, size_t column)
{
    const char *value = db_value(row, 0, column);

    return value && value[0] == 't';
}

static const bool *
read_lacks(struct arena *arena, const struct write *write,
           const struct pg_result *row)
{
    const size_t count = write->set_count + write->reference_count;
    bool *lacks = arena_alloc(arena, count + 1);

    for (size_t i = 0; i < count; i++)
        lacks[i] = is_true(row, WRITE_LACKS + i);
    return lacks;
}

static void
read_outcome(struct writing *writing, struct arena *arena,
             const struct pg_result *row)
{
    writing->outcome = write_outcome_parse(db_value(row, 0, WRITE_OUTCOME));
    writing->is_known = is_true(row, WRITE_IS_KNOWN);
    writing->role = db_value(row, 0, WRITE_ROLE);
    writing->is_self = writing->route->handler == HANDLER_REMOVE &&
                       is_true(row, WRITE_IS_SELF);
    writing->lacks = read_lacks(arena, writing->write, row);
}

/* Those of the sets that are given, which write nothing if the statement in
 * front did not. */
static struct db_call *
add_sets(const struct writing *writing, struct db_call *next)
{
    const struct write *write = writing->write;

    for (size_t i = 0; i < write->set_count; i++) {
        const struct write_set *set = &write->sets[i];

        if (writing->values[set->key.value])
            *next++ =
                (struct db_call){.name = set->name,
                                 .sql = set->sql,
                                 .values = &writing->values[set->key.value],
                                 .count = 1};
    }
    return next;
}

/* The claim of a request that has a key, or NULL. */
static const struct claim *
claim_of(const struct writing *writing)
{
    const struct claim *claim = writing->write->claim;

    return claim && writing->values[claim->key] ? claim : NULL;
}

/* The lock of the key, or of the row, if there is any. */
static struct db_call *
add_lock(const struct writing *writing, struct db_call *next)
{
    const struct write *write = writing->write;
    const struct claim *claim = claim_of(writing);

    if (claim)
        *next++ = (struct db_call){.name = claim->lock_name,
                                   .sql = claim->lock_sql,
                                   .values = &writing->values[claim->key],
                                   .count = 1};
    if (write->lock_name)
        *next++ = (struct db_call){.name = write->lock_name,
                                   .sql = write->lock_sql,
                                   .values = writing->values,
                                   .count = write->lock_parameter_count};
    return next;
}

static struct db_call *
add_write(const struct writing *writing, struct db_call *next)
{
    const struct write *write = writing->write;
    const struct claim *claim = claim_of(writing);

    *next = (struct db_call){.name = write->name,
                             .sql = write->sql,
                             .values = writing->values,
                             .count = write->parameter_count};
    if (claim) {
        next->name = claim->write_name;
        next->sql = claim->write_sql;
        next->count += CLAIM_PARAMETERS;
    }
    return next + 1;
}

static struct db_call *
add_keep(const struct writing *writing, struct db_call *next)
{
    const struct claim *claim = claim_of(writing);

    if (claim)
        *next++ = (struct db_call){.name = claim->keep_name,
                                   .sql = claim->keep_sql,
                                   .values = &writing->values[claim->key],
                                   .count = CLAIM_PARAMETERS};
    return next;
}

static enum db_outcome
run(struct session *session, struct arena *arena, struct writing *writing)
{
    const struct write *write = writing->write;
    const size_t calls_max = CALLS_MAX + write->set_count;
    struct db_call *calls = arena_alloc(arena, calls_max * sizeof *calls);
    struct pg_result **rows = arena_alloc(arena, calls_max * sizeof(void *));
    struct db_call *next = calls;
    size_t at, count;
    enum db_outcome outcome;

    next = add_lock(writing, next);
    at = (size_t)(next - calls);
    next = add_write(writing, next);
    next = add_sets(writing, next);
    next = add_keep(writing, next);
    if (write->answer)
        *next++ = (struct db_call){.name = write->answer->name,
                                   .sql = write->answer->sql};
    count = (size_t)(next - calls);
    outcome = session_run(session, arena, writing->route, calls, count, rows);
    if (outcome != DB_OK)
        return outcome;
    read_outcome(writing, arena, rows[at]);
    writing->rows = write->answer ? rows[count - 1] : NULL;
    return DB_OK;
}

static int
fail(struct session *session, const struct writing *writing,
     enum db_outcome outcome, struct problem *problem)
{
    const struct refusal refusal = {
        .write = writing->write,
        .values = writing->values,
        .is_remove = writing->route->handler == HANDLER_REMOVE,
        .violation = session_violation(session),
    };

    if (outcome == DB_DENIED) /* by a policy: check sees to the rights */
        problem_set(problem, PROBLEM_FORBIDDEN,
                    "the database does not allow this");
    if (outcome == DB_TAKEN || outcome == DB_POINTED || outcome == DB_RULE ||
        outcome == DB_VALUE)
        return violation_explain(&refusal, outcome, problem);
    return session_fail(session, writing->route, outcome, problem);
}

enum writing_status
writing_run(struct session *session, struct arena *arena,
            struct writing *writing, struct problem *problem)
{
    enum db_outcome outcome = run(session, arena, writing);

    if (outcome == DB_OK)
        return WRITING_DONE;
    if (session_may_retry(session, writing->route, outcome, writing->tries))
        return session_mend(session, outcome, problem) == 0 ? WRITING_AGAIN
                                                            : WRITING_FAILED;
    fail(session, writing, outcome, problem);
    return WRITING_FAILED;
}
