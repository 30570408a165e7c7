/* routes: the route table: a line for each, and what it allows below. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "config/operator.h"
#include "tools/tool.h"

/* --- the table ------------------------------------------------------- */

static const char *const auth_names[] = {
    [ROUTE_AUTH_NONE] = "anybody",
    [ROUTE_AUTH_OPTIONAL] = "anybody",
    [ROUTE_AUTH_REQUIRED] = "logged in",
};

/* Who may use it. */
static const char *
access_of(const struct route *route)
{
    return route->role[0] != '\0' ? route->role : auth_names[route->auth];
}

struct widths {
    int match, handler, access, pool;
};

static int
wider(int width, const char *text)
{
    int length = (int)strlen(text);

    return length > width ? length : width;
}

static struct widths
measure(const struct config *config)
{
    struct widths widths = {0};

    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        widths.match = wider(widths.match, route->match_text);
        widths.handler = wider(widths.handler, route->handler_text);
        widths.access = wider(widths.access, access_of(route));
        widths.pool = wider(widths.pool, route->pool_name);
    }
    return widths;
}

/* --- what it allows -------------------------------------------------- */

static void
append_item(struct buffer *list, const char *before, const char *name)
{
    if (list->length > 0 && list->data[list->length - 1] != '(')
        buffer_append_text(list, ", ");
    buffer_printf(list, "%s%s", before, name);
}

/* `id, title, director(id, name)`: the whole of what is shown, or only what
 * has to be asked for. */
static void
append_selection(struct buffer *list, const struct selection *selection)
{
    for (size_t i = 0; i < selection->column_count; i++)
        append_item(list, "", selection->columns[i]->json_name);
    for (size_t i = 0; i < selection->embed_count; i++) {
        const struct selection *embed = selection->embeds[i];

        if (embed->is_count) {
            append_item(list, "", embed->relation->count_name);
            continue;
        }
        append_item(list, "", embed->relation->json_name);
        buffer_append_char(list, '(');
        append_selection(list, embed);
        buffer_append_char(list, ')');
    }
}

/* The relations that have to be asked for, as `with` names them. */
static void
append_also(struct buffer *list, struct arena *arena,
            const struct selection *selection, const char *before)
{
    for (size_t i = 0; i < selection->embed_count; i++) {
        const struct selection *embed = selection->embeds[i];
        const char *name =
            arena_printf(arena, "%s%s%s", before, embed->relation->json_name,
                         embed->is_count ? ".count" : "");

        if (!embed->is_default && !embed->is_part)
            append_item(list, "", name);
        append_also(list, arena, embed, arena_printf(arena, "%s.", name));
    }
}

/* What is null for nobody: columns of which only owners see the value. */
static void
append_private(struct buffer *list, struct arena *arena,
               const struct selection *selection, const char *before)
{
    for (size_t i = 0; i < selection->column_count; i++)
        if (selection->columns[i]->is_private)
            append_item(list, before, selection->columns[i]->json_name);
    for (size_t i = 0; i < selection->embed_count; i++)
        append_private(
            list, arena, selection->embeds[i],
            arena_printf(arena, "%s%s.", before,
                         selection->embeds[i]->relation->json_name));
}

static void
append_asked(struct buffer *filters, struct buffer *orders,
             struct arena *arena, const struct route *route)
{
    for (size_t i = 0; i < route->filterable_count; i++)
        append_item(filters, "",
                    arena_printf(
                        arena, "%s(%s)", route->filterable[i].path.json_name,
                        operator_list(arena, route->filterable[i].operators)));
    for (size_t i = 0; i < route->sortable_count; i++)
        append_item(orders, "", route->sortable[i].json_name);
}

static void
append_writables(struct buffer *list, const struct writables *writables)
{
    for (size_t i = 0; i < writables->count; i++)
        append_item(list, "", writables->items[i].json_name);
}

/* Prints a list under a route, unless it is empty, and frees it. */
static void
print_list(const char *title, struct buffer *list)
{
    if (list->length > 0)
        printf("    %-10s %s\n", title, buffer_text(list));
    buffer_free(list);
}

static void
print_text(const char *title, const char *text)
{
    if (text && text[0] != '\0')
        printf("    %-10s %s\n", title, text);
}

static void
print_reading(struct arena *arena, const struct route *route)
{
    struct buffer shown = {0}, also = {0}, hidden = {0};
    struct buffer filters = {0}, orders = {0};

    append_selection(&shown, route->selection);
    append_also(&also, arena, route->allowed, "");
    if (route->auth != ROUTE_AUTH_REQUIRED)
        append_private(&hidden, arena, route->allowed, "");
    append_asked(&filters, &orders, arena, route);
    print_list("shows", &shown);
    print_list("with=", &also);
    print_list("filters", &filters);
    print_list("sort=", &orders);
    if (route->search)
        print_text("q=", route->search_text);
    print_list("hides", &hidden);
}

static void
print_allowed(struct arena *arena, const struct route *route)
{
    const unsigned traits = handler_rule(route->handler)->traits;
    struct buffer written = {0};

    if (route->cache_ms > 0)
        printf("    %-10s %llds, for who is not logged in\n", "cached",
               (long long)route->cache_ms / 1000);
    if (!route->resource)
        return;
    if ((traits & HANDLER_READS) && route->allowed)
        print_reading(arena, route);
    if (traits & HANDLER_SETS)
        append_writables(&written, &route->writables);
    print_list("writes", &written);
    if (route->is_idempotent)
        print_text("once per", "Idempotency-Key");
    if (route->if_match == ROUTE_IF_MATCH_REQUIRED)
        print_text("needs", "If-Match");
    print_text("rows where", route->resource->where);
    print_text("and", route->where);
    if (route->resource->within)
        printf("    %-10s its %s is seen\n", "rows where",
               route->resource->within->name);
}

int
tool_routes(const struct tool_options *options)
{
    const struct config *config = tool_load(options);
    struct widths widths;

    if (!config)
        return TOOL_FAILED;
    if (options->wants_cached)
        return tool_print_cached(config, options->arena);
    widths = measure(config);
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        printf("%-*s  %-*s  %-*s  %-*s  %s\n", widths.match, route->match_text,
               widths.handler, route->handler_text, widths.access,
               access_of(route), widths.pool, route->pool_name, route->name);
        print_allowed(options->arena, route);
    }
    return TOOL_OK;
}
