/* Which resources and relations routes have to do with. */
#include "query/reach.h"

struct reach
reach_new(struct arena *arena, const struct config *config)
{
    return (struct reach){
        .config = config,
        .resources = arena_alloc(arena, config->resource_count + 1),
        .relations = arena_alloc(arena, config->relation_count + 1),
    };
}

/* Rows are seen where those that they are within are. */
static void
add_resource(struct reach *reach, const struct resource *resource)
{
    const struct config *config = reach->config;

    reach->resources[resource - config->resources] = true;
    for (; resource->within; resource = resource->within->to) {
        reach->relations[resource->within - config->relations] = true;
        reach->resources[resource->within->to - config->resources] = true;
    }
}

static void
add_relation(struct reach *reach, const struct relation *relation)
{
    reach->relations[relation - reach->config->relations] = true;
    add_resource(reach, relation->to);
    if (relation->through)
        add_resource(reach, relation->through);
}

static void
add_column_path(struct reach *reach, const struct column_path *path)
{
    for (size_t i = 0; i < path->relation_count; i++)
        add_relation(reach, path->relations[i]);
}

/* What clients sort and filter by. */
static void
add_asked(struct reach *reach, const struct route *route)
{
    for (size_t i = 0; i < route->sort_count; i++)
        add_column_path(reach, &route->sort[i].path);
    for (size_t i = 0; i < route->sortable_count; i++)
        add_column_path(reach, &route->sortable[i]);
    for (size_t i = 0; i < route->filterable_count; i++)
        add_column_path(reach, &route->filterable[i].path);
}

static void
add_selection(struct reach *reach, const struct selection *selection)
{
    add_resource(reach, selection->resource);
    if (selection->relation)
        add_relation(reach, selection->relation);
    for (size_t i = 0; i < selection->embed_count; i++)
        add_selection(reach, selection->embeds[i]);
}

static void
add_path(struct reach *reach, const struct route *route)
{
    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].parent)
            add_relation(reach, route->segments[i].parent);
}

static void
add_owned(struct reach *reach, const struct route *route)
{
    const struct config *config = reach->config;

    for (size_t i = 0; i < config->relation_count; i++)
        if (config->relations[i].is_owned &&
            config->relations[i].from == route->resource)
            add_relation(reach, &config->relations[i]);
}

static void
add_sets(struct reach *reach, const struct route *route)
{
    for (size_t i = 0; i < route->writables.count; i++)
        if (route->writables.items[i].set)
            add_relation(reach, route->writables.items[i].set);
}

void
reach_add_route(struct reach *reach, const struct route *route)
{
    const struct accounts *accounts = &reach->config->accounts;
    unsigned traits = handler_rule(route->handler)->traits;
    /* A write is asked for nothing, and shows what its item route does. */
    const struct selection *shown =
        route->allowed ? route->allowed : route->selection;

    if (shown)
        add_selection(reach, shown);
    add_asked(reach, route);
    if (route->resource)
        add_resource(reach, route->resource);
    add_path(reach, route);
    if (traits & HANDLER_WRITES)
        add_owned(reach, route);
    if (traits & HANDLER_SETS)
        add_sets(reach, route);
    if (route->is_idempotent)
        add_resource(reach, reach->config->idempotency.resource);
    if (accounts->resource && (route->auth != ROUTE_AUTH_NONE ||
                               (traits & (HANDLER_WRITES | HANDLER_LOGS_IN))))
        add_resource(reach, accounts->resource);
}

/* A relation that no route uses is of those who use what it is between. */
static bool
is_between(const struct reach *reach, const struct config *config,
           size_t index)
{
    const struct relation *relation = &config->relations[index];

    return reach->resources[relation->from - config->resources] ||
           reach->resources[relation->to - config->resources];
}

struct reach
reach_of_others(struct arena *arena, const struct config *config,
                const struct pool *pool)
{
    struct reach ours = reach_new(arena, config);
    struct reach others = reach_new(arena, config);

    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];
        bool is_ours = !pool || route->pool == pool;

        reach_add_route(is_ours ? &ours : &others, route);
    }
    for (size_t i = 0; i < config->resource_count; i++)
        others.resources[i] = others.resources[i] && !ours.resources[i];
    for (size_t i = 0; i < config->relation_count; i++)
        others.relations[i] =
            !ours.relations[i] &&
            (others.relations[i] || is_between(&others, config, i));
    return others;
}

bool
reach_is_within(const struct reach *part, const struct reach *whole)
{
    for (size_t i = 0; i < part->config->resource_count; i++)
        if (part->resources[i] && !whole->resources[i])
            return false;
    for (size_t i = 0; i < part->config->relation_count; i++)
        if (part->relations[i] && !whole->relations[i])
            return false;
    return true;
}
