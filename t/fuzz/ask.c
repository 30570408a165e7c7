/*
 * Queries: the first line of an input is the query of a list and of an item,
 * the lines behind it are the values of a cursor that is added to it, `-` for
 * NULL; all of it is read as the inside of a cursor, too. What a query asks
 * is composed: no text of it may be part of the statement.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "handlers/ask.h"
#include "handlers/cursor.h"
#include "query/plan.h"

#define HASH_BYTES 8
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- a site ---------------------------------------------------------- */

static const char byline_ini[] = "[byline]\n"
                                 "resources = /proc/self/fd/201\n"
                                 "routes = /proc/self/fd/202\n"
                                 "[database main]\n"
                                 "conninfo = dbname=films\n"
                                 "[pool main]\n"
                                 "database = main\n"
                                 "listen = /run/films.sock\n"
                                 "[api]\n"
                                 "ignored_parameters = utm_*\n";
static const char resources_ini[] =
    "[resource people]\n"
    "columns = id, name\n"
    "[resource films]\n"
    "columns = id, title, year, film_id, kind, seen, is_old, price, code\n"
    "where = year > 1900\n"
    "[resource awards]\n"
    "columns = id, name, year\n"
    "[resource genres]\n"
    "columns = id, name\n"
    "[relation films.director]\n"
    "to = people\n"
    "via = director_id\n"
    "[relation people.films]\n"
    "many = films\n"
    "via = director_id\n"
    "[relation films.awards]\n"
    "many = awards\n"
    "via = film_id\n"
    "order = name, -year\n"
    "limit = 2\n"
    "[relation films.genres]\n"
    "many = genres\n"
    "through = films_genres(film_id, genre_id)\n"
    "order = name\n";
static const char routes_ini[] =
    "[route films]\n"
    "match = GET /films\n"
    "handler = list\n"
    "resource = films\n"
    "with = director\n"
    "also = awards(id), awards.count, genres, director.films(id, awards)\n"
    "filterable = id(eq, in, nin), title(eq, contains, starts), kind(eq, in),"
    " year(eq, ne, lt, lte, gt, gte, null), seen, is_old, price(gt, in), code,"
    " director.name(eq, ne), awards.year(gt, null), genres.name\n"
    "sortable = id, title, year, seen, price, director.name\n"
    "search = words(english)\n"
    "limit = 5\n"
    "limit_max = 100\n"
    "[route film]\n"
    "match = GET /films/:id\n"
    "handler = item\n"
    "resource = films\n"
    "with = director\n"
    "also = awards(id, name), genres.count\n";

/* Of an enum of the site's own. */
#define OID_KIND 99999

/* Each table has them all. */
static struct catalog_column columns[] = {
    {.name = "id", .type.oid = OID_INT4, .is_not_null = true},
    {.name = "film_id", .type.oid = OID_INT4},
    {.name = "genre_id", .type.oid = OID_INT4},
    {.name = "director_id", .type.oid = OID_INT4},
    {.name = "name", .type.oid = OID_TEXT},
    {.name = "title", .type.oid = OID_TEXT, .is_not_null = true},
    {.name = "year", .type.oid = OID_INT4},
    {.name = "kind", .type.oid = OID_KIND, .labels = "long\x1fshort\x1f"},
    {.name = "seen", .type.oid = OID_TIMESTAMPTZ},
    {.name = "is_old", .type.oid = OID_BOOL},
    {.name = "price", .type.oid = OID_NUMERIC},
    {.name = "code", .type.oid = OID_UUID},
    {.name = "words", .type.oid = OID_TSVECTOR},
};
static const char *key_columns[] = {"id"};
static struct catalog_key key = {
    .is_primary = true, .columns = key_columns, .column_count = 1};
static struct catalog catalog;

static void
open_text(int descriptor, const char *text)
{
    ssize_t length = (ssize_t)strlen(text);
    int made = memfd_create("ini", MFD_CLOEXEC);

    must(made != -1 && dup2(made, descriptor) != -1);
    must(write(descriptor, text, (size_t)length) == length);
    close(made);
}

static const struct config *
load(void)
{
    static struct arena *arena;
    struct diagnostics diagnostics;
    const struct config *config;

    arena = arena_new();
    diagnostics = (struct diagnostics){.arena = arena};
    open_text(200, byline_ini);
    open_text(201, resources_ini);
    open_text(202, routes_ini);
    config = config_load(arena, "/proc/self/fd/200", &diagnostics);
    if (!config)
        diagnostics_print(&diagnostics, stderr);
    must(config != NULL);
    return config;
}

static void
make_catalog(const struct config *config)
{
    static struct catalog_table tables[8];

    must(config->resource_count <= COUNT(tables));
    for (size_t i = 0; i < COUNT(columns); i++) {
        uint32_t oid = columns[i].type.oid;

        columns[i].type =
            type_classify(oid, oid, oid == OID_KIND ? 'e' : 'b',
                          oid == OID_TEXT ? 'S' : 'U', oid != OID_KIND);
        columns[i].is_readable = true;
    }
    for (size_t i = 0; i < config->resource_count; i++)
        tables[i] = (struct catalog_table){
            .oid = (uint32_t)i + 1,
            .columns = columns,
            .column_count = COUNT(columns),
            .keys = &key,
            .key_count = 1,
        };
    catalog = (struct catalog){.config = config, .tables = tables};
}

/* --- what holds ------------------------------------------------------ */

static const char *
compose(struct exchange *exchange, const struct ask *ask)
{
    const struct plan *plan = plan_compose(exchange->arena, &catalog,
                                           exchange->route, ask, VIEWER_NONE);

    must(utf8_is_valid(plan->sql, strlen(plan->sql)));
    must(plan->type_count == plan->parameter_count + plan->asked_count);
    return plan->sql;
}

/* Other values, the same statement. */
static void
check_statement(struct exchange *exchange, struct ask ask)
{
    const char *sql = compose(exchange, &ask);
    struct ask_cursor cursor = {0};
    const char *values[8];

    for (size_t i = 0; i < ask.filter_count; i++) {
        ask.filters[i].text = "1";
        ask.filters[i].value = ask.filters[i].value ? "1" : NULL;
    }
    ask.search = ask.search ? "1" : NULL;
    if (ask.cursor) {
        cursor = *ask.cursor;
        must(cursor.count <= COUNT(values));
        for (size_t i = 0; i < cursor.count; i++)
            values[i] = cursor.values[i] ? "1" : NULL;
        cursor.values = values;
        ask.cursor = &cursor;
    }
    must(strcmp(compose(exchange, &ask), sql) == 0);
}

/* Reads the query; false if it is refused. */
static bool
read_query(struct exchange *exchange, struct request *request,
           const char *query, const struct ask **ask)
{
    const struct limits *limits = &exchange->config->limits;
    struct problem *problem = exchange->problem;
    int status;

    problem_reset(problem, exchange->arena);
    *request = (struct request){.query = query};
    status =
        request_parse_query(request, exchange->arena, limits, problem) == -1 ||
                ask_read(exchange, ask) == -1 ||
                (*ask && (ask_check_types(exchange, &catalog, *ask) == -1 ||
                          ask_check_cursor(&catalog, exchange->route, *ask,
                                           problem) == -1))
            ? -1
            : 0;
    must((status == -1) == (problem->kind == PROBLEM_BAD_REQUEST));
    must((status == -1) == (problem->field_count > 0));
    return status == 0;
}

/* What is asked, and a page of it from a cursor on. */
static void
try_query(struct exchange *exchange, const char *query,
          const char *const *values, size_t count)
{
    struct request request;
    const struct ask *ask;
    struct ask plain = ask_default(exchange->route);
    const char *cursor;

    exchange->request = &request;
    if (!read_query(exchange, &request, query, &ask))
        return;
    if (ask)
        check_statement(exchange, *ask);
    if (count == 0 || (ask && ask->cursor) || plain.limit == 0 ||
        request_parameter(&request, "offset"))
        return;
    cursor = cursor_encode(exchange->arena,
                           cursor_fingerprint(exchange, ask ? ask : &plain),
                           values, count);
    query =
        arena_printf(exchange->arena, "%s&%s=%s", query,
                     values[0] && values[0][0] ? "after" : "before", cursor);
    if (!read_query(exchange, &request, query, &ask))
        return;
    must(ask && ask->cursor && ask->cursor->count == count);
    for (size_t i = 0; i < count; i++)
        must(values[i] ? strcmp(values[i], ask->cursor->values[i]) == 0
                       : !ask->cursor->values[i]);
    check_statement(exchange, *ask);
}

/* The bytes as the inside of a cursor. */
static void
decode_cursor(struct arena *arena, const uint8_t *data, size_t size)
{
    char *bytes = arena_alloc(arena, HASH_BYTES + size);
    uint64_t hash = hash_of(data, size);
    const char *text;
    const char **values;
    size_t count;

    for (int i = HASH_BYTES - 1; i >= 0; i--, hash >>= 8)
        bytes[i] = (char)(hash & 0xff);
    memcpy(bytes + HASH_BYTES, data, size);
    text = base64url_encode(arena, bytes, HASH_BYTES + size);
    values = cursor_decode(arena, 0, text, &count);
    for (size_t i = 0; values && i < count; i++)
        must(!values[i] || strlen(values[i]) <= size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct config *config;
    static const char *const names[] = {"films", "film"};
    static const char *const path[] = {"1"};
    struct arena *arena = arena_new();
    struct problem problem;
    struct exchange exchange = {
        .arena = arena, .problem = &problem, .values = path};
    const char *values[8];
    size_t count = 0;
    char *rest = arena_strndup(arena, (const char *)data, size);
    const char *query = strsep(&rest, "\n");

    if (!config)
        make_catalog(config = load());
    exchange.config = config;
    while (rest && count < COUNT(values)) {
        const char *line = strsep(&rest, "\n");

        values[count++] = strcmp(line, "-") == 0 ? NULL : line;
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        exchange.route = config_find_route(config, names[i]);
        try_query(&exchange, query, values, count);
    }
    decode_cursor(arena, data, size);
    arena_free(arena);
    return 0;
}
