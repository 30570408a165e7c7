/* The SQL predicates of `where`. */
#include <string.h>

#include "base/sql_scan.h"
#include "base/suggest.h"
#include "config/parts.h"

static void
check_placeholder(const struct config *config, const struct sql_token *token,
                  struct place place, struct diagnostics *diagnostics)
{
    const char *name =
        arena_strndup(config->arena, token->start + 1, token->length - 1);
    struct suggestion suggestion = suggest_start(name);

    suggest_offer(&suggestion, "viewer");
    suggest_offer(&suggestion, "role");
    if (!sql_token_is(token, "viewer") && !sql_token_is(token, "role"))
        diagnostics_error(diagnostics, place,
                          "there is no :%s%s; there are :viewer and :role",
                          name, suggest_clause(config->arena, &suggestion));
    else if (!config->accounts.resource)
        diagnostics_error(diagnostics, place,
                          ":%s needs [accounts]: nobody is known", name);
}

/* What stands behind it, as a comment, is left out: it is put into
 * parentheses. */
static void
check(const struct config *config, const struct ini_section *section,
      const char **predicate, struct diagnostics *diagnostics)
{
    const char *text = *predicate;
    struct place place = ini_place(section, "where");
    struct sql_scan scan;
    struct sql_token token;
    size_t length;
    const char *mistake;

    if (text[0] == '\0')
        return;
    mistake = sql_scan_expression(text, &length);
    if (mistake) {
        diagnostics_error(diagnostics, place, "the predicate %s", mistake);
        return;
    }
    *predicate = arena_strndup(config->arena, text, length);
    sql_scan_start(&scan, text, length);
    while (sql_scan_next(&scan, &token))
        if (token.kind == SQL_TOKEN_PLACEHOLDER)
            check_placeholder(config, &token, place, diagnostics);
}

void
config_check_predicates(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->resource_count; i++)
        check(config, config->resources[i].section,
              &config->resources[i].where, diagnostics);
    for (size_t i = 0; i < config->relation_count; i++)
        check(config, config->relations[i].section,
              &config->relations[i].where, diagnostics);
    for (size_t i = 0; i < config->route_count; i++)
        check(config, config->routes[i].section, &config->routes[i].where,
              diagnostics);
}
