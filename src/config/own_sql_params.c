/*
 * The parameters of own SQL: name(type), name(type, default), and
 * name(type, default, least, greatest). A default that is `null` is NULL.
 */
#include <ctype.h>
#include <string.h>

#include "base/number.h"
#include "config/parts.h"

enum {
    ARGUMENT_TYPE,
    ARGUMENT_DEFAULT,
    ARGUMENT_MIN,
    ARGUMENT_MAX,
    ARGUMENTS,
};

struct linker {
    struct config *config;
    struct route *route;
    struct diagnostics *diagnostics;
};

static struct place
place_of(const struct linker *linker)
{
    return ini_place(linker->route->section, "params");
}

const struct sql_parameter *
config_find_sql_parameter(const struct own_sql *own, const char *name,
                          size_t length)
{
    for (size_t i = 0; i < own->parameter_count; i++)
        if (strlen(own->parameters[i].name) == length &&
            memcmp(own->parameters[i].name, name, length) == 0)
            return &own->parameters[i];
    return NULL;
}

/* What the statement can have as :name. */
static bool
is_name(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

/* Words, a schema in front, brackets of an array behind. */
static bool
is_type_name(const char *text)
{
    const char *brackets = strchr(text, '[');
    size_t length = brackets ? (size_t)(brackets - text) : strlen(text);
    bool is_start = true;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool is_separator = byte == ' ' || byte == '.';

        if (is_start ? !isalpha(byte) && byte != '_'
                     : !isalnum(byte) && byte != '_' && !is_separator)
            return false;
        is_start = is_separator;
    }
    for (; brackets && *brackets; brackets += 2)
        if (strncmp(brackets, "[]", 2) != 0)
            return false;
    return !is_start;
}

/* varchar(20), numeric(6, 2); NULL: none. */
static const char *
read_type(const struct linker *linker, const struct list_item *item)
{
    const char *type = item->text;

    if (!is_type_name(type) ||
        (item->has_arguments && item->argument_count > 2))
        return NULL;
    for (size_t i = 0; i < item->argument_count; i++) {
        const char *text = item->arguments[i].text;

        if (text[strspn(text, "0123456789")] != '\0' ||
            item->arguments[i].has_arguments)
            return NULL;
        type = arena_printf(linker->config->arena, "%s%s%s", type,
                            i == 0 ? "(" : ", ", text);
    }
    return item->has_arguments
               ? arena_printf(linker->config->arena, "%s)", type)
               : type;
}

/* The names of types whose values can be told without a database. */
static const char *const integer_types[] = {
    "int", "integer", "int2", "int4", "int8", "smallint", "bigint", NULL,
};
static const char *const boolean_types[] = {"bool", "boolean", NULL};

static bool
is_among(const char *text, const char *const *names)
{
    while (*names && strcmp(*names, text) != 0)
        names++;
    return *names != NULL;
}

static int
check_default(const struct linker *linker,
              const struct sql_parameter *parameter)
{
    const char *text = parameter->fallback;
    bool is_boolean = is_among(parameter->type, boolean_types);
    int64_t number;

    if (!text)
        return 0;
    if (is_among(parameter->type, integer_types) &&
        number_parse(text, &number) != NUMBER_OK)
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "the default of %s, \"%s\", is no whole "
                                 "number",
                                 parameter->name, text);
    if (is_boolean && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "the default of %s, \"%s\", is neither true "
                                 "nor false",
                                 parameter->name, text);
    return 0;
}

/* Least and greatest: they are for numbers that are written as such. */
static int
check_limits(const struct linker *linker,
             const struct sql_parameter *parameter)
{
    int64_t min = INT64_MIN, max = INT64_MAX, number = 0;

    if (parameter->min[0] == '\0')
        return 0;
    if (!is_among(parameter->type, integer_types))
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "%s is no whole number, and has no least "
                                 "and greatest",
                                 parameter->name);
    if (number_parse(parameter->min, &min) != NUMBER_OK ||
        (parameter->max[0] != '\0' &&
         number_parse(parameter->max, &max) != NUMBER_OK) ||
        min > max)
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "what %s may be is no range",
                                 parameter->name);
    if (parameter->fallback &&
        number_parse(parameter->fallback, &number) == NUMBER_OK &&
        (number < min || number > max))
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "the default of %s is out of its range",
                                 parameter->name);
    return 0;
}

static int
refuse_item(const struct linker *linker, const struct list_item *item)
{
    return diagnostics_error(linker->diagnostics, place_of(linker),
                             "\"%s\" is no parameter; write name(type), "
                             "name(type, default), or name(type, default, "
                             "least, greatest)",
                             item->text);
}

static int
check_name(const struct linker *linker, const char *name)
{
    const struct own_sql *own = &linker->route->own;

    if (!is_name(name))
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "\"%s\" is no name of a parameter: letters, "
                                 "digits and _",
                                 name);
    if (strcmp(name, "viewer") == 0 || strcmp(name, "role") == 0)
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 ":%s is about who asks, and no parameter",
                                 name);
    if (config_find_sql_parameter(own, name, strlen(name)))
        return diagnostics_error(linker->diagnostics, place_of(linker),
                                 "%s is there twice", name);
    return 0;
}

static const char *
argument(const struct list_item *item, size_t index)
{
    return index < item->argument_count ? item->arguments[index].text : "";
}

static void
add_parameter(const struct linker *linker, const struct list_item *item)
{
    struct own_sql *own = &linker->route->own;
    struct sql_parameter *added = &own->parameters[own->parameter_count];
    const char *fallback = argument(item, ARGUMENT_DEFAULT);

    for (size_t i = ARGUMENT_DEFAULT; i < item->argument_count; i++)
        if (item->arguments[i].has_arguments) {
            refuse_item(linker, item);
            return;
        }
    if (item->argument_count == 0 || item->argument_count > ARGUMENTS) {
        refuse_item(linker, item);
        return;
    }
    if (check_name(linker, item->text) == -1)
        return;
    *added = (struct sql_parameter){
        .name = item->text,
        .type = read_type(linker, &item->arguments[ARGUMENT_TYPE]),
        .is_optional = item->argument_count > ARGUMENT_DEFAULT,
        .fallback = strcmp(fallback, "null") != 0 && fallback[0] != '\0'
                        ? fallback
                        : NULL,
        .min = argument(item, ARGUMENT_MIN),
        .max = argument(item, ARGUMENT_MAX),
    };
    own->parameter_count++;
    if (!added->type) {
        added->type = "text";
        diagnostics_error(linker->diagnostics, place_of(linker),
                          "\"%s\" is no name of a type",
                          item->arguments[ARGUMENT_TYPE].text);
    }
    check_default(linker, added);
    check_limits(linker, added);
}

/* What stands in the path is a parameter, and always there. */
static void
link_segments(const struct linker *linker)
{
    const struct route *route = linker->route;

    for (size_t i = 0; i < route->segment_count; i++) {
        const struct segment *segment = &route->segments[i];
        struct sql_parameter *found = NULL;

        if (!segment->is_parameter)
            continue;
        for (size_t k = 0; k < route->own.parameter_count; k++)
            if (strcmp(route->own.parameters[k].name, segment->text) == 0)
                found = &route->own.parameters[k];
        if (!found) {
            diagnostics_error(linker->diagnostics,
                              ini_place(route->section, "match"),
                              ":%s is not among the params, where its type "
                              "stands: %s(bigint)",
                              segment->text, segment->text);
            continue;
        }
        found->is_in_path = true;
        if (found->is_optional)
            diagnostics_error(linker->diagnostics, place_of(linker),
                              "%s stands in the path, and so needs no default",
                              found->name);
    }
}

void
config_link_sql_parameters(struct config *config, struct route *route,
                           struct diagnostics *diagnostics)
{
    const struct linker linker = {config, route, diagnostics};
    struct list list = config_list(config, route->section, "params",
                                   route->params_text, diagnostics);

    route->own.parameters = arena_alloc(
        config->arena, (list.count + 1) * sizeof *route->own.parameters);
    for (size_t i = 0; i < list.count; i++)
        add_parameter(&linker, &list.items[i]);
    link_segments(&linker);
}
