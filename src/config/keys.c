/* The key table. */
#include "config/keys.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define AT(member) offsetof(struct site, member)
static const struct key byline_keys[] = {
    {"public_url", KEY_TEXT, "", 0, 0, NULL, AT(public_url),
     "scheme, name and port that browsers see, such as https://example.org"},
    {"resources", KEY_PATH, "resources.ini", 0, 0, NULL, AT(resources),
     "the file with resources and relations"},
    {"routes", KEY_PATH, "routes.ini", 0, 0, NULL, AT(routes),
     "the file with routes"},
    {"on_schema_mismatch", KEY_CHOICE, "disable", 0, 0, "disable | refuse",
     AT(on_schema_mismatch),
     "on a cold start, when a route does not fit the database: disable the "
     "route (503), or refuse to serve"},
};
#undef AT

#define AT(member) offsetof(struct database, member)
static const struct key database_keys[] = {
    {"conninfo", KEY_TEXT, NULL, 0, 0, NULL, AT(conninfo),
     "any libpq connection string, without a password"},
    {"passfile", KEY_PATH, "", 0, 0, NULL, AT(passfile),
     "the file with the password, in the format of .pgpass"},
    {"connect_timeout", KEY_DURATION, "2s", 100, MINUTE, NULL,
     AT(connect_timeout_ms), "how long a connection may take to be made"},
    {"lock_timeout", KEY_DURATION, "2s", 10, HOUR, NULL, AT(lock_timeout_ms),
     "how long a statement may wait for a lock"},
    {"statement_timeout", KEY_DURATION, "5s", 10, HOUR, NULL,
     AT(statement_timeout_ms), "how long a statement may run"},
};
#undef AT

#define AT(member) offsetof(struct pool, member)
static const struct key pool_keys[] = {
    {"database", KEY_TEXT, "main", 0, 0, NULL, AT(database_name),
     "the [database] that its workers connect to"},
    {"listen", KEY_PATH, "/run/byline/NAME.sock", 0, 0, NULL, AT(listen),
     "the Unix socket; NAME is the pool's name"},
    {"listen_group", KEY_TEXT, "www-data", 0, 0, NULL, AT(listen_group),
     "the group of the socket, nginx's; empty: the group of the process"},
    {"listen_mode", KEY_MODE, "0660", 0, 0777, NULL, AT(listen_mode),
     "the permissions of the socket"},
    {"listen_backlog", KEY_INTEGER, "128", 1, 65535, NULL, AT(listen_backlog),
     "how many connections may wait; beyond it nginx answers 503"},
    {"workers", KEY_INTEGER, "8", 1, 1000, NULL, AT(workers),
     "how many processes, each with a connection to PostgreSQL"},
    {"max_requests", KEY_INTEGER, "0", 0, INT64_C(1000000000), NULL,
     AT(max_requests), "replace a worker after so many requests; 0: never"},
    {"request_timeout", KEY_DURATION, "8s", 100, HOUR, NULL,
     AT(request_timeout_ms), "replace a worker that is busy for longer"},
    {"nice", KEY_INTEGER, "0", 0, 19, NULL, AT(nice),
     "how far the workers stand back for others, as nice(1)"},
};
#undef AT

#define AT(member) offsetof(struct migrations, member)
static const struct key migrations_keys[] = {
    {"directory", KEY_PATH, "migrations", 0, 0, NULL, AT(directory),
     "where the NNNN-name.sql files are"},
    {"database", KEY_TEXT, "main", 0, 0, NULL, AT(database_name),
     "the [database] that migrations run in, as the owner of the tables"},
};
#undef AT

#define AT(member) offsetof(struct accounts, member)
static const struct key accounts_keys[] = {
    {"resource", KEY_TEXT, "", 0, 0, NULL, AT(resource_text),
     "the resource whose rows can log in; empty: nobody can"},
    {"login", KEY_TEXT, "", 0, 0, NULL, AT(login),
     "the column with the name to log in with, compared without case"},
    {"password", KEY_TEXT, "", 0, 0, NULL, AT(password),
     "the column with the bcrypt hash, which nobody can read"},
    {"role", KEY_TEXT, "", 0, 0, NULL, AT(role),
     "the column with the role; admin may do all; empty: no roles"},
    {"since", KEY_TEXT, "", 0, 0, NULL, AT(since),
     "the column with the time before which all tokens are dead; empty: "
     "a new password ends no token"},
    {"bcrypt_cost", KEY_INTEGER, "12", 4, 20, NULL, AT(bcrypt_cost),
     "the cost of a new hash: each step doubles the time"},
};
#undef AT

#define AT(member) offsetof(struct cors, member)
static const struct key cors_keys[] = {
    {"allow_origins", KEY_LIST, "", 0, 0, NULL, AT(allow_origins_text),
     "origins besides that of public_url whose pages may send a cookie"},
};
#undef AT

#define AT(member) offsetof(struct api, member)
static const struct key api_keys[] = {
    {"names", KEY_CHOICE, "camel", 0, 0, "camel | snake", AT(names),
     "how JSON names are derived from the database's"},
    {"errors", KEY_CHOICE, "problem", 0, 0, "problem | nest", AT(errors),
     "the shape of errors; nest adds message, error and statusCode, and "
     "answers 400 in place of 422"},
    {"unknown_parameters", KEY_CHOICE, "refuse", 0, 0, "refuse | ignore",
     AT(unknown_parameters),
     "what a query parameter gets that the route does not have"},
    {"ignored_parameters", KEY_LIST, "_, utm_*, fbclid, gclid", 0, 0, NULL,
     AT(ignored_parameters_text),
     "query parameters that are never looked at; * ends a prefix"},
    {"bigint", KEY_CHOICE, "number", 0, 0, "number | string", AT(bigint),
     "how a bigint is shown; JavaScript loses digits of numbers over 2^53"},
    {"numeric", KEY_CHOICE, "number", 0, 0, "number | string", AT(numeric),
     "how a numeric is shown"},
    {"server_timing", KEY_SWITCH, "off", 0, 0, NULL, AT(server_timing),
     "whether answers by routes have Server-Timing, for who may see it"},
};
#undef AT

#define AT(member) offsetof(struct limits, member)
static const struct key limits_keys[] = {
    {"body", KEY_SIZE, "1MB", 1024, INT64_C(67108864), NULL, AT(body_bytes),
     "the longest body; nginx has a limit of its own"},
    {"uri", KEY_SIZE, "8kB", 256, 65536, NULL, AT(uri_bytes),
     "the longest path and query together"},
    {"parameters", KEY_INTEGER, "50", 1, 1000, NULL, AT(parameters),
     "the most query parameters"},
    {"json_depth", KEY_INTEGER, "32", 1, 200, NULL, AT(json_depth),
     "how deep objects and arrays of a body may nest"},
    {"embed_depth", KEY_INTEGER, "4", 1, 16, NULL, AT(embed_depth),
     "how many relations may stand behind one another"},
    {"embed_rows", KEY_INTEGER, "100", 1, 10000, NULL, AT(embed_rows),
     "the most rows of one that is embedded"},
};
#undef AT

#define AT(member) offsetof(struct token_settings, member)
static const struct key token_keys[] = {
    {"secrets", KEY_PATH, "", 0, 0, NULL, AT(secrets),
     "files of secrets, with * and ?; the last by name signs, all verify; "
     "empty: there are no identities"},
    {"claim", KEY_TEXT, "userId", 0, 0, NULL, AT(claim),
     "the member of a token that says who it is"},
    {"lifetime", KEY_DURATION, "1h", SECOND, INT64_C(365) * 24 * HOUR, NULL,
     AT(lifetime_ms), "how long a token is valid, and its cookie kept"},
    {"clock_skew", KEY_DURATION, "30s", SECOND, 10 * MINUTE, NULL,
     AT(clock_skew_ms), "how far the clocks of hosts may be apart"},
    {"cookie", KEY_TEXT, "Authentication", 0, 0, NULL, AT(cookie),
     "the name of the cookie with the token"},
    {"cookie_same_site", KEY_CHOICE, "Lax", 0, 0, "Lax | Strict | None",
     AT(cookie_same_site), "whether other sites' requests have the cookie"},
    {"cookie_secure", KEY_SWITCH, "on", 0, 0, NULL, AT(cookie_secure),
     "whether browsers send the cookie over TLS only"},
    {"bearer", KEY_SWITCH, "on", 0, 0, NULL, AT(bearer),
     "whether Authorization: Bearer is looked at, before the cookie"},
};
#undef AT

#define AT(member) offsetof(struct idempotency, member)
static const struct key idempotency_keys[] = {
    {"table", KEY_TEXT, "idempotency_keys", 0, 0, NULL, AT(table),
     "the table, or schema.table, that keeps each Idempotency-Key"},
    {"lifetime", KEY_DURATION, "1d", MINUTE, INT64_C(365) * 24 * HOUR, NULL,
     AT(lifetime_ms),
     "how long a key is kept: a request that is sent again later makes "
     "another row"},
};
#undef AT

#define AT(member) offsetof(struct log_settings, member)
static const struct key log_keys[] = {
    {"target", KEY_TEXT, "stderr", 0, 0, NULL, AT(target),
     "stderr, syslog, or a file"},
    {"format", KEY_CHOICE, "text", 0, 0, "text | json", AT(format),
     "how a line looks"},
    {"level", KEY_CHOICE, "notice", 0, 0,
     "debug | info | notice | warning | error", AT(level),
     "the least important lines that are written"},
    {"min_duration", KEY_DURATION, "250ms", 1, HOUR, "off",
     AT(min_duration_ms), "log statements that take longer; off: none"},
};
#undef AT

#define AT(member) offsetof(struct resource, member)
static const struct key resource_keys[] = {
    {"columns", KEY_LIST, NULL, 0, 0, NULL, AT(columns_text),
     "all that can ever be shown; `x as y` shows x as if it were named y"},
    {"private", KEY_LIST, "", 0, 0, NULL, AT(private_text),
     "columns of which the name is shown, and null in place of the value"},
    {"key", KEY_LIST, "", 0, 0, NULL, AT(key_text),
     "the columns that identify a row; empty: the primary key"},
    {"table", KEY_TEXT, "", 0, 0, NULL, AT(table_text),
     "the table or view, or schema.table; empty: the resource's name"},
    {"writable", KEY_LIST, "", 0, 0, NULL, AT(writable_text),
     "all that a body can set: columns, relations with owned = on, and names "
     "of `set`"},
    {"owner", KEY_TEXT, "", 0, 0, NULL, AT(owner),
     "the column with the key of the account that may change a row; filled "
     "from the token when a row is created"},
    {"where", KEY_TEXT, "", 0, 0, NULL, AT(where),
     "an SQL predicate over its columns, :viewer and :role; other rows are "
     "never seen"},
    {"within", KEY_TEXT, "", 0, 0, NULL, AT(within_text),
     "a to-one relation of its own; rows are seen where that one's row is"},
};
#undef AT

#define AT(member) offsetof(struct field, member)
static const struct key field_keys[] = {
    {"min_length", KEY_INTEGER, "off", 0, INT64_C(1000000000), "off",
     AT(min_length), "the fewest characters"},
    {"max_length", KEY_INTEGER, "off", 0, INT64_C(1000000000), "off",
     AT(max_length), "the most characters"},
    {"min", KEY_TEXT, "", 0, 0, NULL, AT(min), "the least number"},
    {"max", KEY_TEXT, "", 0, 0, NULL, AT(max), "the greatest number"},
    {"format", KEY_CHOICE, "none", 0, 0, "none | email | phone", AT(format),
     "email: one @ and a dot behind it; phone: E.164, stored without "
     "blanks, dots, dashes and brackets"},
    {"one_of", KEY_LIST, "", 0, 0, NULL, AT(one_of_text),
     "all values there are"},
    {"pattern", KEY_TEXT, "", 0, 0, NULL, AT(pattern),
     "a POSIX extended regular expression that matches a part of the text"},
    {"trim", KEY_SWITCH, "off", 0, 0, NULL, AT(trim),
     "take blanks away at both ends before anything else is checked"},
    {"role", KEY_TEXT, "", 0, 0, NULL, AT(role),
     "who may set it; from others it is ignored"},
    {"hash", KEY_CHOICE, "none", 0, 0, "none | bcrypt", AT(hash),
     "bcrypt: stored as a hash, and never shown"},
};
#undef AT

#define AT(member) offsetof(struct relation, member)
static const struct key relation_keys[] = {
    {"to", KEY_TEXT, "", 0, 0, NULL, AT(to_text),
     "the resource at the other end, of which there is one row"},
    {"many", KEY_TEXT, "", 0, 0, NULL, AT(many_text),
     "the resource at the other end, of which there are many rows"},
    {"via", KEY_LIST, "", 0, 0, NULL, AT(via_text),
     "the columns that hold the other row's key; of many, our key in the "
     "other rows"},
    {"through", KEY_LIST, "", 0, 0, NULL, AT(through_text),
     "of many: the table in between, with its columns for our key and for "
     "the other's"},
    {"order", KEY_LIST, "", 0, 0, NULL, AT(order_text),
     "of many: the order of its rows; -column descends; empty: by key"},
    {"limit", KEY_INTEGER, "", 1, 100000, NULL, AT(limit),
     "of many: how many rows are shown; empty: embed_rows"},
    {"where", KEY_TEXT, "", 0, 0, NULL, AT(where),
     "of many: an SQL predicate over the other resource's columns"},
    {"set", KEY_TEXT, "", 0, 0, NULL, AT(set),
     "through: what a body calls the array of the other rows' keys"},
    {"owned", KEY_SWITCH, "off", 0, 0, NULL, AT(is_owned),
     "the other row is written within this one, and removed with it"},
};
#undef AT

#define AT(member) offsetof(struct route_defaults, member)
static const struct key routes_keys[] = {
    {"limit", KEY_INTEGER, "20", 1, 100000, NULL, AT(limit),
     "how many rows a list has unless asked otherwise"},
    {"limit_max", KEY_INTEGER, "100", 1, 100000, NULL, AT(limit_max),
     "how many rows can be asked for"},
    {"cache", KEY_DURATION, "off", 2 * SECOND, HOUR, "off", AT(cache_ms),
     "how long nginx may keep answers to nobody, of routes that can have it"},
};
#undef AT

#define AT(member) offsetof(struct route, member)
static const struct key route_keys[] = {
    {"match", KEY_TEXT, NULL, 0, 0, NULL, AT(match_text),
     "method and path; :name is a column of the resource"},
    {"handler", KEY_TEXT, NULL, 0, 0, NULL, AT(handler_text),
     "what answers: item, list, create, replace, update, remove, sql, log_in, "
     "log_out, set_password, health or metrics"},
    {"resource", KEY_TEXT, "", 0, 0, NULL, AT(resource_text),
     "the resource whose rows are answered"},
    {"auth", KEY_CHOICE, "none", 0, 0, "none | optional | required", AT(auth),
     "whether who asks must be logged in; none: tokens are not looked at"},
    {"role", KEY_TEXT, "", 0, 0, NULL, AT(role),
     "the role that who asks must have; empty: any"},
    {"viewer", KEY_TEXT, "", 0, 0, NULL, AT(viewer),
     "the column that is the viewer's key, as a parameter would be"},
    {"writable", KEY_LIST, "", 0, 0, NULL, AT(writable_text),
     "what a body can set; empty: as the resource says"},
    {"location", KEY_TEXT, "", 0, 0, NULL, AT(location_text),
     "the item route that shows what was written; empty: the one with that "
     "path, or the first of the resource"},
    {"idempotent", KEY_SWITCH, "off", 0, 0, NULL, AT(is_idempotent),
     "of create: a request with an Idempotency-Key that is sent again makes "
     "no second row"},
    {"if_match", KEY_CHOICE, "optional", 0, 0, "optional | required",
     AT(if_match),
     "of replace, update and remove: whether a request must say by If-Match "
     "which version it changes"},
    {"with", KEY_LIST, "", 0, 0, NULL, AT(with_text),
     "the relations to embed: a.b embeds b in a, a(x, y) only x and y"},
    {"also", KEY_LIST, "", 0, 0, NULL, AT(also_text),
     "the relations to embed when asked for"},
    {"where", KEY_TEXT, "", 0, 0, NULL, AT(where),
     "an SQL predicate over the resource's columns, :viewer and :role"},
    {"filterable", KEY_LIST, "", 0, 0, NULL, AT(filterable_text),
     "columns to filter by, with their operators: x(eq, in), a.y(gte)"},
    {"sortable", KEY_LIST, "", 0, 0, NULL, AT(sortable_text),
     "columns to sort by"},
    {"search", KEY_TEXT, "", 0, 0, NULL, AT(search_text),
     "the tsvector column that q= searches, with its configuration: "
     "x(english)"},
    {"sort", KEY_LIST, "", 0, 0, NULL, AT(sort_text),
     "the order of a list; -column descends; empty: by key"},
    {"limit", KEY_INTEGER, "", 1, 100000, NULL, AT(limit),
     "rows of a list; empty: as [routes] says"},
    {"limit_max", KEY_INTEGER, "", 1, 100000, NULL, AT(limit_max),
     "rows that can be asked for; empty: as [routes] says"},
    {"pool", KEY_TEXT, "main", 0, 0, NULL, AT(pool_name),
     "the pool that serves the route"},
    {"database", KEY_SWITCH, "off", 0, 0, NULL, AT(needs_database),
     "of health: whether the database must answer too"},
    {"file", KEY_PATH, "", 0, 0, NULL, AT(file),
     "of sql: the file with the statement, in which :name is a parameter"},
    {"params", KEY_LIST, "", 0, 0, NULL, AT(params_text),
     "of sql: name(type) must be given, name(type, default) may be; "
     "name(type, default, least, greatest) is a number"},
    {"one", KEY_SWITCH, "off", 0, 0, NULL, AT(is_one),
     "of sql: show the first row alone; without one it is a 404"},
    {"cache", KEY_DURATION, "", 2 * SECOND, HOUR, "off", AT(cache_ms),
     "of item, list, and sql that answers GET: how long nginx may keep "
     "answers to nobody; empty: as [routes] says"},
};
#undef AT

#define ONE(kind, file, keys, member)                                        \
    {                                                                        \
        kind, file, keys, COUNT(keys), offsetof(struct config, member), 0, 0 \
    }
#define MANY(kind, file, keys, array, count)                           \
    {                                                                  \
        kind, file, keys, COUNT(keys), offsetof(struct config, array), \
            offsetof(struct config, count),                            \
            sizeof *((struct config *)NULL)->array                     \
    }

const struct section_rule section_rules[] = {
    ONE("byline", CONFIG_FILE_BYLINE, byline_keys, site),
    MANY("database", CONFIG_FILE_BYLINE, database_keys, databases,
         database_count),
    MANY("pool", CONFIG_FILE_BYLINE, pool_keys, pools, pool_count),
    ONE("migrations", CONFIG_FILE_BYLINE, migrations_keys, migrations),
    ONE("accounts", CONFIG_FILE_BYLINE, accounts_keys, accounts),
    ONE("api", CONFIG_FILE_BYLINE, api_keys, api),
    ONE("limits", CONFIG_FILE_BYLINE, limits_keys, limits),
    ONE("cors", CONFIG_FILE_BYLINE, cors_keys, cors),
    ONE("token", CONFIG_FILE_BYLINE, token_keys, token),
    ONE("idempotency", CONFIG_FILE_BYLINE, idempotency_keys, idempotency),
    ONE("log", CONFIG_FILE_BYLINE, log_keys, log),
    MANY("resource", CONFIG_FILE_RESOURCES, resource_keys, resources,
         resource_count),
    MANY("field", CONFIG_FILE_RESOURCES, field_keys, fields, field_count),
    MANY("relation", CONFIG_FILE_RESOURCES, relation_keys, relations,
         relation_count),
    ONE("routes", CONFIG_FILE_ROUTES, routes_keys, route_defaults),
    MANY("route", CONFIG_FILE_ROUTES, route_keys, routes, route_count),
};
const size_t section_rule_count = COUNT(section_rules);

const struct section_rule *
section_rule_find(const char *kind)
{
    for (size_t i = 0; i < section_rule_count; i++)
        if (strcmp(section_rules[i].kind, kind) == 0)
            return &section_rules[i];
    return NULL;
}

size_t
section_rule_count_in(const struct section_rule *rule,
                      const struct config *config)
{
    if (rule->count_offset == 0)
        return 1;
    return *(const size_t *)((const char *)config + rule->count_offset);
}

void *
section_rule_struct(const struct section_rule *rule,
                    const struct config *config, size_t index)
{
    char *member = (char *)(uintptr_t)config + rule->offset;
    char *array;

    if (rule->count_offset == 0)
        return member;
    memcpy(&array, member, sizeof array);
    return array + index * rule->size;
}
