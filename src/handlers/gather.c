/* From a JSON body to the parameters of a write. */
#include "handlers/gather.h"

#include <string.h>

#include "auth/password.h"
#include "handlers/conditional.h"
#include "handlers/identity.h"
#include "query/claim.h"
#include "query/value.h"

/* What each step needs. */
struct gatherer {
    struct exchange *exchange;
    const struct write *write;
    struct gathered *gathered;
    bool is_any; /* the body sets something, whoever asks */
};

int
gather_parse(struct exchange *exchange, const struct body **body)
{
    const struct request *request = exchange->request;

    return body_parse(body, exchange->arena, request->body,
                      request->body_length,
                      exchange->config->limits.json_depth, exchange->problem);
}

static void
set(struct gatherer *gatherer, size_t parameter, const char *text)
{
    if (parameter != WRITE_NO_PARAMETER)
        gatherer->gathered->values[parameter] = text;
}

/* --- passwords ------------------------------------------------------- */

/* bcrypt would not see what stands behind. */
static int
check_password(const struct write_field *field, const struct json_value *value,
               struct problem *problem)
{
    struct problem_field *added;

    if (value->kind != JSON_STRING ||
        password_check_new(value->text, value->length) != PASSWORD_TOO_LONG)
        return 0;
    added = problem_add_field(problem, field->name, "max_length",
                              "at most %d bytes", PASSWORD_BYTES_MAX);
    added->max = arena_printf(problem->arena, "%d", PASSWORD_BYTES_MAX);
    return -1;
}

int
gather_hash(struct exchange *exchange, const char **text)
{
    *text = password_hash(exchange->arena, *text,
                          exchange->config->accounts.bcrypt_cost);
    return *text ? 0
                 : problem_set(exchange->problem, PROBLEM_UNAVAILABLE,
                               "no password can be stored at the moment");
}

static bool
is_hashed(const struct write_field *field)
{
    return field->rules && field->rules->hash != FIELD_HASH_NONE;
}

static int
hash_object(struct gatherer *gatherer, const struct write_object *object)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct write_field *field = &object->fields[i];
        const char **value = &gatherer->gathered->values[field->value];

        if (is_hashed(field) && *value &&
            gather_hash(gatherer->exchange, value) == -1)
            return -1;
    }
    return 0;
}

/* Costly, and so done when all else is right. */
static int
hash_passwords(struct gatherer *gatherer)
{
    const struct write *write = gatherer->write;

    for (size_t i = 0; i < write->object_count; i++)
        if (hash_object(gatherer, &write->objects[i]) == -1)
            return -1;
    return 0;
}

/* --- fields ---------------------------------------------------------- */

static int
check(struct exchange *exchange, const struct write_field *field,
      const struct json_value *value, const char **text,
      struct problem *problem)
{
    if (is_hashed(field) && check_password(field, value, problem) == -1)
        return -1;
    return value_check(exchange->arena, field, value, text, problem);
}

int
gather_member(struct exchange *exchange, const struct body *body,
              const struct write_field *field, const char **text)
{
    struct json_value value;

    *text = NULL;
    if (body_get(body, exchange->arena, field->member, &value))
        return check(exchange, field, &value, text, exchange->problem);
    problem_add_field(exchange->problem, field->name, "required",
                      "a value is required");
    return -1;
}

/* The array of PostgreSQL (section 8.15.2). */
static const char *
format_array(struct arena *arena, const char *const *texts, size_t count)
{
    struct buffer array = {0};
    const char *text;

    buffer_append_char(&array, '{');
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&array, i == 0 ? "\"" : ",\"");
        for (const char *at = texts[i]; *at; at++)
            buffer_printf(&array, "%s%c", strchr("\"\\", *at) ? "\\" : "",
                          *at);
        buffer_append_char(&array, '"');
    }
    buffer_append_char(&array, '}');
    text = arena_strdup(arena, buffer_text(&array));
    buffer_free(&array);
    return text;
}

/* From those who do not have the role the field is ignored, whatever it is:
 * the statement knows who asks. */
static void
set_guarded(struct gatherer *gatherer, const struct write_field *field,
            const struct json_value *value)
{
    struct gathered *gathered = gatherer->gathered;
    struct arena *arena = gatherer->exchange->arena;
    size_t count = gathered->malformed.field_count;
    const char *text;

    if (check(gatherer->exchange, field, value, &text, &gathered->malformed) ==
        0) {
        set(gatherer, field->flag, "t");
        set(gatherer, field->value, text);
        return;
    }
    gathered->roles =
        arena_push(arena, gathered->roles, count, sizeof *gathered->roles);
    gathered->roles[count] = field->role;
    set(gatherer, gatherer->write->malformed,
        format_array(arena, gathered->roles, count + 1));
}

static void
set_field(struct gatherer *gatherer, const struct write_field *field,
          const struct json_value *value)
{
    const char *text;

    if (write_is_guarded(field)) {
        set_guarded(gatherer, field, value);
        return;
    }
    gatherer->is_any = true;
    if (check(gatherer->exchange, field, value, &text,
              gatherer->exchange->problem) == -1)
        return;
    set(gatherer, field->flag, "t");
    set(gatherer, field->value, text);
}

/* What is missing is told in `problem`, if it has to be there. */
static void
set_fields(struct gatherer *gatherer, const struct write_object *object,
           const struct body *body, struct problem *problem)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct write_field *field = &object->fields[i];
        struct json_value value;

        set(gatherer, field->flag, "f");
        if (body_get(body, gatherer->exchange->arena, field->member, &value))
            set_field(gatherer, field, &value);
        else if (field->is_required && problem)
            problem_add_field(problem, field->name, "required",
                              "a value is required");
    }
}

/* --- owned rows ------------------------------------------------------ */

static void
set_action(struct gatherer *gatherer, const struct write_object *object,
           enum write_action action)
{
    set(gatherer, object->action, write_action_name(action));
}

/* Not an object: absent, or null, or a mistake. */
static void
set_no_object(struct gatherer *gatherer, const struct write_object *object,
              const struct body *body)
{
    struct problem *problem = gatherer->exchange->problem;
    const char *name = object->owned->json_name;
    bool is_update = gatherer->exchange->route->handler == HANDLER_UPDATE;
    struct json_value value;
    bool is_there = body_get(body, gatherer->exchange->arena, name, &value);

    for (size_t i = 0; i < object->field_count; i++)
        set(gatherer, object->fields[i].flag, "f");
    set_action(gatherer, object,
               is_there || !is_update ? WRITE_REMOVE : WRITE_KEEP);
    if (is_there)
        gatherer->is_any = true;
    if (is_there && value.kind != JSON_NULL)
        problem_add_field(problem, name, "type", "an object is expected");
    else if (is_there && object->is_required)
        problem_add_field(problem, name, "null", "null is not allowed");
    else if (!is_update && object->is_required)
        problem_add_field(problem, name, "required", "a value is required");
}

/* A part of an object changes a row that is there; the whole may create it. */
static void
set_object(struct gatherer *gatherer, const struct write_object *object,
           const struct body *body)
{
    const struct body *nested =
        body_object(body, gatherer->exchange->arena, object->owned->json_name);
    struct problem *incomplete = &gatherer->gathered->incomplete;
    size_t missing_before = incomplete->field_count;

    if (!nested) {
        set_no_object(gatherer, object, body);
        return;
    }
    gatherer->is_any = true;
    if (gatherer->exchange->route->handler != HANDLER_UPDATE)
        incomplete = gatherer->exchange->problem;
    set_fields(gatherer, object, nested, incomplete);
    set_action(gatherer, object,
               gatherer->gathered->incomplete.field_count > missing_before
                   ? WRITE_CHANGE
                   : WRITE_PUT);
}

/* --- sets ------------------------------------------------------------ */

/* Holds each key against the type; what is wrong is told by its place. */
static void
set_keys(struct gatherer *gatherer, const struct write_set *set,
         const struct json_value *elements, long count)
{
    struct exchange *exchange = gatherer->exchange;
    const char **texts =
        arena_alloc(exchange->arena, ((size_t)count + 1) * sizeof *texts);
    bool is_wrong = false;

    for (long i = 0; i < count; i++) {
        struct write_field key = set->key;

        key.name = arena_printf(exchange->arena, "%s[%ld]", key.name, i);
        if (value_check(exchange->arena, &key, &elements[i], &texts[i],
                        exchange->problem) == -1)
            is_wrong = true;
    }
    if (!is_wrong)
        gatherer->gathered->values[set->key.value] =
            format_array(exchange->arena, texts, (size_t)count);
}

static void
refuse_array(struct gatherer *gatherer, const struct write_set *set,
             const struct json_value *value)
{
    if (value->kind == JSON_NULL)
        problem_add_field(gatherer->exchange->problem, set->key.name, "null",
                          "null is not allowed; [] is the empty set");
    else
        problem_add_field(gatherer->exchange->problem, set->key.name, "type",
                          "an array of keys is expected");
}

static void
refuse_count(struct gatherer *gatherer, const struct write_set *set, long max)
{
    struct problem *problem = gatherer->exchange->problem;
    struct problem_field *field = problem_add_field(
        problem, set->key.name, "too_many", "at most %ld keys", max);

    field->max = arena_printf(problem->arena, "%ld", max);
}

/* What is absent stays as it is, unless the whole row is replaced. */
static void
set_set(struct gatherer *gatherer, const struct write_set *set,
        const struct body *body)
{
    struct arena *arena = gatherer->exchange->arena;
    const char *name = set->key.member;
    const long max = (long)gatherer->exchange->config->limits.embed_rows;
    struct json_value value, *elements;
    long count;

    if (!body_get(body, arena, name, &value)) {
        if (gatherer->exchange->route->handler == HANDLER_REPLACE)
            set_keys(gatherer, set, NULL, 0);
        return;
    }
    gatherer->is_any = true;
    count = body_array(body, arena, name, NULL, 0);
    if (count == -1) {
        refuse_array(gatherer, set, &value);
        return;
    }
    if (count > max) {
        refuse_count(gatherer, set, max);
        return;
    }
    elements = arena_alloc(arena, ((size_t)count + 1) * sizeof *elements);
    body_array(body, arena, name, elements, count);
    set_keys(gatherer, set, elements, count);
}

/* --- all of it ------------------------------------------------------- */

static int
gather_body(struct gatherer *gatherer, const struct body *body)
{
    const struct write *write = gatherer->write;
    struct problem *problem = gatherer->exchange->problem;
    bool is_update = gatherer->exchange->route->handler == HANDLER_UPDATE;

    set_fields(gatherer, &write->objects[0], body, is_update ? NULL : problem);
    for (size_t i = 1; i < write->object_count; i++)
        set_object(gatherer, &write->objects[i], body);
    for (size_t i = 0; i < write->set_count; i++)
        set_set(gatherer, &write->sets[i], body);
    set(gatherer, write->any, gatherer->is_any ? "t" : "f");
    if (problem_set_fields(problem, PROBLEM_VALIDATION, "field") == -1)
        return -1;
    return hash_passwords(gatherer);
}

int
gather(struct exchange *exchange, const struct write *write,
       const struct body *body, struct gathered *gathered)
{
    struct gatherer gatherer = {exchange, write, gathered, false};

    gathered->roles = NULL;
    problem_reset(&gathered->malformed, exchange->arena);
    problem_reset(&gathered->incomplete, exchange->arena);
    gathered->values = arena_alloc(
        exchange->arena,
        (write->parameter_count + CLAIM_PARAMETERS + 1) * sizeof(char *));
    for (size_t i = 0; i < write->path_count; i++)
        gathered->values[i] = exchange->values[i];
    if (write->viewer != WRITE_NO_PARAMETER)
        identity_bind(exchange, gathered->values + write->viewer);
    conditional_bind(exchange, write, gathered->values);
    set(&gatherer, write->strict,
        exchange->viewer.subject && !exchange->viewer.is_by_cookie ? "t"
                                                                   : "f");
    return body ? gather_body(&gatherer, body) : 0;
}
