/* Values of a statement's parameters that come as text. */
#include <string.h>

#include "base/json_scan.h"
#include "query/format.h"
#include "query/own.h"
#include "query/value.h"

/* Deeper JSON is nobody's parameter. */
#define JSON_DEPTH_MAX 32

/* As a body would have it. */
static struct json_value
value_of(struct arena *arena, const struct write_field *field,
         const char *text)
{
    struct json_value value = {
        .kind = JSON_STRING, .text = text, .length = strlen(text)};

    switch (field->type.input) {
    case TYPE_INPUT_BOOLEAN:
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            value.kind = JSON_BOOLEAN;
        break;
    case TYPE_INPUT_TIMESTAMP:
        value.text = format_mend_zone(arena, text);
        break;
    case TYPE_INPUT_JSON:
    case TYPE_INPUT_FROM_JSON:
        value.kind = JSON_OBJECT; /* or any other, but no string to quote */
        break;
    case TYPE_INPUT_TEXT:
    case TYPE_INPUT_INTEGER:
    case TYPE_INPUT_NUMBER:
    case TYPE_INPUT_UUID:
    case TYPE_INPUT_DATE:
    case TYPE_INPUT_TIME:
    case TYPE_INPUT_ENUM:
    case TYPE_INPUT_OTHER:
        break;
    }
    return value;
}

int
own_check_text(struct arena *arena, const struct own_parameter *parameter,
               const char *text, const char **bound, struct problem *problem)
{
    struct write_field field = parameter->field;
    const struct json_value value = value_of(arena, &field, text);

    field.takes_string = true;
    if (value.kind == JSON_OBJECT &&
        json_scan_text(text, strlen(text), JSON_DEPTH_MAX, NULL, NULL)
                .status != JSON_SCAN_OK) {
        problem_add_field(problem, field.name, "type", "%s is expected",
                          type_noun(field.type));
        return -1;
    }
    return value_check(arena, &field, &value, bound, problem);
}
