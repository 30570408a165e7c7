/* Finding what is declared by its name. */
#include <string.h>

#include "base/suggest.h"
#include "config/parts.h"

#define DEFINE_FIND(type, array, array_count)                          \
    const struct type *config_find_##type(const struct config *config, \
                                          const char *name)            \
    {                                                                  \
        for (size_t i = 0; i < config->array_count; i++)               \
            if (strcmp(config->array[i].name, name) == 0)              \
                return &config->array[i];                              \
        return NULL;                                                   \
    }

DEFINE_FIND(resource, resources, resource_count)
DEFINE_FIND(route, routes, route_count)
DEFINE_FIND(pool, pools, pool_count)
DEFINE_FIND(database, databases, database_count)

const struct relation *
config_find_relation(const struct config *config, const struct resource *from,
                     const char *name)
{
    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].from == from &&
            strcmp(config->relations[i].name, name) == 0)
            return &config->relations[i];
    return NULL;
}

const struct relation *
config_find_via(const struct config *config, const struct resource *from,
                const char *via)
{
    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].from == from &&
            config->relations[i].kind == RELATION_TO_ONE &&
            config->relations[i].via.count == 1 &&
            strcmp(config->relations[i].via.items[0], via) == 0)
            return &config->relations[i];
    return NULL;
}

const struct column *
config_find_column(const struct resource *resource, const char *name)
{
    for (size_t i = 0; i < resource->column_count; i++)
        if (strcmp(resource->columns[i].name, name) == 0)
            return &resource->columns[i];
    return NULL;
}

const struct field *
config_find_field(const struct config *config, const struct resource *resource,
                  const char *column)
{
    for (size_t i = 0; i < config->field_count; i++)
        if (config->fields[i].resource == resource &&
            strcmp(config->fields[i].name, column) == 0)
            return &config->fields[i];
    return NULL;
}

int
config_refuse_relation(const struct config *config, struct place place,
                       const struct resource *resource, const char *name,
                       struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(name);

    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].from == resource)
            suggest_offer(&suggestion, config->relations[i].name);
    return diagnostics_error(diagnostics, place, "%s has no relation \"%s\"%s",
                             resource->name, name,
                             suggest_clause(config->arena, &suggestion));
}

int
config_refuse_column(const struct config *config, struct place place,
                     const struct resource *resource, const char *name,
                     struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(name);

    for (size_t i = 0; i < resource->column_count; i++)
        suggest_offer(&suggestion, resource->columns[i].name);
    return diagnostics_error(
        diagnostics, place, "%s has no column \"%s\" in its columns%s",
        resource->name, name, suggest_clause(config->arena, &suggestion));
}
