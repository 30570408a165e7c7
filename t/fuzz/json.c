/*
 * JSON bodies: the first byte is how deep one may be, the rest is the body.
 * json-c accepts what the scan accepts, and every value is JSON itself.
 */
#include <string.h>

#include "base/json_scan.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "http/body.h"

struct visit {
    struct arena *arena;
    const struct body *body;
    size_t members;
};

static void visit_body(struct arena *arena, const struct body *body,
                       const char *text, size_t length);

static void
check_value(const struct json_value *value)
{
    struct json_scan scan;

    must(value->text[value->length] == '\0');
    if (value->kind == JSON_STRING) {
        must(utf8_is_valid(value->text, value->length));
        return;
    }
    must(strlen(value->text) == value->length);
    scan = json_scan_text(value->text, value->length, SIZE_MAX, NULL, NULL);
    must(scan.status == JSON_SCAN_OK && scan.kind == value->kind);
}

/* Names with an escape are counted alone: what they are is json-c's to say. */
static void
visit_member(void *context, const struct json_member *member)
{
    struct visit *visit = context;
    const char *name =
        arena_strndup(visit->arena, member->name.text, member->name.length);
    const struct body *inside;
    struct json_value value;

    visit->members++;
    if (strchr(name, '\\'))
        return;
    must(body_get(visit->body, visit->arena, name, &value));
    check_value(&value);
    inside = body_object(visit->body, visit->arena, name);
    must((inside != NULL) == (value.kind == JSON_OBJECT));
    if (inside)
        visit_body(visit->arena, inside, value.text, value.length);
}

static void
visit_body(struct arena *arena, const struct body *body, const char *text,
           size_t length)
{
    struct visit visit = {.arena = arena, .body = body};
    struct json_value value;

    json_scan_text(text, length, SIZE_MAX, visit_member, &visit);
    must(body_count(body) <= visit.members);
    must((body_count(body) == 0) == (visit.members == 0));
    body_get(body, arena, "a", &value);
    body_get(body, arena, "", &value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *text = (const char *)data + 1;
    const struct body *body;
    struct problem problem;

    problem_reset(&problem, arena);
    if (size == 0) {
        must(body_parse(&body, arena, NULL, 0, 1, &problem) == -1);
    } else if (body_parse(&body, arena, text, size - 1, 1 + data[0] % 64,
                          &problem) == 0) {
        must(problem.kind == PROBLEM_NONE);
        visit_body(arena, body, text, size - 1);
    } else {
        must(problem.kind == PROBLEM_BAD_REQUEST);
        must(problem.field_count == 1);
    }
    arena_free(arena);
    return 0;
}
