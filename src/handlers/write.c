/* create, replace, update, remove: one row, with the rows that it owns, in
 * one round trip. The answer is that of the item route that shows it. */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "handlers/conditional.h"
#include "handlers/gather.h"
#include "handlers/identity.h"
#include "handlers/path.h"
#include "http/idempotency_key.h"
#include "http/query.h"
#include "http/uri.h"
#include "query/claim.h"
#include "query/violation.h"
#include "query/writing.h"

/* --- outcomes -------------------------------------------------------- */

static int
fail_with(struct exchange *exchange, const struct problem *fields)
{
    exchange->problem->fields = fields->fields;
    exchange->problem->field_count = fields->field_count;
    return problem_set_fields(exchange->problem, PROBLEM_VALIDATION, "field");
}

/* Of the fields that only some role may set, those that who asks may. */
static int
fail_malformed(struct exchange *exchange, const struct writing *writing,
               const struct gathered *gathered)
{
    const char *role = writing->role ? writing->role : "";
    struct problem theirs;

    problem_reset(&theirs, exchange->arena);
    for (size_t i = 0; i < gathered->malformed.field_count; i++) {
        const struct problem_field *field = &gathered->malformed.fields[i];

        if (strcmp(role, ROLE_ADMIN) == 0 ||
            strcmp(role, gathered->roles[i]) == 0)
            *problem_add_field(&theirs, field->field, field->code, "%s",
                               field->message) = *field;
    }
    return fail_with(exchange, &theirs);
}

/* What the database would say of a key of nothing, if it were asked. */
static const char *
message_of(const struct write *write, const char *field)
{
    for (size_t i = 0; i < write->constraint_count; i++)
        if (write->constraints[i].field &&
            strcmp(write->constraints[i].field, field) == 0 &&
            write->constraints[i].kind == 'f' && write->constraints[i].comment)
            return write->constraints[i].comment;
    return NULL;
}

static void
add_lacking(struct exchange *exchange, const struct write *write,
            const char *field, const char *otherwise)
{
    const char *message = message_of(write, field);

    problem_add_field(exchange->problem, field, "reference", "%s",
                      message ? message : otherwise);
}

static int
fail_lacking(struct exchange *exchange, const struct writing *writing)
{
    const struct write *write = writing->write;
    const bool *lacks = writing->lacks;

    for (size_t i = 0; i < write->set_count; i++)
        if (*lacks++)
            add_lacking(exchange, write, write->sets[i].key.name,
                        "there is nothing with one of these keys");
    for (size_t i = 0; i < write->reference_count; i++)
        if (*lacks++)
            add_lacking(exchange, write, write->references[i].field->name,
                        VIOLATION_NO_REFERENCE);
    return problem_set_fields(exchange->problem, PROBLEM_VALIDATION, "field");
}

/* The account of a cookie can be gone where nobody would do as well. */
static int
check_known(struct exchange *exchange, const struct writing *writing)
{
    if (!exchange->viewer.subject || writing->is_known)
        return 0;
    return identity_lose(exchange);
}

static int
check_outcome(struct exchange *exchange, const struct writing *writing,
              const struct gathered *gathered)
{
    switch (writing->outcome) {
    case WRITE_WRITTEN:
    case WRITE_REPEATED:
    case WRITE_REPEATED_UNSEEN:
        return check_known(exchange, writing);
    case WRITE_UNKNOWN:
        return identity_lose(exchange);
    case WRITE_MISSING:
        return path_missing(exchange);
    case WRITE_FORBIDDEN:
        return problem_set(exchange->problem, PROBLEM_FORBIDDEN,
                           "this account may not do this");
    case WRITE_STALE:
        return problem_set(exchange->problem, PROBLEM_PRECONDITION_FAILED,
                           "this has changed since, or is otherwise not in "
                           "the state that the request asks for");
    case WRITE_MALFORMED:
        return fail_malformed(exchange, writing, gathered);
    case WRITE_INCOMPLETE:
        return fail_with(exchange, &gathered->incomplete);
    case WRITE_LACKING:
        return fail_lacking(exchange, writing);
    case WRITE_MISMATCHED:
        problem_add_field(exchange->problem, "Idempotency-Key", "mismatch",
                          "another request had this key");
        return problem_set_fields(exchange->problem, PROBLEM_VALIDATION,
                                  "header");
    }
    return -1;
}

/* --- keys ------------------------------------------------------------ */

/* Of the path's values and the body: what a request with the same key must
 * have in common with the first. */
static uint64_t
hash_request(const struct exchange *exchange)
{
    const struct request *request = exchange->request;
    struct buffer all = {0};
    uint64_t hash = hash_of(request->body, request->body_length);

    buffer_printf(&all, "%" PRIx64, hash);
    for (size_t i = 0; i < exchange->route->parameter_count; i++)
        buffer_append(&all, exchange->values[i],
                      strlen(exchange->values[i]) + 1);
    hash = hash_of(all.data, all.length);
    buffer_free(&all);
    return hash;
}

/* Sets *key to that of the request, to NULL if it has none or the route is
 * not idempotent. */
static int
read_key(struct exchange *exchange, const char **key)
{
    const char *value = exchange->request->idempotency_key;

    *key = NULL;
    if (!exchange->route->is_idempotent || !value)
        return 0;
    *key = idempotency_key_parse(exchange->arena, value, exchange->problem);
    return *key ? 0 : -1;
}

static void
bind_key(const struct exchange *exchange, const char *key,
         const struct claim *claim, const char **values)
{
    if (!key)
        return;
    values[claim->key] = key;
    values[claim->hash] = arena_printf(exchange->arena, "%" PRId64,
                                       (int64_t)hash_request(exchange));
}

/* --- writing --------------------------------------------------------- */

/* What a write is made of, besides the route. */
struct given {
    const struct body *body; /* NULL: none */
    const char *key;         /* of a request that may be sent again, or NULL */
};

/* Once, or once more: the values are those of the route's write by now. */
static enum writing_status
write_once(struct exchange *exchange, const struct given *given, int tries,
           struct writing *writing)
{
    const struct program_route *known =
        session_route(exchange->session, exchange->route, exchange->problem);
    const struct write *write;
    struct gathered gathered = {0};
    enum writing_status status;

    if (!known)
        return WRITING_FAILED;
    write = known->write;
    *writing = (struct writing){
        .route = exchange->route, .write = write, .tries = tries};
    if (path_check_types(exchange, write->path, write->path_count) == -1 ||
        conditional_need(exchange) == -1 ||
        gather(exchange, write, given->body, &gathered) == -1 ||
        path_check_ranges(exchange, write->path, write->path_count) == -1)
        return WRITING_FAILED;
    writing->values = gathered.values;
    bind_key(exchange, given->key, write->claim, gathered.values);
    status = writing_run(exchange->session, exchange->arena, writing,
                         exchange->problem);
    if (status != WRITING_DONE)
        return status;
    if (check_outcome(exchange, writing, &gathered) == -1)
        return WRITING_FAILED;
    /* Whose cookie is of nobody any more writes as nobody. */
    return writing->outcome == WRITE_UNKNOWN ? WRITING_AGAIN : WRITING_DONE;
}

/* The body is read before the database is asked for anything. */
static int
write_row(struct exchange *exchange, struct writing *writing)
{
    static const char *const allowed[] = {NULL};
    unsigned traits = handler_rule(exchange->route->handler)->traits;
    struct given given = {0};
    enum writing_status status = WRITING_AGAIN;

    if (query_check(exchange->request, &exchange->config->api, allowed,
                    exchange->problem) == -1 ||
        read_key(exchange, &given.key) == -1)
        return -1;
    if ((traits & HANDLER_BODY) && gather_parse(exchange, &given.body) == -1)
        return -1;
    if (session_open(exchange->session, exchange->problem) == -1 ||
        identity_settle(exchange) == -1)
        return -1;
    for (int tries = 1; status == WRITING_AGAIN; tries++)
        status = write_once(exchange, &given, tries, writing);
    return status == WRITING_DONE ? 0 : -1;
}

/* --- answers --------------------------------------------------------- */

/* What was written may yet be seen by nobody through the item route. */
static bool
is_shown(const struct writing *writing)
{
    return db_row_count(writing->rows) > 0 &&
           db_value(writing->rows, 0, writing->write->answer->frame.key);
}

/* Whether a path can have it as a segment: dots mean something else, nginx
 * decodes a slash, and two in a row are one (RFC 3986, section 5.2.4). */
static bool
is_segment(const char *text)
{
    return text && text[0] != '\0' && !strchr(text, '/') &&
           strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* The path of the item route, with the values of the row; NULL if no path
 * leads there. */
static const char *
find_location(struct exchange *exchange, const struct writing *writing)
{
    const struct route *answer = exchange->route->answer;
    const size_t *columns = writing->write->answer->location;
    const char *path = "";

    for (size_t i = 0; i < answer->segment_count; i++) {
        const struct segment *segment = &answer->segments[i];
        const char *text = segment->text;

        if (segment->is_parameter)
            text = db_value(writing->rows, 0, *columns++);
        if (!is_segment(text))
            return NULL;
        path = arena_printf(exchange->arena, "%s/%s", path,
                            uri_encode_segment(exchange->arena, text));
    }
    return path;
}

static void
add_location(struct exchange *exchange, const struct writing *writing)
{
    const char *path = NULL;

    if (exchange->route->answer && is_shown(writing))
        path = find_location(exchange, writing);
    if (path)
        response_add_header(exchange->response, "Location", path);
}

static int
show(struct exchange *exchange, const struct writing *writing)
{
    const struct plan *answer = writing->write->answer;

    if (is_shown(writing)) {
        shape_render(&answer->shape, writing->rows, 0,
                     &exchange->response->body);
        conditional_add_tag(exchange,
                            conditional_version(answer, writing->rows));
    } else {
        buffer_append_text(&exchange->response->body, "null");
    }
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    return 0;
}

static int
write_and_show(struct exchange *exchange)
{
    struct writing writing;

    if (write_row(exchange, &writing) == -1)
        return -1;
    return show(exchange, &writing);
}

int
handler_create(struct exchange *exchange)
{
    struct writing writing;

    if (write_row(exchange, &writing) == -1)
        return -1;
    if (writing.outcome == WRITE_REPEATED && !is_shown(&writing))
        return problem_set(exchange->problem, PROBLEM_GONE,
                           "what this request created is not there any more");
    exchange->response->status = 201;
    add_location(exchange, &writing);
    return show(exchange, &writing);
}

int
handler_replace(struct exchange *exchange)
{
    return write_and_show(exchange);
}

int
handler_update(struct exchange *exchange)
{
    return write_and_show(exchange);
}

int
handler_remove(struct exchange *exchange)
{
    struct writing writing;

    if (write_row(exchange, &writing) == -1)
        return -1;
    exchange->response->status = 204;
    exchange->response->content_type = NULL;
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    if (writing.is_self)
        identity_clear(exchange);
    return 0;
}
