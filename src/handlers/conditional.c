/* Conditional requests: tags, and answers that need no body. */
#include "handlers/conditional.h"

#include "base/hash.h"
#include "http/etag.h"

const char *
conditional_version(const struct plan *plan, const struct pg_result *rows)
{
    return plan->version == PLAN_NO_COLUMN ? NULL
                                           : db_value(rows, 0, plan->version);
}

/* Two pages with the same rows are not the same if one of them is the
 * last: a header tells. */
static void
format_tag(char tag[ETAG_SIZE], const struct response *response,
           const char *version, size_t shown)
{
    uint64_t hash = hash_of(response->body.data, response->body.length);

    if (shown < response->headers.length)
        hash ^= hash_of(response->headers.data + shown,
                        response->headers.length - shown);
    etag_format(tag, version, hash);
}

void
conditional_add_tag(struct exchange *exchange, const char *version)
{
    struct response *response = exchange->response;
    char tag[ETAG_SIZE];

    format_tag(tag, response, version, response->headers.length);
    response_add_header(response, "ETag", tag);
}

/* A cache in front that asks for itself takes the header away by emptying
 * it. */
static bool
is_wanted(const struct request *request, const char *version, const char *tag)
{
    const char *list = request->if_match;

    if (!list || list[0] == '\0')
        return true;
    return version ? etag_has_version(list, version)
                   : etag_is_listed(list, tag);
}

int
conditional_answer(struct exchange *exchange, const char *version,
                   size_t shown)
{
    const struct request *request = exchange->request;
    struct response *response = exchange->response;
    char tag[ETAG_SIZE];

    format_tag(tag, response, version, shown);
    if (!is_wanted(request, version, tag)) {
        response->headers.length = shown;
        return problem_set(exchange->problem, PROBLEM_PRECONDITION_FAILED,
                           "this is not what If-Match names any more");
    }
    if (request->if_none_match &&
        etag_is_listed(request->if_none_match, tag)) {
        response->status = 304;
        response->content_type = NULL;
        response->headers.length = shown;
        buffer_clear(&response->body);
    }
    response_add_header(response, "ETag", tag);
    return 0;
}

/* --- writes ---------------------------------------------------------- */

/* As an array of PostgreSQL (section 8.15.2): numbers need no quotes. */
static const char *
format_versions(struct arena *arena, const char *list)
{
    size_t count;
    const char **versions = etag_versions(arena, list, &count);
    struct buffer text = {0};
    const char *kept;

    buffer_append_char(&text, '{');
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&text, i > 0 ? "," : "");
        buffer_append_text(&text, versions[i]);
    }
    buffer_append_char(&text, '}');
    kept = arena_strndup(arena, text.data, text.length);
    buffer_free(&text);
    return kept;
}

void
conditional_bind(const struct exchange *exchange, const struct write *write,
                 const char **values)
{
    const char *match = exchange->request->if_match;
    const char *none_match = exchange->request->if_none_match;

    if (write->versions == WRITE_NO_PARAMETER)
        return;
    if (match && !etag_is_any(match))
        values[write->versions] = format_versions(exchange->arena, match);
    if (none_match)
        values[write->others] =
            etag_is_any(none_match)
                ? "{*}"
                : format_versions(exchange->arena, none_match);
}

int
conditional_need(struct exchange *exchange)
{
    if (exchange->route->if_match == ROUTE_IF_MATCH_OPTIONAL ||
        exchange->request->if_match)
        return 0;
    return problem_set(exchange->problem, PROBLEM_PRECONDITION_REQUIRED,
                       "If-Match must say which version this is about: the "
                       "ETag of what GET showed");
}

int
conditional_refuse(struct exchange *exchange)
{
    const char *match = exchange->request->if_match;

    if (!match || etag_is_any(match))
        return 0;
    return problem_set(exchange->problem, PROBLEM_PRECONDITION_FAILED,
                       "what this changes has no versions: If-Match can only "
                       "be *");
}
