/*
 * The JSONTestSuite: what must be accepted is, and what must not be is not.
 * Its documents are in the directory JSON_SUITE, but for two large ones.
 */
#include <dirent.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/json_scan.h"
#include "http/body.h"
#include "tap.h"

#define DEPTH 32

/* How many documents there were of each kind. */
static unsigned accepted, refused, either;

/* The document at `path`, in a piece of memory of just its size. */
static char *
read_document(const char *path, size_t *length)
{
    FILE *stream = fopen(path, "rbe");
    char part[4096];
    struct buffer all = {0};
    char *text;

    if (!stream)
        return NULL;
    while ((*length = fread(part, 1, sizeof part, stream)) > 0)
        buffer_append(&all, part, *length);
    fclose(stream);
    *length = all.length;
    text = malloc(all.length > 0 ? all.length : 1);
    if (text && all.length > 0)
        memcpy(text, all.data, all.length);
    buffer_free(&all);
    return text;
}

/* The code of the problem that body_parse has with it; NULL: none. */
static const char *
parse(struct arena *arena, const char *text, size_t length)
{
    const struct body *body;
    struct problem problem;

    problem_reset(&problem, arena);
    if (body_parse(&body, arena, text, length, DEPTH, &problem) == 0)
        return NULL;
    return problem.field_count == 1 ? problem.fields[0].code : "no field";
}

/* A body is an object, and json-c cannot have NUL in a name. */
static const char *
expected_code(const struct json_scan *scan)
{
    if (scan->status == JSON_SCAN_TOO_DEEP)
        return "too_deep";
    if (scan->status != JSON_SCAN_OK)
        return "malformed";
    if (scan->kind != JSON_OBJECT)
        return "type";
    return scan->has_nul_name ? "malformed" : NULL;
}

static void
judge(const char *name, const char *text, size_t length)
{
    struct arena *arena = arena_new();
    struct json_scan scan = json_scan_text(text, length, DEPTH, NULL, NULL);

    switch (name[0]) {
    case 'y':
        accepted++;
        is_int(scan.status, JSON_SCAN_OK, "accepted: %s", name);
        break;
    case 'n':
        refused++;
        ok(scan.status != JSON_SCAN_OK, "refused: %s", name);
        ok(parse(arena, text, length) != NULL, "also as a body");
        break;
    default:
        either++;
        break;
    }
    is_text(parse(arena, text, length), expected_code(&scan),
            "the problem with it as a body: %s", name);
    arena_free(arena);
}

static void
judge_stored(void)
{
    struct dirent **entries;
    int count = scandir(JSON_SUITE, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t extension = strlen(name) > 5 ? strlen(name) - 5 : 0;
        char path[4096];
        size_t length = 0;
        char *text;

        if (strcmp(name + extension, ".json") == 0) {
            snprintf(path, sizeof path, "%s/%s", JSON_SUITE, name);
            text = read_document(path, &length);
            if (ok(text != NULL, "can be read: %s", name))
                judge(name, text, length);
            free(text);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void
judge_repeated(const char *name, const char *part, size_t times)
{
    struct buffer text = {0};

    for (size_t i = 0; i < times; i++)
        buffer_append_text(&text, part);
    judge(name, text.data, text.length);
    buffer_free(&text);
}

int
main(void)
{
    judge_stored();
    judge_repeated("n_structure_100000_opening_arrays.json", "[", 100000);
    judge_repeated("n_structure_open_array_object.json", "[{\"\":", 50000);
    is_int(accepted, 95, "documents that must be accepted");
    is_int(refused, 188, "documents that must be refused");
    is_int(either, 35, "documents that may be either");
    return done();
}
