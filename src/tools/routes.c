/* routes: the route table, one line a route. */
#include <stdio.h>

#include "tools/tool.h"

int
tool_routes(const struct tool_options *options)
{
    const struct config *config = tool_load(options);

    if (!config)
        return TOOL_FAILED;
    for (size_t i = 0; i < config->route_count; i++) {
        const struct route *route = &config->routes[i];

        printf("%-40s %-8s %-16s %s\n", route->match_text, route->handler_text,
               route->pool_name, route->name);
    }
    return TOOL_OK;
}
