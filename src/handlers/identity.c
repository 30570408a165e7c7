/* What handlers do with who asks. */
#include "handlers/identity.h"

#include <stdlib.h>

#include "auth/cookie.h"
#include "handlers/expiry.h"

static int
refuse(struct exchange *exchange)
{
    return problem_set(exchange->problem, PROBLEM_UNAUTHORIZED,
                       "the token is not valid; log in again");
}

void
identity_clear(struct exchange *exchange)
{
    response_add_header(exchange->response, "Set-Cookie",
                        cookie_format_token(exchange->arena,
                                            &exchange->config->token, NULL,
                                            0));
}

int
identity_lose(struct exchange *exchange)
{
    if (exchange->route->auth != ROUTE_AUTH_OPTIONAL ||
        !exchange->viewer.is_by_cookie)
        return refuse(exchange);
    exchange->viewer = (struct viewer){.is_lost = true};
    identity_clear(exchange);
    return 0;
}

int
identity_settle(struct exchange *exchange)
{
    const struct viewer *viewer = &exchange->viewer;
    struct type type = session_program(exchange->session)->viewer_type;

    if (!viewer->subject)
        return 0;
    if (type.oid == 0) /* nobody can tell while their table is not there */
        return problem_set(exchange->problem, PROBLEM_UNAVAILABLE,
                           "this part of the service does not fit its "
                           "database at the moment");
    if (viewer->is_number == (type.input == TYPE_INPUT_INTEGER) &&
        type_match(type, viewer->subject) == TYPE_MATCHES)
        return 0;
    return identity_lose(exchange);
}

void
identity_bind(const struct exchange *exchange, const char **values)
{
    values[0] = exchange->viewer.subject;
    if (exchange->config->accounts.since[0] != '\0')
        values[1] = exchange->viewer.issued;
}

int
identity_issue(struct exchange *exchange, const char *key, const char *issued)
{
    const struct token_settings *settings = &exchange->config->token;
    int64_t lifetime_s = settings->lifetime_ms / 1000;
    const struct token_claims claims = {
        .subject = key,
        .is_number = session_program(exchange->session)->viewer_type.input ==
                     TYPE_INPUT_INTEGER,
        .issued_at_s = strtoll(issued, NULL, 10),
        .expires_at_s = strtoll(issued, NULL, 10) + lifetime_s,
    };
    const char *token = token_sign(exchange->keys, exchange->arena, &claims);

    if (!token)
        return problem_set(exchange->problem, PROBLEM_UNAVAILABLE,
                           "nobody can log in at the moment");
    response_add_header(
        exchange->response, "Set-Cookie",
        cookie_format_token(exchange->arena, settings, token, lifetime_s));
    return 0;
}

void
identity_add_cache_headers(struct exchange *exchange)
{
    bool is_personal = exchange->viewer.subject || exchange->viewer.is_lost;

    expiry_add(exchange);
    response_add_header(exchange->response, "Cache-Control",
                        is_personal ? "private, no-store" : "no-cache");
    if (exchange->route->auth == ROUTE_AUTH_OPTIONAL)
        response_add_header(exchange->response, "Vary",
                            "Authorization, Cookie");
}
