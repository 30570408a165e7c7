/* What a body can set: columns, and the rows that a row owns. */
#include <string.h>

#include "base/suggest.h"
#include "config/naming.h"
#include "config/parts.h"

/* Where a list of them stands, and what it is for. */
struct listing {
    const struct config *config;
    const struct resource *resource;
    struct place place;
    struct diagnostics *diagnostics;
};

/* An owner is who asks, unless an admin says another. */
static const char *
role_of(const struct resource *resource, const char *column,
        const struct field *field)
{
    if (field && field->role[0] != '\0')
        return field->role;
    return strcmp(resource->owner, column) == 0 ? ROLE_ADMIN : "";
}

static struct writable
column_writable(const struct listing *listing, const char *name)
{
    const struct config *config = listing->config;
    const struct column *column = config_find_column(listing->resource, name);

    const struct field *field =
        config_find_field(config, listing->resource, name);

    return (struct writable){
        .column = name,
        .field = field,
        .role = role_of(listing->resource, name, field),
        .json_name = column
                         ? column->json_name
                         : naming_json(config->arena, config->api.names, name),
    };
}

static void
refuse_relation(const struct listing *listing, const struct relation *relation)
{
    diagnostics_error(listing->diagnostics, listing->place,
                      "a body cannot set %s: [relation %s.%s] does not say "
                      "owned = on",
                      relation->name, listing->resource->name, relation->name);
}

static void
check_name(const struct listing *listing, const struct writables *writables,
           const struct writable *added)
{
    for (size_t i = 0; i < writables->count; i++)
        if (strcmp(writables->items[i].json_name, added->json_name) == 0)
            diagnostics_error(listing->diagnostics, listing->place,
                              "\"%s\" is there twice", added->json_name);
}

static void
add(const struct listing *listing, struct writables *writables,
    const struct list_item *item)
{
    const struct config *config = listing->config;
    const struct relation *relation =
        config_find_relation(config, listing->resource, item->text);
    bool is_column = config_find_column(listing->resource, item->text);
    struct writable added;

    config_refuse_arguments(item, listing->place, listing->diagnostics);
    if (relation && !relation->is_owned && !is_column) {
        refuse_relation(listing, relation);
        return;
    }
    if (relation && relation->is_owned)
        added = (struct writable){.json_name = relation->json_name,
                                  .owned = relation};
    else
        added = column_writable(listing, item->text);
    check_name(listing, writables, &added);
    writables->items = arena_push(config->arena, writables->items,
                                  writables->count, sizeof added);
    writables->items[writables->count++] = added;
}

/* What leads to an owned row is set with it, and never by itself: it could
 * lead to another's. */
static void
check_vias(const struct listing *listing, const struct writables *writables)
{
    const struct config *config = listing->config;

    for (size_t i = 0; i < config->relation_count; i++) {
        const struct relation *relation = &config->relations[i];

        if (relation->is_owned && relation->from == listing->resource &&
            relation->via.count == 1 &&
            config_is_writable(writables, relation->via.items[0]))
            diagnostics_error(listing->diagnostics, listing->place,
                              "%s leads to an owned row, and is set with it",
                              relation->via.items[0]);
    }
}

struct writables
config_writables(const struct config *config, const struct resource *resource,
                 const struct ini_section *section, const char *text,
                 struct diagnostics *diagnostics)
{
    const struct listing listing = {
        config, resource, ini_place(section, "writable"), diagnostics};
    struct list list =
        config_list(config, section, "writable", text, diagnostics);
    struct writables writables = {0};

    for (size_t i = 0; i < list.count; i++)
        add(&listing, &writables, &list.items[i]);
    check_vias(&listing, &writables);
    return writables;
}

bool
config_is_writable(const struct writables *writables, const char *column)
{
    for (size_t i = 0; i < writables->count; i++)
        if (writables->items[i].column &&
            strcmp(writables->items[i].column, column) == 0)
            return true;
    return false;
}

/* An owned row is written as deep as one level, by the columns that its own
 * resource lets be written. */
static void
check_owned(const struct relation *relation, struct diagnostics *diagnostics)
{
    const struct writables *writables = &relation->to->writables;
    struct place place = ini_place(relation->section, "owned");

    if (writables->count == 0)
        diagnostics_error(diagnostics, place,
                          "[resource %s] has nothing writable",
                          relation->to->name);
    for (size_t i = 0; i < writables->count; i++)
        if (writables->items[i].owned)
            diagnostics_error(diagnostics, place,
                              "an owned row cannot own another: %s is in "
                              "writable of [resource %s]",
                              writables->items[i].owned->name,
                              relation->to->name);
}

void
config_link_writables(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->resource_count; i++) {
        struct resource *resource = &config->resources[i];

        resource->writables =
            config_writables(config, resource, resource->section,
                             resource->writable_text, diagnostics);
    }
    for (size_t i = 0; i < config->relation_count; i++) {
        const struct relation *relation = &config->relations[i];

        if (relation->is_owned && relation->from && relation->to)
            check_owned(relation, diagnostics);
    }
}
