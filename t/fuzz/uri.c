/* Addresses: percent-encoding of either part, and whole queries. */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "http/request.h"
#include "http/uri.h"

static void
check_text(const char *text)
{
    must(utf8_is_valid(text, strlen(text)));
}

static void
decode(struct arena *arena, const uint8_t *data, size_t size,
       enum uri_part part)
{
    const char *decoded = uri_decode(arena, (const char *)data, size, part);

    if (!decoded)
        return;
    must(strlen(decoded) <= size);
    check_text(decoded);
}

static void
parse_query(struct arena *arena, const uint8_t *data, size_t size)
{
    const struct limits limits = {.parameters = 8};
    struct request request = {
        .query = arena_strndup(arena, (const char *)data, size)};
    struct problem problem;

    problem_reset(&problem, arena);
    if (request_parse_query(&request, arena, &limits, &problem) == -1) {
        must(problem.kind == PROBLEM_BAD_REQUEST);
        return;
    }
    must(request.parameter_count <= 8);
    for (size_t i = 0; i < request.parameter_count; i++) {
        check_text(request.parameters[i].name);
        check_text(request.parameters[i].value);
        must(request_parameter(&request, request.parameters[i].name) != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();

    decode(arena, data, size, URI_PATH);
    decode(arena, data, size, URI_QUERY);
    parse_query(arena, data, size);
    arena_free(arena);
    return 0;
}
