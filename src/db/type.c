/* Types of PostgreSQL: how they are shown, and what they take. */
#include "db/type.h"

#include <ctype.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

static const struct {
    uint32_t oid;
    enum type_form form;
} forms[] = {
    {OID_BOOL, TYPE_BOOLEAN},        {OID_CHAR, TYPE_STRING},
    {OID_INT8, TYPE_BIGINT},         {OID_INT2, TYPE_NUMBER},
    {OID_INT4, TYPE_NUMBER},         {OID_JSON, TYPE_JSON},
    {OID_FLOAT4, TYPE_NUMBER},       {OID_FLOAT8, TYPE_NUMBER},
    {OID_TIMESTAMP, TYPE_TIMESTAMP}, {OID_TIMESTAMPTZ, TYPE_TIMESTAMPTZ},
    {OID_NUMERIC, TYPE_NUMERIC},     {OID_JSONB, TYPE_JSON},
};

static enum type_form
find_form(uint32_t base_oid, char kind, char category, bool is_built_in)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].oid == base_oid)
            return forms[i].form;
    switch (kind) {
    case 'p': /* pseudo-type */
        return TYPE_HIDDEN;
    case 'e': /* enum */
    case 'r': /* range */
    case 'm': /* multirange */
        return TYPE_STRING;
    case 'c': /* composite */
        return TYPE_TO_JSON;
    default:
        break;
    }
    if (category == 'Z') /* internal to PostgreSQL */
        return TYPE_HIDDEN;
    /* Arrays are JSON arrays; an extension's type may have a cast to JSON,
     * which to_json follows. */
    return category == 'A' || !is_built_in ? TYPE_TO_JSON : TYPE_STRING;
}

static const struct {
    uint32_t oid;
    enum type_input input;
} inputs[] = {
    {OID_BOOL, TYPE_INPUT_BOOLEAN},
    {OID_INT8, TYPE_INPUT_INTEGER},
    {OID_INT2, TYPE_INPUT_INTEGER},
    {OID_INT4, TYPE_INPUT_INTEGER},
    {OID_TEXT, TYPE_INPUT_TEXT},
    {OID_JSON, TYPE_INPUT_JSON},
    {OID_FLOAT4, TYPE_INPUT_NUMBER},
    {OID_FLOAT8, TYPE_INPUT_NUMBER},
    {OID_BPCHAR, TYPE_INPUT_TEXT},
    {OID_VARCHAR, TYPE_INPUT_TEXT},
    {OID_DATE, TYPE_INPUT_DATE},
    {OID_TIME, TYPE_INPUT_TIME},
    {OID_TIMESTAMP, TYPE_INPUT_TIMESTAMP},
    {OID_TIMESTAMPTZ, TYPE_INPUT_TIMESTAMP},
    {OID_TIMETZ, TYPE_INPUT_TIME},
    {OID_NUMERIC, TYPE_INPUT_NUMBER},
    {OID_UUID, TYPE_INPUT_UUID},
    {OID_JSONB, TYPE_INPUT_JSON},
};

static enum type_input
find_input(uint32_t base_oid, char kind, enum type_form form)
{
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        if (inputs[i].oid == base_oid)
            return inputs[i].input;
    if (kind == 'e')
        return TYPE_INPUT_ENUM;
    return form == TYPE_TO_JSON ? TYPE_INPUT_FROM_JSON : TYPE_INPUT_OTHER;
}

struct type
type_classify(uint32_t oid, uint32_t base_oid, char kind, char category,
              bool is_built_in)
{
    enum type_form form = find_form(base_oid, kind, category, is_built_in);

    return (struct type){
        .oid = oid,
        .base_oid = base_oid,
        .form = form,
        .input = find_input(base_oid, kind, form),
    };
}

static enum type_match
match_integer(const char *text, int64_t min, int64_t max)
{
    int64_t number = 0;

    switch (number_parse(text, &number)) {
    case NUMBER_MALFORMED:
        return TYPE_MALFORMED;
    case NUMBER_BEYOND:
        return TYPE_BEYOND;
    case NUMBER_OK:
        break;
    }
    return number < min || number > max ? TYPE_BEYOND : TYPE_MATCHES;
}

/* The form of RFC 9562, section 4, which is what PostgreSQL prints. */
static enum type_match
match_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (strlen(text) != sizeof shape - 1)
        return TYPE_MALFORMED;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'x' ? !isxdigit((unsigned char)text[i])
                            : text[i] != '-')
            return TYPE_MALFORMED;
    return TYPE_MATCHES;
}

void
type_integer_range(struct type type, int64_t *min, int64_t *max)
{
    *min = INT64_MIN;
    *max = INT64_MAX;
    if (type.base_oid == OID_INT4) {
        *min = INT32_MIN;
        *max = INT32_MAX;
    } else if (type.base_oid == OID_INT2) {
        *min = INT16_MIN;
        *max = INT16_MAX;
    }
}

enum type_match
type_match(struct type type, const char *text)
{
    int64_t min, max;

    if (type.input == TYPE_INPUT_UUID)
        return match_uuid(text);
    if (type.input == TYPE_INPUT_INTEGER) {
        type_integer_range(type, &min, &max);
        return match_integer(text, min, max);
    }
    return utf8_is_valid(text, strlen(text)) ? TYPE_MATCHES : TYPE_MALFORMED;
}

const char *
type_noun(struct type type)
{
    static const char *const nouns[] = {
        [TYPE_INPUT_TEXT] = "text",
        [TYPE_INPUT_INTEGER] = "a whole number",
        [TYPE_INPUT_NUMBER] = "a number",
        [TYPE_INPUT_BOOLEAN] = "true or false",
        [TYPE_INPUT_UUID] = "a UUID",
        [TYPE_INPUT_DATE] = "a date such as 2026-01-31",
        [TYPE_INPUT_TIME] = "a time such as 12:30:00",
        [TYPE_INPUT_TIMESTAMP] = "a time such as 2026-01-31T12:30:00Z",
        [TYPE_INPUT_ENUM] = "text",
        [TYPE_INPUT_JSON] = "JSON",
        [TYPE_INPUT_FROM_JSON] = "JSON",
        [TYPE_INPUT_OTHER] = "text or a number",
    };

    return nouns[type.input];
}

bool
type_has_filters(struct type type)
{
    /* The reg* types, tsvector, tsquery, jsonpath, xml. */
    static const uint32_t others[] = {24,   2202,         2203, 2204, 2205,
                                      2206, 3734,         3769, 4089, 4096,
                                      4191, OID_TSVECTOR, 3615, 4072, 142};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i] == type.base_oid)
            return false;
    return type.form != TYPE_TO_JSON && type.form != TYPE_JSON;
}
