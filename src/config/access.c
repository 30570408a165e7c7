/* Who may do what: accounts, and what routes ask of who asks. */
#include <string.h>

#include "config/parts.h"

static bool
is_set(const char *text)
{
    return text[0] != '\0';
}

/* --- [accounts] ------------------------------------------------------ */

static void
need_key(const struct accounts *accounts, const char *key, const char *value,
         struct diagnostics *diagnostics)
{
    if (!is_set(value))
        diagnostics_error(diagnostics, ini_place(accounts->section, NULL),
                          "%s is missing", key);
}

/* Of a list of what can be set, in `section`. */
static void
need_hash(const struct config *config, const struct ini_section *section,
          const struct writables *writables, struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &config->accounts;
    const struct field *field =
        config_find_field(config, accounts->resource, accounts->password);

    if (config_is_writable(writables, accounts->password) &&
        (!field || field->hash == FIELD_HASH_NONE))
        diagnostics_error(
            diagnostics, ini_place(section, "writable"),
            "%s would be stored as it is: [field %s.%s] needs hash = bcrypt",
            accounts->password, accounts->resource->name, accounts->password);
}

/* The password's column is refused wherever it could be read. */
static void
check_password(const struct config *config, struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &config->accounts;

    if (config_find_column(accounts->resource, accounts->password))
        diagnostics_error(
            diagnostics, ini_place(accounts->resource->section, "columns"),
            "%s is the password of [accounts], which must never be shown",
            accounts->password);
    need_hash(config, accounts->resource->section,
              &accounts->resource->writables, diagnostics);
}

/* What is written within another row has none of the guards of an account. */
static void
check_not_owned(const struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->relation_count; i++) {
        const struct relation *relation = &config->relations[i];

        if (relation->is_owned && relation->to == config->accounts.resource)
            diagnostics_error(diagnostics,
                              ini_place(relation->section, "owned"),
                              "an account is a row of its own: password and "
                              "role are not set within another");
    }
}

/* Where nobody has a role, nobody could set such a field. */
static void
check_field_roles(const struct config *config, struct diagnostics *diagnostics)
{
    if (config->accounts.section && is_set(config->accounts.role))
        return;
    for (size_t i = 0; i < config->field_count; i++)
        if (is_set(config->fields[i].role))
            diagnostics_error(diagnostics,
                              ini_place(config->fields[i].section, "role"),
                              "[accounts] names no column with the role");
}

/* Not looked at without [accounts]: then there are none. */
void
config_link_accounts(struct config *config, struct diagnostics *diagnostics)
{
    struct accounts *accounts = &config->accounts;

    accounts->section =
        config_find_section(config, CONFIG_FILE_BYLINE, "accounts");
    if (!is_set(accounts->resource_text) && !is_set(accounts->login) &&
        !is_set(accounts->password))
        accounts->section = NULL;
    check_field_roles(config, diagnostics);
    if (!accounts->section)
        return;
    need_key(accounts, "resource", accounts->resource_text, diagnostics);
    need_key(accounts, "login", accounts->login, diagnostics);
    need_key(accounts, "password", accounts->password, diagnostics);
    if (is_set(accounts->resource_text))
        accounts->resource = config_need_resource(
            config, ini_place(accounts->section, "resource"),
            accounts->resource_text, diagnostics);
    if (!accounts->resource)
        return;
    check_password(config, diagnostics);
    check_not_owned(config, diagnostics);
}

/* --- [route] --------------------------------------------------------- */

static void
refuse(const struct route *route, const char *key, const char *why,
       struct diagnostics *diagnostics)
{
    diagnostics_error(diagnostics, ini_place(route->section, key), "%s", why);
}

/* What a route asks of who asks needs [accounts] to tell. */
static void
check_accounts(const struct config *config, const struct route *route,
               struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &config->accounts;
    bool logs_in = handler_rule(route->handler)->traits & HANDLER_LOGS_IN;

    if ((route->auth != ROUTE_AUTH_NONE || logs_in) && !accounts->section)
        refuse(route, logs_in ? "handler" : "auth",
               "nobody can log in: byline.ini has no [accounts]", diagnostics);
    else if ((route->auth != ROUTE_AUTH_NONE || logs_in) &&
             !is_set(config->token.secrets))
        refuse(route, logs_in ? "handler" : "auth",
               "nobody can be known: byline.ini has no [token] with secrets",
               diagnostics);
    else if (is_set(route->role) && !is_set(accounts->role))
        refuse(route, "role", "[accounts] names no column with the role",
               diagnostics);
}

static void
check_required(const struct route *route, struct diagnostics *diagnostics)
{
    if (route->auth == ROUTE_AUTH_REQUIRED)
        return;
    if (is_set(route->role))
        refuse(route, "role", "only auth = required tells the role",
               diagnostics);
    if (is_set(route->viewer))
        refuse(route, "viewer", "only auth = required tells the viewer",
               diagnostics);
    if (route->handler == HANDLER_SET_PASSWORD)
        refuse(route, "auth", "set_password needs auth = required",
               diagnostics);
}

/* The owner is who asks, unless somebody may say another. */
static void
check_owner_writable(const struct config *config, const struct route *route,
                     struct diagnostics *diagnostics)
{
    const char *owner = route->resource ? route->resource->owner : "";

    if (is_set(owner) && config_route_uses(route, "writable") &&
        config_is_writable(&route->writables, owner) &&
        !is_set(config->accounts.role))
        refuse(route, "writable",
               "the owner is who asks: only an admin could set another, and "
               "[accounts] names no column with the role",
               diagnostics);
}

/* An owner who nobody can be guards nothing, and shuts all others out. */
static void
check_owner(const struct route *route, struct diagnostics *diagnostics)
{
    unsigned traits = handler_rule(route->handler)->traits;

    if (!route->resource || !(traits & HANDLER_WRITES))
        return;
    if ((traits & HANDLER_BY_KEY) && is_set(route->resource->owner) &&
        route->auth != ROUTE_AUTH_REQUIRED)
        refuse(route, "auth",
               "rows have an owner: who changes them must be known by "
               "auth = required",
               diagnostics);
    else if (route->auth == ROUTE_AUTH_NONE && (traits & HANDLER_BY_KEY))
        diagnostics_warning(diagnostics, ini_place(route->section, "auth"),
                            "anybody can %s rows of %s",
                            handler_rule(route->handler)->name,
                            route->resource->name);
}

static bool
is_account_route(const struct config *config, const struct route *route)
{
    return route->resource && route->resource == config->accounts.resource;
}

/* Password and role of an account are not set like other columns. */
static void
check_account_writables(const struct config *config, const struct route *route,
                        struct diagnostics *diagnostics)
{
    const struct accounts *accounts = &config->accounts;
    const struct field *role =
        config_find_field(config, accounts->resource, accounts->role);

    if (!is_account_route(config, route) ||
        !(handler_rule(route->handler)->traits & HANDLER_SETS))
        return;
    if (route->handler != HANDLER_CREATE &&
        config_is_writable(&route->writables, accounts->password))
        refuse(route, "writable",
               "a password is changed by the handler set_password, which "
               "asks for the old one",
               diagnostics);
    if (route->handler == HANDLER_CREATE && is_set(route->writable_text))
        need_hash(config, route->section, &route->writables, diagnostics);
    if (is_set(accounts->role) &&
        config_is_writable(&route->writables, accounts->role) &&
        (!role || !is_set(role->role)))
        refuse(route, "writable",
               "anybody could give himself any role: the [field] of the "
               "role's column needs role = " ROLE_ADMIN,
               diagnostics);
    if (is_set(accounts->since) &&
        config_is_writable(&route->writables, accounts->since))
        refuse(route, "writable",
               "since of [accounts] is set with the password alone",
               diagnostics);
}

static void
check_log_in(const struct config *config, const struct route *route,
             struct diagnostics *diagnostics)
{
    if (route->handler == HANDLER_LOG_IN && route->resource &&
        config->accounts.resource && !is_account_route(config, route))
        diagnostics_error(diagnostics, ini_place(route->section, "resource"),
                          "who logs in is a row of %s, as [accounts] says",
                          config->accounts.resource->name);
}

/* What a path is looked up by shows through what is found. */
static void
check_secret_match(const struct config *config, const struct route *route,
                   struct diagnostics *diagnostics)
{
    for (size_t i = 0; route->resource && i < route->segment_count; i++) {
        const char *name = route->segments[i].text;
        const struct field *field =
            config_find_field(config, route->resource, name);

        if (route->segments[i].is_parameter &&
            ((field && field->hash != FIELD_HASH_NONE) ||
             (is_account_route(config, route) &&
              strcmp(name, config->accounts.password) == 0)))
            diagnostics_error(diagnostics, ini_place(route->section, "match"),
                              "%s is secret, and a path would show it", name);
    }
}

void
config_link_access(const struct config *config, const struct route *route,
                   struct diagnostics *diagnostics)
{
    if (route->handler == HANDLER_KINDS)
        return;
    check_accounts(config, route, diagnostics);
    check_required(route, diagnostics);
    check_owner(route, diagnostics);
    check_owner_writable(config, route, diagnostics);
    check_account_writables(config, route, diagnostics);
    check_log_in(config, route, diagnostics);
    check_secret_match(config, route, diagnostics);
}
