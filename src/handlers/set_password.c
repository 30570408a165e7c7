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

/* Runs one of the two statements: -1 and a problem if it has no row. */
static int
run(struct exchange *exchange, const struct account_statement *statement,
    const char *const *values, const char **result)
{
    const struct db_call call = {.name = statement->name,
                                 .types = statement->types,
                                 .values = values,
                                 .count = statement->type_count};
    struct pg_result *rows;
    enum db_outcome outcome = session_run(exchange->session, exchange->arena,
                                          exchange->route, &call, 1, &rows);

    if (outcome != DB_OK)
        return session_fail(exchange->session, exchange->route, outcome,
                            exchange->problem);
    if (db_row_count(rows) == 0)
        return identity_lose(exchange);
    *result = db_value(rows, 0, 0);
    return 0;
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

static int
change_password(struct exchange *exchange, const struct account *account,
                struct change *change)
{
    const char *stored = NULL, *issued = NULL;
    const char *values[4] = {exchange->viewer.subject,
                             exchange->viewer.issued};

    if (run(exchange, &account->password, values, &stored) == -1 ||
        check_current(exchange, change, stored) == -1 ||
        gather_hash(exchange, &change->new_text) == -1)
        return -1;
    values[2] = change->new_text;
    values[3] = stored;
    if (run(exchange, &account->change, values, &issued) == -1)
        return -1;
    return identity_issue(exchange, exchange->viewer.subject, issued);
}

int
handler_set_password(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};
    const struct program_route *known;
    const struct body *body;
    struct change change;

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1 ||
        gather_parse(exchange, &body) == -1 ||
        session_open(exchange->session, exchange->problem) == -1 ||
        identity_settle(exchange) == -1)
        return -1;
    known =
        session_route(exchange->session, exchange->route, exchange->problem);
    if (!known || read_change(exchange, known->account, body, &change) == -1 ||
        change_password(exchange, known->account, &change) == -1)
        return -1;
    exchange->response->status = 204;
    exchange->response->content_type = NULL;
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    return 0;
}
