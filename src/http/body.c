/*
 * Bodies, and the one file that knows json-c.
 *
 * json-c finds members and decodes strings. It does not say what is JSON,
 * since it accepts more than that, nor what a number was, since it caps
 * integers at 64 bits: a scan goes first, and numbers, arrays and objects are
 * given out as they were sent. A double keeps its source in json-c's user
 * data by itself; that of the others is put there, and tells whether a string
 * is whole. Characters beyond U+FFFF
 * never reach it as escapes, of which it spoils some.
 */
#include "http/body.h"

#include <ctype.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/memory.h"
#include "base/number.h"

struct body {
    struct json_object *object;
};

/* While the members of an object get their source. */
struct attaching {
    struct arena *arena;
    struct json_object *object;
};

/* While the elements of an array are read. */
struct collecting {
    struct arena *arena;
    struct json_object *array;
    struct json_value *elements;
    long room;
    long count;
};

static void
put_object(void *object)
{
    json_object_put(object);
}

static void
free_tokener(void *tokener)
{
    json_tokener_free(tokener);
}

/* --- pairs of surrogates --------------------------------------------- */

/* Of four hexadecimal digits. */
static uint32_t
hex_value(const char *digits)
{
    uint32_t value = 0;

    for (size_t i = 0; i < 4; i++) {
        uint32_t digit = isdigit((unsigned char)digits[i])
                             ? (uint32_t)(digits[i] - '0')
                             : (uint32_t)((digits[i] | 0x20) - 'a' + 10);

        value = value << 4 | digit;
    }
    return value;
}

/* `\uD83D\uDE00` at `text`, as UTF-8. */
static void
write_pair(const char *text, char utf8[4])
{
    uint32_t code = 0x10000 + ((hex_value(text + 2) & 0x3ff) << 10) +
                    (hex_value(text + 8) & 0x3ff);

    utf8[0] = (char)(0xf0 | code >> 18);
    utf8[1] = (char)(0x80 | (code >> 12 & 0x3f));
    utf8[2] = (char)(0x80 | (code >> 6 & 0x3f));
    utf8[3] = (char)(0x80 | (code & 0x3f));
}

/* The text, which is well-formed, with each pair of escapes as the character
 * that it is. json-c 0.16 looks at sixteen bits of a character alone to tell
 * whether it is half of a pair, and has U+FFFD for U+1D800. */
static const char *
join_pairs(struct arena *arena, const char *text, size_t *length)
{
    size_t used = 0;
    char *joined;

    if (!memmem(text, *length, "\\u", 2))
        return text;
    joined = arena_alloc(arena, *length);
    for (size_t i = 0; i < *length;) {
        size_t step = text[i] == '\\' ? 2 : 1;

        if (step == 2 && text[i + 1] == 'u' &&
            (hex_value(text + i + 2) & 0xfc00) == 0xd800) {
            write_pair(text + i, joined + used);
            used += 4;
            i += 12;
            continue;
        }
        memcpy(joined + used, text + i, step);
        used += step;
        i += step;
    }
    *length = used;
    return joined;
}

/* --- json-c ---------------------------------------------------------- */

/* Not JSON_TOKENER_STRICT: all that it refuses has been refused, but for
 * integers beyond 64 bits, which it refuses from json-c 0.17 on. */
static struct json_tokener *
new_tokener(size_t depth)
{
    struct json_tokener *tokener = json_tokener_new_ex((int)depth);

    if (!tokener)
        memory_exhausted();
    json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
    return tokener;
}

/* The name as C text. Of names there may be a hundred thousand, so what
 * json-c takes for one does not wait for the arena. */
static const char *
decode_name(struct arena *arena, const struct json_slice *name)
{
    struct json_tokener *tokener;
    struct json_object *string;
    const char *decoded;

    if (!memchr(name->text, '\\', name->length))
        return arena_strndup(arena, name->text, name->length);
    tokener = new_tokener(1);
    string =
        json_tokener_parse_ex(tokener, name->text - 1, (int)name->length + 2);
    if (!string)
        memory_exhausted();
    decoded = arena_strdup(arena, json_object_get_string(string));
    json_object_put(string);
    json_tokener_free(tokener);
    return decoded;
}

static void
set_source(struct arena *arena, struct json_object *value,
           const struct json_slice *text)
{
    struct json_slice *source;

    if (!json_object_is_type(value, json_type_int) &&
        !json_object_is_type(value, json_type_string) &&
        !json_object_is_type(value, json_type_array) &&
        !json_object_is_type(value, json_type_object))
        return;
    source = json_object_get_userdata(value);
    if (!source) {
        source = arena_alloc(arena, sizeof *source);
        json_object_set_userdata(value, source, NULL);
    }
    *source = *text;
}

/* Of members with one name the last has the last word, as in json-c, which
 * leaves out a member that it has no memory for, and says nothing. */
static void
attach_source(void *context, const struct json_member *member)
{
    struct attaching *attaching = context;
    const char *name = decode_name(attaching->arena, &member->name);
    struct json_object *value;

    if (!json_object_object_get_ex(attaching->object, name, &value))
        memory_exhausted();
    set_source(attaching->arena, value, &member->value);
}

/* The object of json-c, which was read from `text`, with its sources. */
static const struct body *
new_body(struct arena *arena, struct json_object *object, const char *text,
         size_t length)
{
    struct attaching attaching = {arena, object};
    struct body *body = arena_alloc(arena, sizeof *body);

    body->object = object;
    json_scan_text(text, length, JSON_SCAN_DEPTH_MAX, attach_source,
                   &attaching);
    return body;
}

static int
refuse_depth(int64_t depth_max, struct problem *problem)
{
    struct problem_field *field = problem_add_field(
        problem, "body", "too_deep",
        "at most %" PRId64 " arrays and objects inside one another",
        depth_max);

    field->max = arena_printf(problem->arena, "%" PRId64, depth_max);
    return problem_set(problem, PROBLEM_BAD_REQUEST,
                       "the body is nested too deeply");
}

/* Is that an object that json-c can be trusted with? */
static int
check_text(const struct json_scan *scan, int64_t depth_max,
           struct problem *problem)
{
    switch (scan->status) {
    case JSON_SCAN_OK:
        break;
    case JSON_SCAN_EMPTY:
        problem_add_field(problem, "body", "malformed",
                          "a JSON object is expected");
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "the body is empty; a JSON object is expected");
    case JSON_SCAN_MALFORMED:
        problem_add_field(problem, "body", "malformed", "at byte %zu: %s",
                          scan->offset, scan->message);
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "the body is not well-formed JSON");
    case JSON_SCAN_TOO_DEEP:
        return refuse_depth(depth_max, problem);
    }
    if (scan->kind != JSON_OBJECT) {
        problem_add_field(problem, "body", "type",
                          "a JSON object is expected");
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "the body is JSON, but no object");
    }
    if (scan->has_nul_name) {
        problem_add_field(problem, "body", "malformed",
                          "at byte %zu: a name cannot hold \\u0000",
                          scan->nul_name_offset);
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "a name in the body holds a NUL character");
    }
    return 0;
}

int
body_parse(const struct body **body, struct arena *arena, const char *text,
           size_t length, int64_t depth_max, struct problem *problem)
{
    int64_t depth =
        depth_max < JSON_SCAN_DEPTH_MAX ? depth_max : JSON_SCAN_DEPTH_MAX;
    struct json_scan scan =
        json_scan_text(text, length, (size_t)depth, NULL, NULL);
    struct json_tokener *tokener;
    struct json_object *object = NULL;

    if (check_text(&scan, depth, problem) == -1)
        return -1;
    text = join_pairs(arena, text, &length);
    /* For json-c a value inside of the innermost object is one deeper. */
    tokener = new_tokener((size_t)depth + 1);
    arena_on_reset(arena, free_tokener, tokener);
    if (length <= INT_MAX)
        object = json_tokener_parse_ex(tokener, text, (int)length);
    arena_on_reset(arena, put_object, object);
    if (!json_object_is_type(object, json_type_object))
        return problem_set(problem, PROBLEM_INTERNAL,
                           "the body cannot be read");
    *body = new_body(arena, object, text, length);
    return 0;
}

/* The source without the blanks between its parts. */
static const char *
compact(struct arena *arena, const struct json_slice *source, size_t *length)
{
    char *text = arena_alloc(arena, source->length + 1);
    bool is_inside = false; /* of a string */
    size_t used = 0;

    for (size_t i = 0; i < source->length; i++) {
        char byte = source->text[i];

        if (!is_inside && strchr(" \t\n\r", byte))
            continue;
        text[used++] = byte;
        if (byte == '"')
            is_inside = !is_inside;
        else if (byte == '\\')
            text[used++] = source->text[++i];
    }
    *length = used;
    return text;
}

/* Fills in kind and text of what has a source attached. */
static void
get_source(struct json_object *value, struct arena *arena, enum json_kind kind,
           struct json_value *found)
{
    found->kind = kind;
    found->text =
        compact(arena, json_object_get_userdata(value), &found->length);
}

static void
get_integer(struct json_object *value, struct arena *arena,
            struct json_value *found)
{
    int64_t ignored;

    get_source(value, arena, JSON_INTEGER, found);
    found->is_beyond = number_parse(found->text, &ignored) == NUMBER_BEYOND;
}

static void
get_text(enum json_kind kind, const char *text, struct json_value *found)
{
    found->kind = kind;
    found->text = text;
    found->length = strlen(text);
}

/* How long json-c has to make the string of this source, in which pairs of
 * surrogates have been joined. */
static size_t
decoded_length(const struct json_slice *source)
{
    size_t length = 0;

    for (size_t i = 1; i + 1 < source->length; i++, length++) {
        uint32_t code;

        if (source->text[i] != '\\' || source->text[++i] != 'u')
            continue;
        code = hex_value(source->text + i + 1);
        length += code < 0x80 ? 0 : code < 0x800 ? 1 : 2;
        i += 4;
    }
    return length;
}

/* json-c cuts a string that it has no memory for, and says nothing. */
static void
get_string(struct json_object *value, struct json_value *found)
{
    found->kind = JSON_STRING;
    found->text = json_object_get_string(value);
    found->length = (size_t)json_object_get_string_len(value);
    if (found->length != decoded_length(json_object_get_userdata(value)))
        memory_exhausted();
}

static void
read_value(struct json_object *value, struct arena *arena,
           struct json_value *found)
{
    *found = (struct json_value){0};
    switch (json_object_get_type(value)) {
    case json_type_null:
        get_text(JSON_NULL, "null", found);
        break;
    case json_type_boolean:
        get_text(JSON_BOOLEAN,
                 json_object_get_boolean(value) ? "true" : "false", found);
        break;
    case json_type_int:
        get_integer(value, arena, found);
        break;
    case json_type_double:
        get_text(JSON_NUMBER, json_object_get_userdata(value), found);
        break;
    case json_type_string:
        get_string(value, found);
        break;
    case json_type_array:
        get_source(value, arena, JSON_ARRAY, found);
        break;
    case json_type_object:
        get_source(value, arena, JSON_OBJECT, found);
        break;
    }
}

bool
body_get(const struct body *body, struct arena *arena, const char *name,
         struct json_value *found)
{
    struct json_object *value;

    if (!json_object_object_get_ex(body->object, name, &value))
        return false;
    read_value(value, arena, found);
    return true;
}

const struct body *
body_object(const struct body *body, struct arena *arena, const char *name)
{
    struct json_object *value = NULL;
    const struct json_slice *source;

    json_object_object_get_ex(body->object, name, &value);
    if (!json_object_is_type(value, json_type_object))
        return NULL;
    source = json_object_get_userdata(value);
    return new_body(arena, value, source->text, source->length);
}

static void
collect_element(void *context, const struct json_member *element)
{
    struct collecting *collecting = context;
    struct json_object *value;

    if (collecting->count < collecting->room) {
        value = json_object_array_get_idx(collecting->array,
                                          (size_t)collecting->count);
        set_source(collecting->arena, value, &element->value);
        read_value(value, collecting->arena,
                   &collecting->elements[collecting->count]);
    }
    collecting->count++;
}

long
body_array(const struct body *body, struct arena *arena, const char *name,
           struct json_value *elements, long room)
{
    struct collecting collecting = {
        .arena = arena, .elements = elements, .room = room};
    const struct json_slice *source;

    json_object_object_get_ex(body->object, name, &collecting.array);
    if (!json_object_is_type(collecting.array, json_type_array))
        return -1;
    source = json_object_get_userdata(collecting.array);
    json_scan_text(source->text, source->length, JSON_SCAN_DEPTH_MAX,
                   collect_element, &collecting);
    return collecting.count;
}

size_t
body_count(const struct body *body)
{
    return (size_t)json_object_object_length(body->object);
}
