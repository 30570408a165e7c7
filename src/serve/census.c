/* Who works, and what all of them have counted. */
#include "serve/census.h"

int
census_enroll(struct metrics *metrics, const struct config *config)
{
    if (!metrics_add_route(metrics, ""))
        return -1;
    for (size_t i = 0; i < config->route_count; i++)
        if (!metrics_add_route(metrics, config->routes[i].name))
            return -1;
    for (size_t i = 0; i < config->pool_count; i++)
        if (!metrics_add_pool(metrics, config->pools[i].name))
            return -1;
    return 0;
}

/* Who asks would not be busy if nobody watched. */
static enum crew_state
state_of(const struct census *census, const struct slot *slot)
{
    switch (atomic_load_explicit(&slot->state, memory_order_relaxed)) {
    case WORKER_STARTING:
        return CREW_STARTING;
    case WORKER_IS_STRANDED:
        return CREW_STRANDED;
    default:
        return slot != census->own &&
                       atomic_load_explicit(&slot->busy_since_ms,
                                            memory_order_relaxed) > 0
                   ? CREW_BUSY
                   : CREW_WAITING;
    }
}

/* Where places begin and end is known without what others may have written
 * into them. */
void
census_count_crew(const struct census *census, const struct pool *pool,
                  uint64_t counts[CREW_STATES])
{
    const struct slot *slot = census->slots;

    if (!slot && pool == census->pool)
        counts[state_of(census, census->own)]++;
    if (!slot)
        return;
    for (const struct pool *at = census->config->pools; at < pool; at++)
        slot += at->workers;
    for (int64_t i = 0; i < pool->workers; i++, slot++)
        counts[atomic_load_explicit(&slot->pid, memory_order_relaxed) == 0
                   ? CREW_ABSENT
                   : state_of(census, slot)]++;
}

uint64_t
census_count_disabled(const struct census *census)
{
    const struct program *program = session_program(census->session);
    uint64_t count = 0;

    if (!census->routes)
        return program ? program->disabled_count : 0;
    for (size_t i = 0; i < census->config->route_count; i++)
        count += atomic_load_explicit(&census->routes[i].disabled_since_s,
                                      memory_order_relaxed) != 0;
    return count;
}
