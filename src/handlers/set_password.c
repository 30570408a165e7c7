/* set_password: who is logged in and knows his password gets another one. All
 * tokens that were issued before end, and the answer has a new one. */
#include "auth/password.h"
#include "config/naming.h"
#include "handlers/gather.h"
#include "handlers/identity.h"
#include "http/query.h"

/* What the body says. */
struct change {
    const char *current_name; /* of the member: currentPassword */
    struct json_value current;
    const char *new_text;
};

static int
read_change(struct exchange *exchange, const struct account *account,
            const struct body *body, struct change *change)
{
    const struct config *config = exchange->config;

    change->current_name =
        naming_json(exchange->arena, config->api.names,
                    arena_printf(exchange->arena, "current_%s",
                                 config->accounts.password));
    if (!body_get(body, exchange->arena, change->current_name,
                  &change->current))
        problem_add_field(exchange->problem, change->current_name, "required",
                          "a value is required");
    else if (change->current.kind != JSON_STRING)
        problem_add_field(exchange->problem, change->current_name, "type",
                          "text is expected");
    gather_member(exchange, body, &account->field, &change->new_text);
    return problem_set_fields(exchange->problem, PROBLEM_VALIDATION, "field");
}

/* How one of the two statements ended. */
enum step {
    STEP_FAILED = -1, /* and a problem */
    STEP_DONE,
    STEP_AGAIN, /* the schema has changed: both are to be asked for anew */
};

static enum step
fail(struct exchange *exchange, enum db_outcome outcome, int tries)
{
    if (session_may_retry(exchange->session, exchange->route, outcome, tries))
        return session_mend(exchange->session, outcome, exchange->problem) == 0
                   ? STEP_AGAIN
                   : STEP_FAILED;
    if (outcome == DB_RULE || outcome == DB_VALUE)
        problem_set(exchange->problem, PROBLEM_VALIDATION,
                    "the password cannot be stored");
    else
        session_fail(exchange->session, exchange->route, outcome,
                     exchange->problem);
    return STEP_FAILED;
}

/* No row: the account is gone, or has ended the token. */
static enum step
run(struct exchange *exchange, const struct account_statement *statement,
    const char *const *values, int tries, const char **result)
{
    const struct db_call call = {.name = statement->name,
                                 .sql = statement->sql,
                                 .types = statement->types,
                                 .values = values,
                                 .count = statement->type_count};
    struct pg_result *rows;
    enum db_outcome outcome = session_run(exchange->session, exchange->arena,
                                          exchange->route, &call, 1, &rows);

    if (outcome != DB_OK)
        return fail(exchange, outcome, tries);
    if (db_row_count(rows) > 0) {
        *result = db_value(rows, 0, 0);
        return STEP_DONE;
    }
    problem_set(exchange->problem, PROBLEM_UNAUTHORIZED,
                "the token is not valid; log in again");
    return STEP_FAILED;
}

static int
check_current(struct exchange *exchange, const struct change *change,
              const char *stored)
{
    if (password_matches(change->current.text, change->current.length, stored,
                         exchange->config->accounts.bcrypt_cost))
        return 0;
    problem_add_field(exchange->problem, change->current_name, "wrong",
                      "this is not the password");
    return problem_set_fields(exchange->problem, PROBLEM_VALIDATION, "field");
}

static enum step
change_password(struct exchange *exchange, const struct account *account,
                struct change *change, int tries)
{
    const char *stored = NULL, *issued = NULL;
    const char *values[4] = {exchange->viewer.subject,
                             exchange->viewer.issued};
    enum step step = run(exchange, &account->password, values, tries, &stored);

    if (step != STEP_DONE)
        return step;
    if (check_current(exchange, change, stored) == -1 ||
        gather_hash(exchange, &change->new_text) == -1)
        return STEP_FAILED;
    values[2] = change->new_text;
    values[3] = stored;
    step = run(exchange, &account->change, values, tries, &issued);
    if (step != STEP_DONE)
        return step;
    return identity_issue(exchange, exchange->viewer.subject, issued) == 0
               ? STEP_DONE
               : STEP_FAILED;
}

static enum step
change_once(struct exchange *exchange, const struct body *body, int tries)
{
    const struct program_route *known =
        session_route(exchange->session, exchange->route, exchange->problem);
    struct change change;

    if (!known || read_change(exchange, known->account, body, &change) == -1)
        return STEP_FAILED;
    return change_password(exchange, known->account, &change, tries);
}

int
handler_set_password(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};
    const struct body *body;
    enum step step = STEP_AGAIN;

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1 ||
        gather_parse(exchange, &body) == -1 ||
        session_open(exchange->session, exchange->problem) == -1 ||
        identity_settle(exchange) == -1)
        return -1;
    for (int tries = 1; step == STEP_AGAIN; tries++)
        step = change_once(exchange, body, tries);
    if (step == STEP_FAILED)
        return -1;
    exchange->response->status = 204;
    exchange->response->content_type = NULL;
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    return 0;
}
