/*
 * What the INI files declare, read, checked against itself and ready to use.
 * All of it lives as long as the arena it was loaded into, and is const from
 * then on. What only the database knows is not here: see db/catalog.h.
 */
#ifndef BYLINE_CONFIG_CONFIG_H
#define BYLINE_CONFIG_CONFIG_H

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

enum api_number {
    API_NUMBER_NUMBER,
    API_NUMBER_STRING,
};

struct site {
    const char *resources; /* path */
    const char *routes;    /* path */
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

struct api {
    enum api_names names;
    enum api_unknown unknown_parameters;
    const char *ignored_parameters_text;
    const char **ignored_parameters; /* a name, or a prefix and '*' */
    size_t ignored_parameter_count;
    enum api_number bigint;
    enum api_number numeric;
};

struct limits {
    int64_t uri_bytes;
    int64_t parameters;
    int64_t embed_depth;
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

struct resource {
    const struct ini_section *section;
    const char *name;
    const char *columns_text;
    const char *private_text;
    const char *key_text;
    const char *table_text;
    const char *schema; /* NULL: by the role's search_path */
    const char *table;
    struct column *columns; /* in the order in which they are shown */
    size_t column_count;
    const char **key; /* the columns of the key; none: the primary key */
    size_t key_count;
};

/* How many rows stand at the other end. To-many kinds join here. */
enum relation_kind {
    RELATION_TO_ONE,
};

struct relation {
    const struct ini_section *section;
    const char *name;
    const char *json_name;
    enum relation_kind kind;
    const struct resource *from;
    const char *to_text;
    const struct resource *to;
    const char *via; /* to-one: the column of `from` that holds to's key */
};

/* --- routes.ini ------------------------------------------------------ */

/* What of a resource is shown, and which relations are embedded in it. */
struct selection {
    const struct resource *resource;
    const struct relation *relation; /* that led here; NULL at the root */
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
    const char *column;
    bool is_descending;
};

struct route_defaults {
    int64_t limit;
    int64_t limit_max;
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
    const char *with_text;
    struct selection *selection; /* NULL without a resource */
    const char *sort_text;
    struct sort_key *sort;
    size_t sort_count;
    int64_t limit;
    int64_t limit_max;
    const char *pool_name;
    const struct pool *pool;
    bool needs_database; /* of health: readiness */
    size_t index;        /* in the configuration's array of routes */
};

/* --- all of it ------------------------------------------------------- */

struct config {
    struct arena *arena;
    struct ini files[3]; /* byline.ini, resources.ini, routes.ini */
    struct site site;
    struct migrations migrations;
    struct api api;
    struct limits limits;
    struct log_settings log;
    struct database *databases;
    size_t database_count;
    struct pool *pools;
    size_t pool_count;
    struct resource *resources;
    size_t resource_count;
    struct relation *relations;
    size_t relation_count;
    struct route_defaults route_defaults;
    struct route *routes;
    size_t route_count;
};

/* Reads byline.ini at `path` and the files it names. Mistakes are added to
 * `diagnostics`; NULL when there was any. All lives in `arena`. */
const struct config *config_load(struct arena *arena, const char *path,
                                 struct diagnostics *diagnostics);

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

/* Whether the route's handler has a use for that key of its section. */
bool config_route_uses(const struct route *route, const char *key);

/* The to-one relation of `from` that stands on the column `via`, or NULL. */
const struct relation *config_find_via(const struct config *config,
                                       const struct resource *from,
                                       const char *via);

#endif
