/* [token]: what no single key can tell. */
#include <string.h>

#include "config/parts.h"

/* What a name of a cookie may have besides letters and digits (RFC 6265
 * refers to the token of RFC 9110, section 5.6.2). */
#define TOKEN_MARKS "!#$%&'*+-.^_`|~"
#define ALPHANUMERICS                                      \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
    "0123456789"

static void
check_cookie(const struct token_settings *token,
             struct diagnostics *diagnostics)
{
    const char *name = token->cookie;

    if (name[0] == '\0' ||
        name[strspn(name, ALPHANUMERICS TOKEN_MARKS)] != '\0')
        diagnostics_error(diagnostics, ini_place(token->section, "cookie"),
                          "\"%s\" is no name of a cookie: it has letters, "
                          "digits, and any of %s",
                          name, TOKEN_MARKS);
    if (token->cookie_same_site == COOKIE_SAME_SITE_NONE &&
        !token->cookie_secure)
        diagnostics_error(diagnostics,
                          ini_place(token->section, "cookie_same_site"),
                          "None needs cookie_secure = on: browsers refuse "
                          "the cookie otherwise");
}

static void
check_claim(const struct token_settings *token,
            struct diagnostics *diagnostics)
{
    static const char *const taken[] = {"exp", "iat", "nbf"};
    const char *claim = token->claim;
    struct place place = ini_place(token->section, "claim");

    if (claim[0] == '\0' || claim[strspn(claim, ALPHANUMERICS "_-.")] != '\0')
        diagnostics_error(diagnostics, place,
                          "\"%s\" is no name of a claim: it has letters, "
                          "digits, and any of _-.",
                          claim);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(claim, taken[i]) == 0)
            diagnostics_error(diagnostics, place,
                              "%s is a time of the token, and says not who "
                              "it is",
                              claim);
}

static void
check_seconds(const struct token_settings *token, const char *key, int64_t ms,
              struct diagnostics *diagnostics)
{
    if (ms % 1000 != 0)
        diagnostics_error(diagnostics, ini_place(token->section, key),
                          "times in tokens are whole seconds");
}

void
config_link_token(struct config *config, struct diagnostics *diagnostics)
{
    struct token_settings *token = &config->token;

    token->section = config_find_section(config, CONFIG_FILE_BYLINE, "token");
    if (!token->section)
        return;
    check_claim(token, diagnostics);
    check_cookie(token, diagnostics);
    check_seconds(token, "lifetime", token->lifetime_ms, diagnostics);
    check_seconds(token, "clock_skew", token->clock_skew_ms, diagnostics);
}
