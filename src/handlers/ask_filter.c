/* Filters: `?x=1`, `?x[gte]=1`, `?a.b[in]=1,2`. */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "db/catalog.h"
#include "handlers/ask.h"
#include "query/decimal.h"
#include "query/format.h"

/* So many values are the most of `in` and `nin`. */
#define VALUES_MAX 100

/* --- names ----------------------------------------------------------- */

const char *
ask_filter_name(struct arena *arena, const struct filterable *filterable,
                enum filter_operator operation)
{
    if (operation == OPERATOR_EQ)
        return filterable->path.json_name;
    return arena_printf(arena, "%s[%s]", filterable->path.json_name,
                        operator_name(operation));
}

/* The filterable whose name the parameter begins with, and what stands in
 * brackets behind it; NULL if there is none. */
static const struct filterable *
find(const struct route *route, struct arena *arena, const char *name,
     const char **operation)
{
    for (size_t i = 0; i < route->filterable_count; i++) {
        const char *column = route->filterable[i].path.json_name;
        size_t length = strlen(column);
        size_t rest = strlen(name);

        if (strncmp(name, column, length) != 0)
            continue;
        *operation = "eq";
        if (name[length] == '\0')
            return &route->filterable[i];
        if (name[length] != '[' || name[rest - 1] != ']')
            continue;
        *operation =
            arena_strndup(arena, name + length + 1, rest - length - 2);
        return &route->filterable[i];
    }
    return NULL;
}

static void
refuse_operator(struct problem *problem, const char *name,
                const struct filterable *filterable, const char *operation)
{
    problem_add_field(problem, name, "unknown_operator",
                      "%s has no operator \"%s\"; allowed: %s",
                      filterable->path.json_name, operation,
                      operator_list(problem->arena, filterable->operators));
}

/* --- values ---------------------------------------------------------- */

/* The length of what stands in quotes, both included; 0 if they do not close
 * before a comma or the end. Quotes inside are doubled. */
static size_t
quoted_length(const char *text)
{
    size_t length = 1;

    for (; text[length]; length++) {
        if (text[length] != '"')
            continue;
        if (text[length + 1] != '"')
            return strchr(",", text[length + 1]) ? length + 1 : 0;
        length++;
    }
    return 0;
}

static const char *
unquote(struct arena *arena, const char *text, size_t length)
{
    char *value = arena_alloc(arena, length);
    size_t count = 0;

    for (size_t i = 1; i + 1 < length; i++) {
        value[count++] = text[i];
        if (text[i] == '"')
            i++;
    }
    return value;
}

/* Cuts a list at its commas; a value with commas stands in double quotes,
 * and those inside it are doubled. NULL if a quote is not closed, or only in
 * the middle of a value. */
static const char **
split_values(struct arena *arena, const char *text, size_t *count)
{
    const char **values = NULL;

    *count = 0;
    for (;; text++) {
        bool is_quoted = *text == '"';
        size_t length = is_quoted ? quoted_length(text) : strcspn(text, ",");

        if (is_quoted && length == 0)
            return NULL;
        values = arena_push(arena, values, *count, sizeof *values);
        values[(*count)++] = is_quoted ? unquote(arena, text, length)
                                       : arena_strndup(arena, text, length);
        text += length;
        if (*text == '\0')
            return values;
    }
}

/* A literal of an array (PostgreSQL, section 8.15.2). */
static const char *
array_of(struct arena *arena, const char **values, size_t count)
{
    struct buffer literal = {0};
    const char *text;

    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&literal, i > 0 ? ",\"" : "{\"");
        for (const char *at = values[i]; *at; at++) {
            if (*at == '"' || *at == '\\')
                buffer_append_char(&literal, '\\');
            buffer_append_char(&literal, *at);
        }
        buffer_append_char(&literal, '"');
    }
    buffer_append_char(&literal, '}');
    text = arena_strdup(arena, buffer_text(&literal));
    buffer_free(&literal);
    return text;
}

/* A pattern of LIKE in which the text stands for itself. */
static const char *
pattern_of(struct arena *arena, const char *text, bool is_anywhere)
{
    struct buffer pattern = {0};
    const char *copy;

    buffer_append_text(&pattern, is_anywhere ? "%" : "");
    for (; *text; text++) {
        if (strchr("%_\\", *text))
            buffer_append_char(&pattern, '\\');
        buffer_append_char(&pattern, *text);
    }
    buffer_append_char(&pattern, '%');
    copy = arena_strdup(arena, buffer_text(&pattern));
    buffer_free(&pattern);
    return copy;
}

/* --- types ----------------------------------------------------------- */

/* What holds a value against its column. */
struct typed {
    struct problem *problem;
    const char *name; /* of the parameter */
    const struct catalog_column *column;
};

static bool
is_label(const struct catalog_column *column, const char *text)
{
    const char *label = column->labels;
    size_t length = strlen(text);

    for (; *label; label = strchr(label, CATALOG_SEPARATOR) + 1)
        if (strncmp(label, text, length) == 0 &&
            label[length] == CATALOG_SEPARATOR)
            return true;
    return false;
}

/* Whether a number is one of PostgreSQL's, which has its limits. */
static enum type_match
match_number(struct type type, const char *text)
{
    if (!decimal_is_well_formed(text))
        return TYPE_MALFORMED;
    return decimal_fits(type, -1, text) ? TYPE_MATCHES : TYPE_BEYOND;
}

/* As type_match, and what is known here of types besides: a bad request is
 * not for the database to refuse. */
static enum type_match
match(const struct catalog_column *column, const char *text)
{
    bool is_fine = true;

    switch (column->type.input) {
    case TYPE_INPUT_NUMBER:
        return match_number(column->type, text);
    case TYPE_INPUT_BOOLEAN:
        is_fine = strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
        break;
    case TYPE_INPUT_DATE:
        is_fine = format_is_date(text);
        break;
    case TYPE_INPUT_TIME:
        is_fine = format_is_time(text);
        break;
    case TYPE_INPUT_TIMESTAMP:
        is_fine = format_is_timestamp(text);
        break;
    case TYPE_INPUT_TEXT:
    case TYPE_INPUT_INTEGER:
    case TYPE_INPUT_UUID:
    case TYPE_INPUT_ENUM:
    case TYPE_INPUT_JSON:
    case TYPE_INPUT_FROM_JSON:
    case TYPE_INPUT_OTHER:
        break;
    }
    return is_fine ? type_match(column->type, text) : TYPE_MALFORMED;
}

static void
refuse_range(const struct typed *typed)
{
    struct arena *arena = typed->problem->arena;
    struct problem_field *field;
    int64_t min, max;

    if (typed->column->type.input != TYPE_INPUT_INTEGER) {
        problem_add_field(typed->problem, typed->name, "range",
                          "a number that no row can have");
        return;
    }
    type_integer_range(typed->column->type, &min, &max);
    field = problem_add_field(typed->problem, typed->name, "range",
                              "between %" PRId64 " and %" PRId64, min, max);
    field->min = arena_printf(arena, "%" PRId64, min);
    field->max = arena_printf(arena, "%" PRId64, max);
}

static const char *
check_value(const struct typed *typed, const char *text)
{
    const struct type type = typed->column->type;

    if (type.input == TYPE_INPUT_TIMESTAMP || type.input == TYPE_INPUT_TIME)
        text = format_mend_zone(typed->problem->arena, text);
    if (type.input == TYPE_INPUT_ENUM && !is_label(typed->column, text))
        problem_add_field(typed->problem, typed->name, "one_of",
                          "there is no such value");
    switch (match(typed->column, text)) {
    case TYPE_MATCHES:
        break;
    case TYPE_MALFORMED:
        problem_add_field(typed->problem, typed->name, "type",
                          "%s is expected", type_noun(type));
        break;
    case TYPE_BEYOND:
        refuse_range(typed);
        break;
    }
    return text;
}

static const char *
check_list(const struct typed *typed, const char *text)
{
    struct arena *arena = typed->problem->arena;
    size_t count;
    const char **values = split_values(arena, text, &count);

    if (!values) {
        problem_add_field(typed->problem, typed->name, "type",
                          "a \" is not closed, or not at the end");
        return NULL;
    }
    if (count > VALUES_MAX) {
        problem_add_field(typed->problem, typed->name, "max_length",
                          "at most %d values", VALUES_MAX);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = check_value(typed, values[i]);
    return array_of(arena, values, count);
}

static const char *
check(const struct typed *typed, enum filter_operator operation,
      const char *text)
{
    struct arena *arena = typed->problem->arena;

    if (operation == OPERATOR_NULL)
        return NULL;
    if (operation == OPERATOR_IN || operation == OPERATOR_NIN)
        return check_list(typed, text);
    if (operation == OPERATOR_CONTAINS || operation == OPERATOR_STARTS)
        return pattern_of(arena, text, operation == OPERATOR_CONTAINS);
    return check_value(typed, text);
}

int
ask_check_types(struct exchange *exchange, const struct catalog *catalog,
                const struct ask *ask)
{
    for (size_t i = 0; i < ask->filter_count; i++) {
        struct ask_filter *filter = &ask->filters[i];
        const struct column_path *path = &filter->filterable->path;
        const struct typed typed = {
            .problem = exchange->problem,
            .name = ask_filter_name(exchange->arena, filter->filterable,
                                    filter->operation),
            .column = catalog_column(catalog_table(catalog, path->resource),
                                     path->column->name),
        };

        filter->value = check(&typed, filter->operation, filter->text);
    }
    return problem_set_fields(exchange->problem, PROBLEM_BAD_REQUEST,
                              "parameter");
}

/* --- reading --------------------------------------------------------- */

static bool
is_there(const struct ask *ask, const struct ask_filter *filter)
{
    for (size_t i = 0; i < ask->filter_count; i++)
        if (ask->filters[i].filterable == filter->filterable &&
            ask->filters[i].operation == filter->operation)
            return true;
    return false;
}

static void
read_null(struct ask_filter *filter, const struct parameter *parameter,
          struct problem *problem)
{
    filter->is_null = strcmp(parameter->value, "true") == 0;
    if (!filter->is_null && strcmp(parameter->value, "false") != 0)
        problem_add_field(problem, parameter->name, "one_of",
                          "true or false is expected");
}

static void
add(struct asking *asking, const struct ask_filter *filter,
    const struct parameter *parameter)
{
    struct ask *ask = &asking->ask;

    if (is_there(ask, filter)) {
        problem_add_field(asking->exchange->problem, parameter->name,
                          "repeated_parameter", "can be given only once");
        return;
    }
    ask->filters = arena_push(asking->exchange->arena, ask->filters,
                              ask->filter_count, sizeof *ask->filters);
    ask->filters[ask->filter_count++] = *filter;
    asking->is_default = false;
}

bool
ask_is_filter(const struct exchange *exchange, const char *name)
{
    const char *operation;

    return find(exchange->route, exchange->arena, name, &operation);
}

bool
ask_read_filter(struct asking *asking, const struct parameter *parameter)
{
    struct exchange *exchange = asking->exchange;
    const char *operation;
    const struct filterable *filterable =
        find(exchange->route, exchange->arena, parameter->name, &operation);
    struct ask_filter filter = {.filterable = filterable,
                                .text = parameter->value};

    if (!filterable)
        return false;
    filter.operation = operator_parse(operation);
    if (filter.operation == OPERATORS ||
        !(filterable->operators & (1U << filter.operation))) {
        refuse_operator(exchange->problem, parameter->name, filterable,
                        operation);
        return true;
    }
    if (filter.operation == OPERATOR_NULL)
        read_null(&filter, parameter, exchange->problem);
    add(asking, &filter, parameter);
    return true;
}
