/* Own SQL: one statement in a file, and the parameters that it has. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sql_scan.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "config/parts.h"

/* No statement that somebody wrote is longer. */
#define FILE_BYTES_MAX 1048576

/* What every check needs. */
struct reader {
    const struct config *config;
    const struct route *route;
    struct diagnostics *diagnostics;
};

static struct place
place_of(const struct reader *reader, const char *key)
{
    return ini_place(reader->route->section, key);
}

/* The place of a token in the file itself. */
static struct place
place_in_file(const struct reader *reader, const char *at)
{
    const struct route *route = reader->route;
    struct place place = {
        .file = route->file, .line = 1, .section = route->section->title};

    for (const char *byte = route->own.text; byte < at; byte++)
        place.line += *byte == '\n';
    return place;
}

/* --- reading --------------------------------------------------------- */

static const char *
read_all(const struct reader *reader, int descriptor, size_t size)
{
    char *text = arena_alloc(reader->config->arena, size + 1);
    size_t used = 0;
    ssize_t got = 1;

    while (used < size && got > 0) {
        got = read(descriptor, text + used, size - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (got >= 0 && strlen(text) == used && utf8_is_valid(text, used))
        return text;
    diagnostics_error(reader->diagnostics, place_of(reader, "file"),
                      "%s is no text in UTF-8", reader->route->file);
    return NULL;
}

/* The text of the file; NULL, and a complaint, if it cannot be read. */
static const char *
read_file(const struct reader *reader)
{
    const char *path = reader->route->file;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    const char *text = NULL;

    if (descriptor == -1 || fstat(descriptor, &status) == -1)
        diagnostics_error(reader->diagnostics, place_of(reader, "file"),
                          "%s cannot be read: %s", path, strerror(errno));
    else if (!S_ISREG(status.st_mode) || status.st_size > FILE_BYTES_MAX)
        diagnostics_error(reader->diagnostics, place_of(reader, "file"),
                          "%s is no file of at most %d bytes", path,
                          FILE_BYTES_MAX);
    else
        text = read_all(reader, descriptor, (size_t)status.st_size);
    if (descriptor != -1)
        close(descriptor);
    return text;
}

/* --- the statement --------------------------------------------------- */

/* What a statement can begin with; those in front only read. */
static const char *const verbs[] = {
    "select", "with",   "values", "table", "insert",
    "update", "delete", "merge",  "call",
};
enum {
    READING_VERBS = 4,
};

static bool
is_verb(const struct sql_token *token, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sql_token_is(token, verbs[i]))
            return true;
    return false;
}

static void
check_verb(const struct reader *reader, const struct sql_token *token)
{
    bool is_read = reader->route->method == METHOD_GET;

    if (is_read && !is_verb(token, READING_VERBS))
        diagnostics_error(reader->diagnostics,
                          place_in_file(reader, token->start),
                          "a GET only reads: with SELECT, WITH, VALUES or "
                          "TABLE");
    else if (!is_verb(token, sizeof verbs / sizeof verbs[0]))
        diagnostics_error(reader->diagnostics,
                          place_in_file(reader, token->start),
                          "begins with none of SELECT, WITH, VALUES, TABLE, "
                          "INSERT, UPDATE, DELETE, MERGE, CALL");
}

/* FOR UPDATE and the like would write to the rows. `last` is the identifier
 * in front. */
static void
check_lock(const struct reader *reader, const struct sql_token *last,
           const struct sql_token *token)
{
    static const char *const words[] = {"update", "share", "no", "key"};

    if (reader->route->method != METHOD_GET || !sql_token_is(last, "for"))
        return;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sql_token_is(token, words[i]))
            diagnostics_error(reader->diagnostics,
                              place_in_file(reader, last->start),
                              "a GET only reads, and locks no rows");
}

/* Who asks must be somebody whom the route knows. */
static void
check_viewer(const struct reader *reader, const struct sql_token *token)
{
    bool is_role = sql_token_is(token, "role");

    if (reader->route->auth == ROUTE_AUTH_NONE)
        diagnostics_error(reader->diagnostics,
                          place_in_file(reader, token->start),
                          "%s is of who asks, which auth = optional or "
                          "required tells",
                          is_role ? ":role" : ":viewer");
    else if (is_role && reader->config->accounts.role[0] == '\0')
        diagnostics_error(reader->diagnostics,
                          place_in_file(reader, token->start),
                          "[accounts] names no column with the role");
}

static void
refuse_unknown(const struct reader *reader, const struct sql_token *token)
{
    struct arena *arena = reader->config->arena;
    const struct own_sql *own = &reader->route->own;
    const char *name =
        arena_strndup(arena, token->start + 1, token->length - 1);
    struct suggestion suggestion = suggest_start(name);

    for (size_t i = 0; i < own->parameter_count; i++)
        suggest_offer(&suggestion, own->parameters[i].name);
    suggest_offer(&suggestion, "viewer");
    suggest_offer(&suggestion, "role");
    diagnostics_error(reader->diagnostics, place_in_file(reader, token->start),
                      ":%s is not among the params%s", name,
                      suggest_clause(arena, &suggestion));
}

/* Looks at one token; marks the parameter that it is as used. */
static void
check_token(const struct reader *reader, const struct sql_token *token,
            bool *used)
{
    const struct own_sql *own = &reader->route->own;
    const struct sql_parameter *found;

    if (token->kind != SQL_TOKEN_PLACEHOLDER)
        return;
    if (sql_token_is(token, "viewer") || sql_token_is(token, "role")) {
        check_viewer(reader, token);
        return;
    }
    found =
        config_find_sql_parameter(own, token->start + 1, token->length - 1);
    if (found)
        used[found - own->parameters] = true;
    else
        refuse_unknown(reader, token);
}

static void
check_tokens(const struct reader *reader)
{
    const struct own_sql *own = &reader->route->own;
    bool *used = arena_alloc(reader->config->arena, own->parameter_count + 1);
    struct sql_token last = {.kind = SQL_TOKEN_OTHER};
    struct sql_scan scan;
    struct sql_token token;

    sql_scan_start(&scan, own->text, own->length);
    while (sql_scan_next(&scan, &token)) {
        check_token(reader, &token, used);
        if (token.kind != SQL_TOKEN_IDENTIFIER)
            continue;
        if (!last.start)
            check_verb(reader, &token);
        check_lock(reader, &last, &token);
        last = token;
    }
    if (!last.start)
        diagnostics_error(reader->diagnostics, place_of(reader, "file"),
                          "%s has no statement", reader->route->file);
    for (size_t i = 0; i < own->parameter_count; i++)
        if (!used[i])
            diagnostics_error(reader->diagnostics,
                              place_of(reader, own->parameters[i].is_in_path
                                                   ? "match"
                                                   : "params"),
                              ":%s is not used in %s", own->parameters[i].name,
                              reader->route->file);
}

void
config_link_own_sql(struct config *config, struct route *route,
                    struct diagnostics *diagnostics)
{
    const struct reader reader = {config, route, diagnostics};
    const char *mistake;

    if (route->handler != HANDLER_SQL)
        return;
    config_link_sql_parameters(config, route, diagnostics);
    if (route->method != METHOD_GET && route->auth == ROUTE_AUTH_NONE)
        diagnostics_warning(diagnostics, place_of(&reader, "auth"),
                            "anybody can run this statement");
    if (route->file[0] == '\0') {
        diagnostics_error(diagnostics, place_of(&reader, NULL),
                          "file is missing: the handler sql needs one");
        return;
    }
    route->own.text = read_file(&reader);
    if (!route->own.text)
        return;
    mistake = sql_scan_statement(route->own.text, &route->own.length);
    if (mistake)
        diagnostics_error(diagnostics,
                          (struct place){.file = route->file,
                                         .section = route->section->title},
                          "%s", mistake);
    else
        check_tokens(&reader);
}
