/* Relations: from the texts of the INI to linked structs. */
#include <string.h>

#include "base/suggest.h"
#include "config/naming.h"
#include "config/parts.h"

/* --- tables in between ----------------------------------------------- */

struct resource *
config_add_table(struct config *config, const struct ini_section *section,
                 const char *table)
{
    struct resource *resource;

    for (size_t i = 0; i < config->resource_count; i++)
        if (strcmp(config->resources[i].name, table) == 0)
            return &config->resources[i];
    config->resources =
        arena_push(config->arena, config->resources, config->resource_count,
                   sizeof *config->resources);
    resource = &config->resources[config->resource_count++];
    *resource = (struct resource){
        .section = section,
        .is_between = true,
        .name = table,
        .columns_text = "",
        .private_text = "",
        .key_text = "",
        .table_text = "",
        .writable_text = "",
        .owner = "",
        .where = "",
        .within_text = "",
    };
    return resource;
}

/* `table(a, b)` at its first list item; NULL if that is something else. */
static const struct list_item *
parse_through(const struct config *config, const struct relation *relation,
              struct diagnostics *diagnostics)
{
    struct list list = config_list(config, relation->section, "through",
                                   relation->through_text, diagnostics);

    const struct list_item *item = list.items;

    if (list.count == 1 && item->argument_count > 1)
        return item;
    if (list.count > 0)
        diagnostics_error(diagnostics, ini_place(relation->section, "through"),
                          "write the table and its columns, the ones with "
                          "our key first: films_genres(film_id, genre_id)");
    return NULL;
}

void
config_add_between(struct config *config)
{
    struct diagnostics silent = {.arena = config->arena};

    for (size_t i = 0; i < config->relation_count; i++) {
        const struct list_item *item =
            parse_through(config, &config->relations[i], &silent);

        if (item)
            config_add_table(config, config->relations[i].section, item->text);
    }
}

/* --- names ----------------------------------------------------------- */

/* The members that a relation makes; those that it does not are NULL. */
enum {
    MEMBER_ROWS,
    MEMBER_COUNT,
    MEMBER_MORE,
    MEMBER_SET,
    MEMBERS,
};

struct members {
    const char *names[MEMBERS];
};

static struct members
members_of(const struct relation *relation)
{
    return (struct members){{
        [MEMBER_ROWS] = relation->json_name,
        [MEMBER_COUNT] = relation->count_name,
        [MEMBER_MORE] = relation->more_name,
        [MEMBER_SET] = relation->set_name,
    }};
}

static const char *
derive_name(const struct config *config, const struct relation *relation,
            const char *suffix)
{
    return naming_json(
        config->arena, config->api.names,
        arena_printf(config->arena, "%s_%s", relation->name, suffix));
}

static void
name_members(const struct config *config, struct relation *relation)
{
    relation->json_name =
        naming_json(config->arena, config->api.names, relation->name);
    if (relation->kind == RELATION_TO_ONE)
        return;
    relation->count_name = derive_name(config, relation, "count");
    relation->more_name = derive_name(config, relation, "more");
    if (relation->set[0] != '\0')
        relation->set_name =
            naming_json(config->arena, config->api.names, relation->set);
}

static void
check_member(const struct relation *relation, const char *name,
             const struct relation *other, struct diagnostics *diagnostics)
{
    const struct members others = members_of(other);
    size_t count = other == relation ? MEMBER_SET : MEMBERS;

    for (size_t i = 0; i < count; i++)
        if (others.names[i] && strcmp(others.names[i], name) == 0)
            diagnostics_error(diagnostics, ini_place(relation->section, NULL),
                              "[%s] is %s \"%s\" already",
                              other->section->title,
                              i == MEMBER_SET ? "set as" : "shown as", name);
}

/* A relation stands beside the columns of its resource, and the relations
 * that were declared before; its set beside the relation itself, too. */
static void
check_names(const struct config *config, const struct relation *relation,
            struct diagnostics *diagnostics)
{
    const struct resource *from = relation->from;
    const struct members members = members_of(relation);

    for (size_t m = 0; m < MEMBERS; m++) {
        if (!members.names[m])
            continue;
        for (const struct relation *other = config->relations;
             other < relation; other++)
            if (other->from == from)
                check_member(relation, members.names[m], other, diagnostics);
        if (m == MEMBER_SET)
            check_member(relation, members.names[m], relation, diagnostics);
        for (size_t i = 0; i < from->column_count; i++)
            if (strcmp(from->columns[i].json_name, members.names[m]) == 0)
                diagnostics_error(diagnostics,
                                  ini_place(relation->section, NULL),
                                  "column %s is shown as \"%s\" already",
                                  from->columns[i].name, members.names[m]);
    }
}

/* The resource before the dot, and the name behind it. */
static void
link_name(struct config *config, struct relation *relation,
          struct diagnostics *diagnostics)
{
    struct place place = ini_place(relation->section, NULL);
    const char *dot = strchr(relation->name, '.');

    if (!dot || dot == relation->name || dot[1] == '\0' ||
        strchr(dot + 1, '.')) {
        diagnostics_error(diagnostics, place,
                          "is named [relation RESOURCE.NAME]");
        return;
    }
    relation->from =
        config_need_resource(config, place,
                             arena_strndup(config->arena, relation->name,
                                           (size_t)(dot - relation->name)),
                             diagnostics);
    relation->name = dot + 1;
    name_members(config, relation);
    if (relation->from)
        check_names(config, relation, diagnostics);
}

/* --- kinds ----------------------------------------------------------- */

/* Keys that only some kinds of relations have a use for. */
static const struct {
    const char *key;
    unsigned kinds; /* a bit each */
} key_kinds[] = {
    {"to", 1U << RELATION_TO_ONE},
    {"many", 1U << RELATION_TO_MANY | 1U << RELATION_THROUGH},
    {"through", 1U << RELATION_THROUGH},
    {"via", 1U << RELATION_TO_ONE | 1U << RELATION_TO_MANY},
    {"order", 1U << RELATION_TO_MANY | 1U << RELATION_THROUGH},
    {"limit", 1U << RELATION_TO_MANY | 1U << RELATION_THROUGH},
    {"where", 1U << RELATION_TO_MANY | 1U << RELATION_THROUGH},
    {"set", 1U << RELATION_THROUGH},
    {"owned", 1U << RELATION_TO_ONE},
};

static const char *const kind_names[] = {
    [RELATION_TO_ONE] = "a relation with `to`",
    [RELATION_TO_MANY] = "a relation with `many` and `via`",
    [RELATION_THROUGH] = "a relation with `through`",
};

bool
config_relation_uses(const struct relation *relation, const char *key)
{
    for (size_t i = 0; i < sizeof key_kinds / sizeof key_kinds[0]; i++)
        if (strcmp(key_kinds[i].key, key) == 0)
            return key_kinds[i].kinds & (1U << relation->kind);
    return true;
}

static void
refuse_useless_keys(const struct relation *relation,
                    struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < sizeof key_kinds / sizeof key_kinds[0]; i++)
        if (!config_relation_uses(relation, key_kinds[i].key) &&
            ini_find(relation->section, key_kinds[i].key))
            diagnostics_error(
                diagnostics, ini_place(relation->section, key_kinds[i].key),
                "%s has no use for it", kind_names[relation->kind]);
}

static void
link_kind(struct relation *relation, struct diagnostics *diagnostics)
{
    struct place place = ini_place(relation->section, NULL);
    bool is_many = relation->many_text[0] != '\0';
    bool is_through = relation->through_text[0] != '\0';

    relation->kind = is_through ? RELATION_THROUGH
                     : is_many  ? RELATION_TO_MANY
                                : RELATION_TO_ONE;
    if (!is_many && relation->to_text[0] == '\0')
        diagnostics_error(diagnostics, place,
                          "needs to = RESOURCE (one row) or many = RESOURCE");
    else if (is_through && !is_many)
        diagnostics_error(diagnostics, place, "through needs many = RESOURCE");
    if (!is_through && relation->via_text[0] == '\0')
        diagnostics_error(diagnostics, place,
                          is_many ? "via is missing: the column that holds "
                                    "our key in the other rows"
                                  : "via is missing: the column that holds "
                                    "the other row's key");
    refuse_useless_keys(relation, diagnostics);
}

static void
link_to(struct config *config, struct relation *relation,
        struct diagnostics *diagnostics)
{
    const char *key = relation->kind == RELATION_TO_ONE ? "to" : "many";
    const char *text = relation->kind == RELATION_TO_ONE ? relation->to_text
                                                         : relation->many_text;

    if (text[0] != '\0')
        relation->to = config_need_resource(
            config, ini_place(relation->section, key), text, diagnostics);
}

/* --- columns --------------------------------------------------------- */

static struct names
names_of(struct config *config, const struct list_item *items, size_t count,
         struct place place, struct diagnostics *diagnostics)
{
    struct names names = {
        .items = arena_alloc(config->arena, (count + 1) * sizeof(char *))};

    for (size_t i = 0; i < count; i++) {
        config_refuse_arguments(&items[i], place, diagnostics);
        names.items[names.count++] = items[i].text;
    }
    return names;
}

static void
link_columns(struct config *config, struct relation *relation,
             struct diagnostics *diagnostics)
{
    struct list via = config_list(config, relation->section, "via",
                                  relation->via_text, diagnostics);
    const struct list_item *between =
        parse_through(config, relation, diagnostics);

    relation->via = names_of(config, via.items, via.count,
                             ini_place(relation->section, "via"), diagnostics);
    if (!between)
        return;
    relation->through = config_find_resource(config, between->text);
    relation->through_columns =
        names_of(config, between->arguments, between->argument_count,
                 ini_place(relation->section, "through"), diagnostics);
}

/* The row that is embedded shows what its `via` would not. */
static void
warn_of_private_via(const struct relation *relation,
                    struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < relation->via.count; i++) {
        const struct column *via =
            config_find_column(relation->from, relation->via.items[i]);

        if (relation->kind == RELATION_TO_ONE && via && via->is_private)
            diagnostics_warning(diagnostics,
                                ini_place(relation->section, "via"),
                                "%s is private, and embedding %s shows it",
                                via->name, relation->name);
    }
}

static void
check_owned(const struct relation *relation, struct diagnostics *diagnostics)
{
    if (relation->is_owned && relation->via.count > 1)
        diagnostics_error(diagnostics, ini_place(relation->section, "owned"),
                          "an owned row is named by a single column");
}

/* --- many ------------------------------------------------------------ */

static void
link_many(struct config *config, struct relation *relation,
          struct diagnostics *diagnostics)
{
    if (relation->kind == RELATION_TO_ONE)
        return;
    if (relation->limit == 0)
        relation->limit = config->limits.embed_rows;
    if (relation->limit > config->limits.embed_rows)
        diagnostics_error(diagnostics, ini_place(relation->section, "limit"),
                          "is over embed_rows (%lld)",
                          (long long)config->limits.embed_rows);
    if (relation->to)
        relation->order = config_sort_keys(
            config, relation->to, relation->section, "order",
            relation->order_text, &relation->order_count, diagnostics);
}

static void
link_within(const struct config *config, struct resource *resource,
            struct diagnostics *diagnostics)
{
    struct place place = ini_place(resource->section, "within");
    const char *name = resource->within_text;
    struct suggestion suggestion = suggest_start(name);

    if (name[0] == '\0')
        return;
    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].from == resource &&
            config->relations[i].kind == RELATION_TO_ONE)
            suggest_offer(&suggestion, config->relations[i].name);
    resource->within = config_find_relation(config, resource, name);
    if (resource->within && resource->within->kind == RELATION_TO_ONE)
        return;
    diagnostics_error(diagnostics, place, "%s has no to-one relation \"%s\"%s",
                      resource->name, name,
                      suggest_clause(config->arena, &suggestion));
    resource->within = NULL;
}

/* A circle of rows each of which is seen where the next one is. */
static void
check_circle(const struct config *config, const struct resource *resource,
             struct diagnostics *diagnostics)
{
    const struct resource *at = resource;
    size_t steps = 0;

    while (at && at->within && steps++ <= config->resource_count) {
        at = at->within->to;
        if (at != resource)
            continue;
        diagnostics_error(diagnostics, ini_place(resource->section, "within"),
                          "leads back to %s", resource->name);
        return;
    }
}

void
config_link_relations(struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->relation_count; i++) {
        struct relation *relation = &config->relations[i];

        link_kind(relation, diagnostics);
        link_name(config, relation, diagnostics);
        link_to(config, relation, diagnostics);
        link_columns(config, relation, diagnostics);
        check_owned(relation, diagnostics);
        if (relation->from)
            warn_of_private_via(relation, diagnostics);
    }
    for (size_t i = 0; i < config->relation_count; i++)
        link_many(config, &config->relations[i], diagnostics);
    for (size_t i = 0; i < config->resource_count; i++) {
        link_within(config, &config->resources[i], diagnostics);
        check_circle(config, &config->resources[i], diagnostics);
    }
}
