/* log_in: a name and a password become a token in a cookie, and the answer
 * shows the account what it may see of itself. Who is not known takes the
 * time of a wrong password. */
#include <string.h>

#include "auth/password.h"
#include "handlers/gather.h"
#include "handlers/identity.h"
#include "http/query.h"
#include "query/reading.h"

/* What somebody logs in with. */
struct credentials {
    struct json_value login;
    struct json_value password;
};

static const char *
json_name(const struct exchange *exchange, const char *column)
{
    const struct config *config = exchange->config;

    return plan_json_name(exchange->arena, config, config->accounts.resource,
                          column);
}

static void
read_member(struct exchange *exchange, const struct body *body,
            const char *column, struct json_value *value)
{
    const char *name = json_name(exchange, column);

    if (!body_get(body, exchange->arena, name, value))
        problem_add_field(exchange->problem, name, "required",
                          "a value is required");
    else if (value->kind != JSON_STRING)
        problem_add_field(exchange->problem, name, "type", "text is expected");
}

static int
read_credentials(struct exchange *exchange, struct credentials *credentials)
{
    const struct accounts *accounts = &exchange->config->accounts;
    const struct body *body;

    if (gather_parse(exchange, &body) == -1)
        return -1;
    read_member(exchange, body, accounts->login, &credentials->login);
    read_member(exchange, body, accounts->password, &credentials->password);
    return problem_set_fields(exchange->problem, PROBLEM_VALIDATION, "field");
}

/* No account has a NUL in its name: then nobody is asked for. */
static const char *
login_of(const struct credentials *credentials)
{
    return strlen(credentials->login.text) == credentials->login.length
               ? credentials->login.text
               : NULL;
}

static int
find(struct exchange *exchange, const struct credentials *credentials,
     struct reading *reading)
{
    const char **values = arena_alloc(exchange->arena, 2 * sizeof *values);

    *reading = (struct reading){.route = exchange->route, .values = values};
    values[0] = login_of(credentials);
    if (session_open(exchange->session, exchange->problem) == -1 ||
        reading_plan(exchange->session, exchange->arena, reading,
                     exchange->problem) == -1)
        return -1;
    return reading_run(exchange->session, exchange->arena, reading,
                       exchange->problem);
}

static const char *
value_of(const struct reading *reading, size_t column)
{
    return db_value(reading->rows, 0, column);
}

int
handler_log_in(struct exchange *exchange)
{
    static const char *const allowed[] = {NULL};
    const struct plan_frame *frame;
    struct credentials credentials;
    struct reading reading;

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1 ||
        read_credentials(exchange, &credentials) == -1 ||
        find(exchange, &credentials, &reading) == -1)
        return -1;
    frame = &reading.plan->frame;
    if (!password_matches(credentials.password.text,
                          credentials.password.length,
                          value_of(&reading, frame->password),
                          exchange->config->accounts.bcrypt_cost))
        return problem_set(exchange->problem, PROBLEM_UNAUTHORIZED,
                           "the name or the password is wrong");
    if (identity_issue(exchange, value_of(&reading, frame->viewer),
                       value_of(&reading, frame->issued)) == -1)
        return -1;
    shape_render(&reading.plan->shape, reading.rows, 0,
                 &exchange->response->body);
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    return 0;
}
