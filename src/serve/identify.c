/* Who asks, as cookie or token tell, and whether a browser may ask so. */
#include "serve/identify.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "auth/cookie.h"
#include "handlers/identity.h"

/* --- where from ------------------------------------------------------ */

static bool
is_ours(const struct config *config, const char *origin)
{
    if (strcmp(config->site.public_url, origin) == 0)
        return true;
    for (size_t i = 0; i < config->cors.allow_origin_count; i++)
        if (strcmp(config->cors.allow_origins[i], origin) == 0)
            return true;
    return false;
}

/* Who sends neither header is no browser, or one too old to tell. */
static bool
comes_from_us(const struct exchange *exchange)
{
    const struct request *request = exchange->request;
    const char *site = request->sec_fetch_site;

    if (request->origin && is_ours(exchange->config, request->origin))
        return true;
    if (site)
        return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    return !request->origin;
}

static const char *
find_cookie(const struct exchange *exchange)
{
    return cookie_find(exchange->arena, exchange->request->cookie,
                       exchange->config->token.cookie);
}

int
identify_origin(struct exchange *exchange)
{
    if (!exchange->route || exchange->route->method == METHOD_GET ||
        !find_cookie(exchange) || comes_from_us(exchange))
        return 0;
    return problem_set(exchange->problem, PROBLEM_FORBIDDEN,
                       "a page of another origin may not do this");
}

/* --- who ------------------------------------------------------------- */

/* The token of `Authorization: Bearer` (RFC 6750, section 2.1), or NULL. The
 * word alone is a bad token, not none. */
static const char *
find_bearer(const struct exchange *exchange)
{
    static const char scheme[] = "Bearer";
    const size_t length = sizeof scheme - 1;
    const char *text = exchange->request->authorization;

    if (!exchange->config->token.bearer || !text ||
        strncasecmp(text, scheme, length) != 0 ||
        (text[length] != ' ' && text[length] != '\0'))
        return NULL;
    text += length;
    return text + strspn(text, " ");
}

static int
need_token(struct exchange *exchange)
{
    if (exchange->route->auth == ROUTE_AUTH_OPTIONAL)
        return 0;
    return problem_set(exchange->problem, PROBLEM_UNAUTHORIZED,
                       "this needs somebody who is logged in");
}

int
identify_viewer(struct exchange *exchange)
{
    const char *bearer, *cookie;
    struct token_claims claims;

    exchange->viewer = (struct viewer){0};
    if (!exchange->route || exchange->route->auth == ROUTE_AUTH_NONE)
        return 0;
    bearer = find_bearer(exchange);
    cookie = bearer ? NULL : find_cookie(exchange);
    if (!bearer && !cookie)
        return need_token(exchange);
    exchange->viewer.is_by_cookie = !bearer;
    if (token_verify(exchange->keys, exchange->arena, bearer ? bearer : cookie,
                     time(NULL), &claims) == -1)
        return identity_lose(exchange);
    exchange->viewer.subject = claims.subject;
    exchange->viewer.is_number = claims.is_number;
    exchange->viewer.issued =
        arena_printf(exchange->arena, "%" PRId64, claims.issued_at_s);
    return 0;
}
