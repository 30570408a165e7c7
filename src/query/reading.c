/* Running the one statement of a read. */
#include "query/reading.h"

int
reading_plan(struct session *session, struct arena *arena,
             struct reading *reading, struct problem *problem)
{
    const struct program_route *known =
        session_route(session, reading->route, problem);

    if (!known)
        return -1;
    reading->plan = reading->is_viewed ? known->viewed : known->plan;
    if (!reading->ask)
        return 0;
    if (ask_check_cursor(session_program(session)->catalog, reading->route,
                         reading->ask, problem) == -1)
        return -1;
    reading->plan = plan_compose(
        arena, session_program(session)->catalog, reading->route, reading->ask,
        reading->is_viewed ? VIEWER_TOKEN : VIEWER_NONE);
    return 0;
}

/* After the session was mended: the values were bound for the plan before, of
 * which the new one must want as many. */
static int
plan_again(struct session *session, struct arena *arena,
           struct reading *reading, size_t count, struct problem *problem)
{
    if (reading_plan(session, arena, reading, problem) == -1)
        return -1;
    if (reading->plan && reading->plan->type_count == count)
        return 0;
    return problem_set(problem, PROBLEM_UNAVAILABLE,
                       "the service is changing; try again");
}

/* Any limit or offset makes another statement: these are not kept. */
static bool
is_kept(const struct reading *reading)
{
    return !reading->ask || (reading->ask->offset == 0 &&
                             (reading->ask->limit == 0 ||
                              reading->ask->limit == reading->route->limit));
}

static enum db_outcome
run(struct session *session, struct arena *arena, struct reading *reading)
{
    const struct plan *plan = reading->plan;
    struct db_call call = {
        .name = plan->name,
        .sql = plan->sql,
        .types = plan->types,
        .values = reading->values,
        .count = plan->type_count,
        .only_reads = plan->only_reads,
    };

    if (call.name || !is_kept(reading))
        return session_run(session, arena, reading->route, &call, 1,
                           &reading->rows);
    return session_run_asked(session, arena, reading->route, &call,
                             &reading->rows);
}

/* Nobody but ourselves gave a value where the path has none. Own SQL makes
 * of values what it likes. */
static int
refuse_value(struct session *session, const struct reading *reading,
             struct problem *problem)
{
    if (reading->plan->only_reads && reading->route->own.parameter_count > 0)
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "a parameter has a value that cannot be used");
    if (reading->plan->parameter_count + reading->plan->asked_count == 0)
        return session_fail(session, reading->route, DB_FAILED, problem);
    return problem_set(problem, PROBLEM_BAD_REQUEST,
                       "a value in the path or the query is not of its type");
}

int
reading_run(struct session *session, struct arena *arena,
            struct reading *reading, struct problem *problem)
{
    const size_t count = reading->plan->type_count;
    enum db_outcome outcome = run(session, arena, reading);

    for (int tries = 1;
         session_may_retry(session, reading->route, outcome, tries) ||
         (outcome == DB_GONE && tries == 1);
         tries++) {
        if (session_mend(session, outcome, problem) == -1 ||
            plan_again(session, arena, reading, count, problem) == -1)
            return -1;
        outcome = run(session, arena, reading);
    }
    if (outcome == DB_OK)
        return 0;
    if (outcome == DB_VALUE ||
        (outcome == DB_RULE && reading->plan->only_reads))
        return refuse_value(session, reading, problem);
    return session_fail(session, reading->route, outcome, problem);
}
