/* Resources: from the texts of the INI to linked structs. */
#include <string.h>

#include "base/suggest.h"
#include "config/naming.h"
#include "config/parts.h"

struct list
config_list(const struct config *config, const struct ini_section *section,
            const char *key, const char *text, struct diagnostics *diagnostics)
{
    struct list list;
    const char *mistake = list_parse(config->arena, text, &list);

    if (mistake) {
        diagnostics_error(diagnostics, ini_place(section, key), "%s", mistake);
        return (struct list){0};
    }
    return list;
}

int
config_refuse_arguments(const struct list_item *item, struct place place,
                        struct diagnostics *diagnostics)
{
    if (!item->has_arguments)
        return 0;
    return diagnostics_error(diagnostics, place,
                             "nothing in parentheses can follow %s",
                             item->text);
}

/* `x` or `x as y`. */
static struct column
parse_column(struct config *config, const char *text)
{
    const char *as = strstr(text, " as ");
    const char *end = as ? as : text + strlen(text);
    const char *shown = as ? as + strlen(" as ") : NULL;
    struct column column;

    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    column.name = arena_strndup(config->arena, text, (size_t)(end - text));
    shown = shown ? shown + strspn(shown, " \t") : column.name;
    column.json_name = naming_json(config->arena, config->api.names, shown);
    column.is_private = false;
    return column;
}

static void
check_column(const struct resource *resource, const struct column *column,
             struct diagnostics *diagnostics)
{
    struct place place = ini_place(resource->section, "columns");

    if (column->name[strcspn(column->name, " \t")] != '\0' ||
        column->json_name[strcspn(column->json_name, " \t")] != '\0')
        diagnostics_error(diagnostics, place,
                          "\"%s\" is no column; write `x`, or `x as y`",
                          column->name);
    for (size_t i = 0; i < resource->column_count; i++) {
        const struct column *other = &resource->columns[i];

        if (strcmp(other->name, column->name) == 0)
            diagnostics_error(diagnostics, place, "%s is there twice",
                              column->name);
        else if (strcmp(other->json_name, column->json_name) == 0)
            diagnostics_error(diagnostics, place,
                              "%s and %s would both be shown as \"%s\"",
                              other->name, column->name, column->json_name);
    }
}

static void
link_columns(struct config *config, struct resource *resource,
             struct diagnostics *diagnostics)
{
    struct list list = config_list(config, resource->section, "columns",
                                   resource->columns_text, diagnostics);

    for (size_t i = 0; i < list.count; i++) {
        struct column column = parse_column(config, list.items[i].text);

        if (config_refuse_arguments(&list.items[i],
                                    ini_place(resource->section, "columns"),
                                    diagnostics) == -1)
            continue;
        check_column(resource, &column, diagnostics);
        resource->columns =
            arena_push(config->arena, resource->columns,
                       resource->column_count, sizeof *resource->columns);
        resource->columns[resource->column_count++] = column;
    }
}

/* Adds "films has no column "yaer" in `columns`; did you mean "year"?". */
static void
refuse_column(const struct resource *resource, const char *key,
              const char *name, struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(name);
    const char *shown_as = NULL;

    for (size_t i = 0; i < resource->column_count; i++) {
        suggest_offer(&suggestion, resource->columns[i].name);
        if (strcmp(resource->columns[i].json_name, name) == 0)
            shown_as = resource->columns[i].name;
    }
    if (shown_as)
        suggestion.best = shown_as;
    diagnostics_error(diagnostics, ini_place(resource->section, key),
                      "%s has no column \"%s\" in its columns%s",
                      resource->name, name,
                      suggest_clause(diagnostics->arena, &suggestion));
}

static void
link_private(struct config *config, struct resource *resource,
             struct diagnostics *diagnostics)
{
    struct list list = config_list(config, resource->section, "private",
                                   resource->private_text, diagnostics);

    for (size_t i = 0; i < list.count; i++) {
        size_t at = 0;

        while (at < resource->column_count &&
               strcmp(resource->columns[at].name, list.items[i].text) != 0)
            at++;
        if (at == resource->column_count)
            refuse_column(resource, "private", list.items[i].text,
                          diagnostics);
        else
            resource->columns[at].is_private = true;
    }
}

static void
link_key(struct config *config, struct resource *resource,
         struct diagnostics *diagnostics)
{
    struct list list = config_list(config, resource->section, "key",
                                   resource->key_text, diagnostics);

    resource->key =
        arena_alloc(config->arena, (list.count + 1) * sizeof(char *));
    for (size_t i = 0; i < list.count; i++) {
        const struct column *column =
            config_find_column(resource, list.items[i].text);

        config_refuse_arguments(
            &list.items[i], ini_place(resource->section, "key"), diagnostics);
        if (column && column->is_private)
            diagnostics_error(diagnostics, ini_place(resource->section, "key"),
                              "%s is private; a key cannot be", column->name);
        resource->key[i] = list.items[i].text;
    }
    resource->key_count = list.count;
}

/* `table` or `schema.table`; else the resource's own name. */
static void
link_table(struct config *config, struct resource *resource)
{
    const char *text = resource->table_text[0] != '\0' ? resource->table_text
                                                       : resource->name;
    const char *dot = strchr(text, '.');

    resource->schema =
        dot ? arena_strndup(config->arena, text, (size_t)(dot - text)) : NULL;
    resource->table = dot ? dot + 1 : text;
}

const struct resource *
config_need_resource(const struct config *config, struct place place,
                     const char *name, struct diagnostics *diagnostics)
{
    const struct resource *found = config_find_resource(config, name);
    struct suggestion suggestion = suggest_start(name);

    if (found)
        return found;
    for (size_t i = 0; i < config->resource_count; i++)
        suggest_offer(&suggestion, config->resources[i].name);
    diagnostics_error(diagnostics, place, "there is no resource \"%s\"%s",
                      name, suggest_clause(config->arena, &suggestion));
    return NULL;
}

void
config_link_resources(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->resource_count; i++) {
        link_columns(config, &config->resources[i], diagnostics);
        link_private(config, &config->resources[i], diagnostics);
        link_key(config, &config->resources[i], diagnostics);
        link_table(config, &config->resources[i]);
    }
}
