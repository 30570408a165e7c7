/* A value of a body against the column that it is for. */
#include "query/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "query/decimal.h"
#include "query/format.h"

/* What every check needs. */
struct check {
    struct arena *arena;
    const struct write_field *field;
    struct problem *problem;
};

static struct problem_field *
refuse(const struct check *check, const char *code, const char *message)
{
    return problem_add_field(check->problem, check->field->name, code, "%s",
                             message);
}

static int
refuse_type(const struct check *check)
{
    refuse(check, "type",
           arena_printf(check->arena, "%s is expected",
                        type_noun(check->field->type)));
    return -1;
}

/* --- numbers --------------------------------------------------------- */

/* Either limit may be NULL. */
static int
refuse_range(const struct check *check, const char *min, const char *max)
{
    struct problem_field *field;
    const char *message;

    if (min && max)
        message = arena_printf(check->arena, "between %s and %s", min, max);
    else if (min)
        message = arena_printf(check->arena, "at least %s", min);
    else
        message = arena_printf(check->arena, "at most %s", max);
    field = refuse(check, "range", message);
    field->min = min;
    field->max = max;
    return -1;
}

/* Beyond the type, or what the field says in place of it. */
static int
refuse_beyond(const struct check *check, int64_t min, int64_t max)
{
    const struct field *rules = check->field->rules;

    return refuse_range(check,
                        rules && rules->min[0] != '\0'
                            ? rules->min
                            : arena_printf(check->arena, "%" PRId64, min),
                        rules && rules->max[0] != '\0'
                            ? rules->max
                            : arena_printf(check->arena, "%" PRId64, max));
}

static int
check_integer(const struct check *check, const struct json_value *value)
{
    int64_t min, max, number = 0;

    if (value->kind != JSON_INTEGER && value->kind != JSON_STRING)
        return refuse_type(check);
    if (number_parse(value->text, &number) == NUMBER_MALFORMED)
        return refuse_type(check);
    type_integer_range(check->field->type, &min, &max);
    if (number_parse(value->text, &number) == NUMBER_OK && number >= min &&
        number <= max)
        return 0;
    return refuse_beyond(check, min, max);
}

static int
check_decimal(const struct check *check, const struct json_value *value)
{
    if ((value->kind != JSON_INTEGER && value->kind != JSON_NUMBER &&
         value->kind != JSON_STRING) ||
        !decimal_is_well_formed(value->text))
        return refuse_type(check);
    if (decimal_fits(check->field->type, check->field->type_modifier,
                     value->text))
        return 0;
    refuse(check, "range", "a number that cannot be stored");
    return -1;
}

/* What [field] min and max say. */
static int
check_limits(const struct check *check, const char *text)
{
    const struct field *rules = check->field->rules;
    const char *min = rules->min[0] != '\0' ? rules->min : NULL;
    const char *max = rules->max[0] != '\0' ? rules->max : NULL;
    long double number;

    if (!min && !max)
        return 0;
    number = strtold(text, NULL);
    if ((min && number < strtold(min, NULL)) ||
        (max && number > strtold(max, NULL)))
        return refuse_range(check, min, max);
    return 0;
}

/* --- text ------------------------------------------------------------ */

static int
refuse_length(const struct check *check, const char *code, const char *words,
              int64_t limit)
{
    const char *number = arena_printf(check->arena, "%" PRId64, limit);
    struct problem_field *field =
        refuse(check, code,
               arena_printf(check->arena, "%s %s character%s", words, number,
                            limit == 1 ? "" : "s"));

    if (strcmp(code, "max_length") == 0)
        field->max = number;
    else
        field->min = number;
    return -1;
}

/* The length that varchar(n) or char(n) allows, or else the rules; -1: any. */
static int64_t
max_length(const struct write_field *field)
{
    int64_t declared =
        field->type_modifier >= 4 && field->type.input == TYPE_INPUT_TEXT
            ? field->type_modifier - 4
            : -1;
    int64_t ruled = field->rules ? field->rules->max_length : -1;

    if (declared == -1 || (ruled != -1 && ruled < declared))
        return ruled;
    return declared;
}

static int
check_length(const struct check *check, const char *text)
{
    const struct field *rules = check->field->rules;
    int64_t max = max_length(check->field);
    int64_t length = (int64_t)format_count_characters(text);

    if (rules && length < rules->min_length)
        return refuse_length(check, "min_length", "at least",
                             rules->min_length);
    if (max >= 0 && length > max)
        return refuse_length(check, "max_length", "at most", max);
    return 0;
}

static int
check_format(const struct check *check, const char **text)
{
    const struct field *rules = check->field->rules;
    const char *phone;

    switch (rules->format) {
    case FIELD_FORMAT_NONE:
        break;
    case FIELD_FORMAT_EMAIL:
        if (format_is_email(*text))
            break;
        refuse(check, "format",
               "an e-mail address such as name@example.org is expected");
        return -1;
    case FIELD_FORMAT_PHONE:
        phone = format_phone(check->arena, *text);
        if (phone) {
            *text = phone;
            break;
        }
        refuse(check, "format",
               "a phone number such as +48 123 456 789 is expected");
        return -1;
    }
    if (!rules->expression ||
        regexec(rules->expression, *text, 0, NULL, 0) == 0)
        return 0;
    refuse(check, "pattern", "the text is not of the form that is expected");
    return -1;
}

/* --- choices --------------------------------------------------------- */

static int
refuse_choice(const struct check *check, struct buffer *all)
{
    refuse(check, "one_of",
           arena_printf(check->arena, "one of: %s", buffer_text(all)));
    buffer_free(all);
    return -1;
}

static int
check_one_of(const struct check *check, const char *text)
{
    const struct field *rules = check->field->rules;
    struct buffer all = {0};

    for (size_t i = 0; i < rules->one_of_count; i++)
        if (strcmp(rules->one_of[i], text) == 0)
            return 0;
    if (rules->one_of_count == 0)
        return 0;
    for (size_t i = 0; i < rules->one_of_count; i++)
        buffer_printf(&all, "%s%s", i > 0 ? ", " : "", rules->one_of[i]);
    return refuse_choice(check, &all);
}

/* The label at `*at`, which is moved behind it; -1 behind the last. */
static int
next_label(const char **at, const char **label)
{
    const char *end = strchr(*at, CATALOG_SEPARATOR);

    *label = *at;
    *at = end ? end + 1 : *at;
    return end ? (int)(end - *label) : -1;
}

static int
check_label(const struct check *check, const char *text)
{
    const char *at = check->field->labels, *label;
    struct buffer all = {0};
    int length;

    while ((length = next_label(&at, &label)) != -1)
        if (strlen(text) == (size_t)length &&
            memcmp(label, text, (size_t)length) == 0)
            return 0;
    at = check->field->labels;
    while ((length = next_label(&at, &label)) != -1)
        buffer_printf(&all, "%s%.*s", all.length > 0 ? ", " : "", length,
                      label);
    return refuse_choice(check, &all);
}

/* --- types ----------------------------------------------------------- */

static int
check_string(const struct check *check, const struct json_value *value)
{
    const char *text = value->text;

    if (value->kind != JSON_STRING)
        return refuse_type(check);
    switch (check->field->type.input) {
    case TYPE_INPUT_UUID:
        return type_match(check->field->type, text) == TYPE_MATCHES
                   ? 0
                   : refuse_type(check);
    case TYPE_INPUT_DATE:
        return format_is_date(text) ? 0 : refuse_type(check);
    case TYPE_INPUT_TIME:
        return format_is_time(text) ? 0 : refuse_type(check);
    case TYPE_INPUT_TIMESTAMP:
        return format_is_timestamp(text) ? 0 : refuse_type(check);
    case TYPE_INPUT_ENUM:
        return check_label(check, text);
    case TYPE_INPUT_TEXT:
    case TYPE_INPUT_INTEGER:
    case TYPE_INPUT_NUMBER:
    case TYPE_INPUT_BOOLEAN:
    case TYPE_INPUT_JSON:
    case TYPE_INPUT_FROM_JSON:
    case TYPE_INPUT_OTHER:
        break;
    }
    return 0;
}

/* Whether the rules are about text: then nothing else will do. */
static bool
wants_text(const struct write_field *field)
{
    const struct field *rules = field->rules;

    return rules &&
           (rules->format != FIELD_FORMAT_NONE || rules->expression ||
            rules->min_length >= 0 || rules->max_length >= 0 || rules->trim);
}

/* A string where a number is expected is one only if the API shows it so. */
static int
check_type(const struct check *check, const struct json_value *value)
{
    bool is_string = value->kind == JSON_STRING && !check->field->takes_string;

    switch (check->field->type.input) {
    case TYPE_INPUT_INTEGER:
        return is_string ? refuse_type(check) : check_integer(check, value);
    case TYPE_INPUT_NUMBER:
        return is_string ? refuse_type(check) : check_decimal(check, value);
    case TYPE_INPUT_BOOLEAN:
        return value->kind == JSON_BOOLEAN ? 0 : refuse_type(check);
    case TYPE_INPUT_OTHER:
        return value->kind == JSON_STRING || value->kind == JSON_INTEGER ||
                       value->kind == JSON_NUMBER
                   ? 0
                   : refuse_type(check);
    case TYPE_INPUT_JSON:
        return 0;
    case TYPE_INPUT_FROM_JSON:
        return value->kind != JSON_STRING && wants_text(check->field)
                   ? refuse_type(check)
                   : 0;
    case TYPE_INPUT_TEXT:
    case TYPE_INPUT_UUID:
    case TYPE_INPUT_DATE:
    case TYPE_INPUT_TIME:
    case TYPE_INPUT_TIMESTAMP:
    case TYPE_INPUT_ENUM:
        break;
    }
    return check_string(check, value);
}

/* A string that is kept as JSON is no text, whatever the rules say. */
static bool
is_text(const struct check *check, const struct json_value *value)
{
    return value->kind == JSON_STRING &&
           check->field->type.input != TYPE_INPUT_JSON;
}

/* Where PostgreSQL wants JSON a string has its quotes. */
static const char *
quote(const struct check *check, const struct json_value *value,
      const char *text)
{
    bool wants_json = check->field->type.input == TYPE_INPUT_JSON ||
                      check->field->type.input == TYPE_INPUT_FROM_JSON;

    return wants_json && value->kind == JSON_STRING
               ? format_json_string(check->arena, text, strlen(text))
               : text;
}

static int
check_rules(const struct check *check, const struct json_value *value,
            const char **text)
{
    if (is_text(check, value) && check_length(check, *text) == -1)
        return -1;
    if (!check->field->rules)
        return 0;
    if (is_text(check, value) && check_format(check, text) == -1)
        return -1;
    if (check_one_of(check, *text) == -1)
        return -1;
    return check_limits(check, *text);
}

/* Text with U+0000, also within JSON, where it stands as an escape. */
static bool
has_nul(const struct json_value *value)
{
    if (value->kind == JSON_STRING)
        return strlen(value->text) != value->length;
    for (const char *at = value->text; (at = strchr(at, '\\')); at += 2)
        if (strncmp(at, "\\u0000", 6) == 0)
            return true;
    return false;
}

bool
value_is_unknown(const struct write_field *field)
{
    return field->type.input == TYPE_INPUT_OTHER ||
           field->type.input == TYPE_INPUT_JSON ||
           field->type.input == TYPE_INPUT_FROM_JSON;
}

int
value_check(struct arena *arena, const struct write_field *field,
            const struct json_value *value, const char **text,
            struct problem *problem)
{
    const struct check check = {arena, field, problem};
    struct json_value trimmed = *value;

    *text = NULL;
    if (value->kind == JSON_NULL && !field->refuses_null)
        return 0;
    if (value->kind == JSON_NULL) {
        refuse(&check, "null", "null is not allowed");
        return -1;
    }
    if (has_nul(value)) {
        refuse(&check, "nul", "the character U+0000 cannot be stored");
        return -1;
    }
    if (field->rules && field->rules->trim && is_text(&check, value))
        trimmed.text = format_trim(arena, value->text);
    *text = trimmed.text;
    if (check_type(&check, &trimmed) == -1 ||
        check_rules(&check, value, text) == -1)
        return -1;
    *text = quote(&check, value, *text);
    return 0;
}
