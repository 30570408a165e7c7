/* Field rules: what a value of a body must be, beyond what the database
 * asks. */
#include <stdlib.h>
#include <string.h>

#include "config/parts.h"

static struct place
place_of(const struct field *field, const char *key)
{
    return ini_place(field->section, key);
}

/* `RESOURCE.COLUMN` to both. */
static void
link_name(const struct config *config, struct field *field,
          struct diagnostics *diagnostics)
{
    const char *dot = strchr(field->name, '.');

    if (!dot || dot == field->name || dot[1] == '\0') {
        diagnostics_error(diagnostics, place_of(field, NULL),
                          "is named [field RESOURCE.COLUMN]");
        return;
    }
    field->resource = config_need_resource(
        config, place_of(field, NULL),
        arena_strndup(config->arena, field->name, (size_t)(dot - field->name)),
        diagnostics);
    field->name = dot + 1;
}

static void
check_number(const struct field *field, const char *key, const char *text,
             struct diagnostics *diagnostics)
{
    char *end;

    if (text[0] == '\0')
        return;
    strtold(text, &end);
    if (*end != '\0' || text[strspn(text, "-+.0123456789eE")] != '\0')
        diagnostics_error(diagnostics, place_of(field, key),
                          "\"%s\" is no number", text);
}

static void
free_expression(void *expression)
{
    regfree(expression);
}

static void
link_pattern(const struct config *config, struct field *field,
             struct diagnostics *diagnostics)
{
    regex_t *expression = arena_alloc(config->arena, sizeof *expression);
    char reason[128];
    int status;

    if (field->pattern[0] == '\0')
        return;
    status = regcomp(expression, field->pattern, REG_EXTENDED | REG_NOSUB);
    if (status == 0) {
        arena_on_reset(config->arena, free_expression, expression);
        field->expression = expression;
        return;
    }
    regerror(status, expression, reason, sizeof reason);
    diagnostics_error(diagnostics, place_of(field, "pattern"),
                      "\"%s\" is no regular expression: %s", field->pattern,
                      reason);
}

static void
check_lengths(const struct field *field, struct diagnostics *diagnostics)
{
    if (field->max_length >= 0 && field->min_length > field->max_length)
        diagnostics_error(diagnostics, place_of(field, "max_length"),
                          "max_length (%lld) is below min_length (%lld)",
                          (long long)field->max_length,
                          (long long)field->min_length);
    if (field->min[0] != '\0' && field->max[0] != '\0' &&
        strtold(field->min, NULL) > strtold(field->max, NULL))
        diagnostics_error(diagnostics, place_of(field, "max"),
                          "max (%s) is below min (%s)", field->max,
                          field->min);
}

static void
link_one_of(const struct config *config, struct field *field,
            struct diagnostics *diagnostics)
{
    struct list list = config_list(config, field->section, "one_of",
                                   field->one_of_text, diagnostics);

    field->one_of =
        arena_alloc(config->arena, (list.count + 1) * sizeof(char *));
    for (size_t i = 0; i < list.count; i++) {
        config_refuse_arguments(&list.items[i], place_of(field, "one_of"),
                                diagnostics);
        field->one_of[i] = list.items[i].text;
    }
    field->one_of_count = list.count;
}

/* A hash is shown to nobody, and so must not be among what is shown. */
static void
check_hash(const struct field *field, struct diagnostics *diagnostics)
{
    const struct column *column;

    if (field->hash == FIELD_HASH_NONE || !field->resource)
        return;
    if (field->trim)
        diagnostics_error(diagnostics, place_of(field, "trim"),
                          "a password that is tried is not trimmed");
    column = config_find_column(field->resource, field->name);
    if (column)
        diagnostics_error(
            diagnostics, ini_place(field->resource->section, "columns"),
            "%s is stored as a hash, which must never be shown", column->name);
}

void
config_link_fields(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->field_count; i++) {
        struct field *field = &config->fields[i];

        link_name(config, field, diagnostics);
        link_one_of(config, field, diagnostics);
        check_number(field, "min", field->min, diagnostics);
        check_number(field, "max", field->max, diagnostics);
        check_lengths(field, diagnostics);
        link_pattern(config, field, diagnostics);
        check_hash(field, diagnostics);
    }
}
