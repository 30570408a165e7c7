/*
 * What the INI files declare, read, checked against itself and ready to use.
 * All of it lives as long as the arena it was loaded into, and is const from
 * then on. What only the database knows is not here: see db/catalog.h.
 */
#ifndef BYLINE_CONFIG_CONFIG_H
#define BYLINE_CONFIG_CONFIG_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "config/diagnostics.h"
#include "config/handler_kind.h"
#include "config/ini.h"
#include "config/method.h"

/* --- byline.ini ------------------------------------------------------ */

enum schema_mismatch {
    SCHEMA_MISMATCH_DISABLE, /* the routes concerned answer 503 */
    SCHEMA_MISMATCH_REFUSE,  /* the worker does not start */
};

enum api_names {
    API_NAMES_CAMEL,
    API_NAMES_SNAKE,
};

enum api_unknown {
    API_UNKNOWN_REFUSE,
    API_UNKNOWN_IGNORE,
};

enum api_errors {
    API_ERRORS_PROBLEM, /* RFC 9457 */
    API_ERRORS_NEST,    /* besides: message, error, statusCode; 422 is 400 */
};

enum api_number {
    API_NUMBER_NUMBER,
    API_NUMBER_STRING,
};

struct site {
    const char *public_url; /* as browsers see the site; "" or an origin */
    const char *resources;  /* path */
    const char *routes;     /* path */
    enum schema_mismatch on_schema_mismatch;
};

/* The server cancels a statement at statement_timeout; an answer that is
 * later than that by so much will not come. */
#define DATABASE_SLACK_MS 500

struct database {
    const struct ini_section *section;
    const char *name;
    const char *conninfo;
    const char *passfile; /* path, or "" */
    int64_t connect_timeout_ms;
    int64_t lock_timeout_ms;
    int64_t statement_timeout_ms;
};

struct pool {
    const struct ini_section *section;
    const char *name;
    const char *database_name;
    const struct database *database;
    const char *listen; /* path of the socket */
    const char *listen_group;
    int64_t listen_mode;
    int64_t listen_backlog;
    int64_t workers;
    int64_t max_requests; /* 0: no limit */
    int64_t request_timeout_ms;
    int64_t nice;
};

struct migrations {
    const char *directory; /* path */
    const char *database_name;
    const struct database *database;
};

/* Who can log in: rows of one resource. */
struct accounts {
    const struct ini_section *section; /* NULL: nobody */
    const char *resource_text;
    const struct resource *resource; /* NULL: nobody can log in */
    const char *login;               /* column */
    const char *password;            /* column */
    const char *role;                /* column, or "" */
    const char *since;               /* column, or "" */
    int64_t bcrypt_cost;
};

/* The role that may do what an owner may. */
#define ROLE_ADMIN "admin"

struct cors {
    const char *allow_origins_text;
    const char **allow_origins; /* besides that of public_url */
    size_t allow_origin_count;
};

struct api {
    enum api_names names;
    enum api_errors errors;
    enum api_unknown unknown_parameters;
    const char *ignored_parameters_text;
    const char **ignored_parameters; /* a name, or a prefix and '*' */
    size_t ignored_parameter_count;
    enum api_number bigint;
    enum api_number numeric;
    bool server_timing; /* answers say where the time went */
};

struct limits {
    int64_t body_bytes;
    int64_t uri_bytes;
    int64_t parameters;
    int64_t json_depth;
    int64_t embed_depth;
    int64_t embed_rows;
};

enum cookie_same_site {
    COOKIE_SAME_SITE_LAX,
    COOKIE_SAME_SITE_STRICT,
    COOKIE_SAME_SITE_NONE,
};

/* What is kept of requests that create a row and may be sent again. */
struct idempotency {
    const char *table;
    int64_t lifetime_ms;
    const struct resource *resource; /* the table; NULL: no route needs it */
};

struct token_settings {
    const struct ini_section *section; /* NULL: there is none */
    const char *secrets; /* pattern of paths; "": nobody has an identity */
    const char *claim;
    int64_t lifetime_ms; /* whole seconds, as clock_skew_ms */
    int64_t clock_skew_ms;
    const char *cookie; /* its name */
    enum cookie_same_site cookie_same_site;
    bool cookie_secure;
    bool bearer; /* whether Authorization: Bearer is looked at */
};

struct log_settings {
    const char *target;
    enum log_format format;
    enum log_level level;
    int64_t min_duration_ms; /* -1: off */
};

/* --- resources.ini --------------------------------------------------- */

struct column {
    const char *name;      /* the database's */
    const char *json_name; /* as it is shown */
    bool is_private;       /* shown as null */
};

/* What a body can set: a column, an owned row by its relation, or the keys of
 * the rows at the end of one with `set`. Of the three one is not NULL. */
struct writable {
    const char *json_name;
    const char *column;
    const struct relation *owned;
    const struct relation *set;
    const struct field *field; /* the column's rules, or NULL */
    const char *role;          /* who may set it; "": who may write */
};

struct writables {
    struct writable *items;
    size_t count;
};

/* Names of columns, in an order that means something. */
struct names {
    const char **items;
    size_t count;
};

struct resource {
    const struct ini_section *section;
    const char *name;
    bool is_between; /* a table of a relation's `through`, or that of
                        [idempotency]: no section of its own, and no columns
                        to be shown */
    const char *columns_text;
    const char *private_text;
    const char *key_text;
    const char *table_text;
    const char *writable_text;
    const char *owner; /* the column with the key of its account, or "" */
    const char *where; /* a predicate over its columns, or "" */
    const char *within_text;
    const struct relation *within; /* its rows are seen where that to-one's
                                      row is; NULL: wherever they are */
    const char *schema;            /* NULL: by the role's search_path */
    const char *table;
    struct column *columns; /* in the order in which they are shown */
    size_t column_count;
    const char **key; /* the columns of the key; none: the primary key */
    size_t key_count;
    struct writables writables;
};

enum field_format {
    FIELD_FORMAT_NONE,
    FIELD_FORMAT_EMAIL,
    FIELD_FORMAT_PHONE,
};

enum field_hash {
    FIELD_HASH_NONE,
    FIELD_HASH_BCRYPT,
};

/* What a value that a body sets must be, beyond what the database asks. */
struct field {
    const struct ini_section *section;
    const char *name; /* of the column */
    const struct resource *resource;
    int64_t min_length; /* characters; -1: any */
    int64_t max_length; /* characters; -1: any */
    const char *min;    /* a number as text, or "" */
    const char *max;    /* a number as text, or "" */
    enum field_format format;
    const char *one_of_text;
    const char **one_of;
    size_t one_of_count;
    const char *pattern;       /* POSIX extended, or "" */
    const regex_t *expression; /* the pattern's; NULL: none */
    bool trim;
    const char *role; /* who may set it; "": whoever may write the row, and
                         of the owner's column an admin */
    enum field_hash hash;
};

struct sort_key;

/* How many rows stand at the other end, and where the columns are that say
 * so. */
enum relation_kind {
    RELATION_TO_ONE,  /* one; columns of ours hold its key */
    RELATION_TO_MANY, /* many; columns of theirs hold our key */
    RELATION_THROUGH, /* many; the columns of a table in between hold both */
};

struct relation {
    const struct ini_section *section;
    const char *name;
    const char *json_name;
    enum relation_kind kind;
    const struct resource *from;
    const char *to_text;
    const char *many_text;
    const struct resource *to;
    const char *via_text;
    struct names via; /* columns of `from`, or of `to` if that is many */
    const char *through_text;
    const struct resource *through; /* the table in between, or NULL */
    struct names through_columns;   /* those with our key, then the others */
    const char *order_text;         /* of many, as the next four */
    struct sort_key *order;
    size_t order_count;
    const char *count_name; /* in JSON: how many rows there are, */
    const char *more_name;  /* and that there are more than are shown */
    int64_t limit;          /* how many rows are shown */
    const char *where;      /* a predicate over the columns of `to`, or "" */
    const char *set;        /* through: by this name `writable` has the array
                               of the other rows' keys; "": no body sets it */
    const char *set_name;   /* in JSON, or NULL */
    bool is_owned;          /* written within its row, and removed with it */
};

/* --- routes.ini ------------------------------------------------------ */

/* A column of a resource or of one at the end of relations from there:
 * director.name. */
struct column_path {
    const struct relation **relations;
    size_t relation_count;
    const struct resource *resource; /* that has the column */
    const struct column *column;
    const char *json_name; /* as clients know it, with dots */
};

/* What of a resource is shown, and which relations are embedded in it. */
struct selection {
    const struct resource *resource;
    const struct relation *relation; /* that led here; NULL at the root */
    bool is_default;                 /* there unless asked otherwise */
    bool is_part;                    /* comes with what it is embedded in */
    bool is_count;                   /* only how many rows there are */
    const struct column **columns;
    size_t column_count;
    bool is_narrowed; /* by parentheses: columns are those named */
    struct selection **embeds;
    size_t embed_count;
};

struct segment {
    const char *text; /* literal text, or the name of a column */
    bool is_parameter;
    const struct relation *parent; /* to-one that stands on it, or NULL */
};

struct sort_key {
    struct column_path path;
    bool is_descending;
};

/* What a client may filter by, and with which operators: a bit each. */
struct filterable {
    struct column_path path;
    unsigned operators;
};

struct route_defaults {
    int64_t limit;
    int64_t limit_max;
    int64_t cache_ms; /* -1: off */
};

enum route_auth {
    ROUTE_AUTH_NONE,     /* tokens are not looked at */
    ROUTE_AUTH_OPTIONAL, /* who asks may see more */
    ROUTE_AUTH_REQUIRED,
};

enum route_if_match { ROUTE_IF_MATCH_OPTIONAL, ROUTE_IF_MATCH_REQUIRED };

/* A parameter of own SQL, from the path, the query or the body. */
struct sql_parameter {
    const char *name;     /* as in the statement and to clients */
    const char *type;     /* as PostgreSQL has it */
    bool is_in_path;      /* as the others are not */
    bool is_optional;     /* then there is a fallback */
    const char *fallback; /* NULL: of SQL */
    const char *min;      /* a number as text, or "" */
    const char *max;      /* a number as text, or "" */
};

/* A statement from a file. */
struct own_sql {
    const char *text;
    size_t length; /* without a semicolon at the end */
    struct sql_parameter *parameters;
    size_t parameter_count;
};

struct route {
    const struct ini_section *section;
    const char *name;
    const char *match_text;
    enum method method;
    struct segment *segments;
    size_t segment_count;
    size_t parameter_count;
    const char *handler_text;
    enum handler_kind handler;
    const char *resource_text;
    const struct resource *resource; /* NULL: the handler has none */
    enum route_auth auth;
    const char *role;   /* who may use it, or "" */
    const char *viewer; /* the column that is the viewer, or "" */
    const char *writable_text;
    struct writables writables; /* the resource's, or its own */
    const char *location_text;
    bool is_idempotent;           /* an Idempotency-Key makes a row once */
    enum route_if_match if_match; /* whether who writes must know a version */
    const struct route *answer;   /* shows what is written, or NULL */
    const char *with_text;
    const char *also_text;
    struct selection *allowed;   /* all that can be asked for, and */
    struct selection *selection; /* what is shown; NULL without a resource */
    const char *where;           /* a predicate that narrows the root, or "" */
    const char *filterable_text;
    struct filterable *filterable;
    size_t filterable_count;
    const char *sortable_text;
    struct column_path *sortable;
    size_t sortable_count;
    const char *search_text;
    const char *search;        /* the column that q= searches, or NULL */
    const char *search_config; /* its text search configuration */
    const char *sort_text;
    struct sort_key *sort;
    size_t sort_count;
    int64_t limit;
    int64_t limit_max;
    const char *pool_name;
    const struct pool *pool;
    bool needs_database; /* of health: readiness */
    const char *file;    /* of own SQL: path, or "" */
    const char *params_text;
    bool is_one;      /* own SQL shows its first row alone */
    int64_t cache_ms; /* how long answers to nobody may be kept, in whole
                         seconds; -1: they may not */
    struct own_sql own;
    size_t index; /* in the configuration's array of routes */
};

/* Names of query parameters that no column can have; ended by NULL. */
extern const char *const config_reserved_parameters[];

/* --- all of it ------------------------------------------------------- */

struct config {
    struct arena *arena;
    struct ini files[3]; /* byline.ini, resources.ini, routes.ini */
    struct site site;
    struct migrations migrations;
    struct accounts accounts;
    struct api api;
    struct limits limits;
    struct cors cors;
    struct token_settings token;
    struct idempotency idempotency;
    struct log_settings log;
    struct database *databases;
    size_t database_count;
    struct pool *pools;
    size_t pool_count;
    struct resource *resources;
    size_t resource_count;
    struct relation *relations;
    size_t relation_count;
    struct field *fields;
    size_t field_count;
    struct route_defaults route_defaults;
    struct route *routes;
    size_t route_count;
};

/* Reads byline.ini at `path` and the files it names. Mistakes are added to
 * `diagnostics`; NULL when there was any. All lives in `arena`. */
const struct config *config_load(struct arena *arena, const char *path,
                                 struct diagnostics *diagnostics);

/* Where the pools of the byline.ini at `path` listen, whatever is wrong with
 * the rest of it, as far as that can be told; ended by NULL, in `arena`. */
const char *const *config_listens(struct arena *arena, const char *path);

/* Each is NULL when there is none of that name. */
const struct resource *config_find_resource(const struct config *config,
                                            const char *name);
const struct relation *config_find_relation(const struct config *config,
                                            const struct resource *from,
                                            const char *name);
const struct route *config_find_route(const struct config *config,
                                      const char *name);
const struct pool *config_find_pool(const struct config *config,
                                    const char *name);
const struct database *config_find_database(const struct config *config,
                                            const char *name);
const struct column *config_find_column(const struct resource *resource,
                                        const char *name);

/* The rules of a column, or NULL. */
const struct field *config_find_field(const struct config *config,
                                      const struct resource *resource,
                                      const char *column);

/* The parameter whose name is these bytes, or NULL. */
const struct sql_parameter *config_find_sql_parameter(
    const struct own_sql *own, const char *name, size_t length);

/* Whether a request of the route has a body that is read. */
bool config_route_takes_body(const struct route *route);

/* What of an allowed tree is shown unless asked otherwise. In `arena`. */
struct selection *config_default_selection(struct arena *arena,
                                           const struct selection *allowed);

/* Whether the route's handler has a use for that key of its section. */
bool config_route_uses(const struct route *route, const char *key);

/* Whether a relation of that kind has a use for that key of its section. */
bool config_relation_uses(const struct relation *relation, const char *key);

/* The to-one relation of `from` that stands on the column `via` alone, or
 * NULL. */
const struct relation *config_find_via(const struct config *config,
                                       const struct resource *from,
                                       const char *via);

#endif
