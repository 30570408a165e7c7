/* The sockets of all pools. */
#include "serve/sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "serve/systemd.h"

static void
add(struct sockets *sockets, struct listener listener)
{
    sockets->items = memory_resize(sockets->items, (sockets->count + 1) *
                                                       sizeof *sockets->items);
    sockets->items[sockets->count++] = listener;
}

void
sockets_take(struct sockets *sockets)
{
    size_t count = systemd_take_descriptors();

    for (size_t i = 0; i < count; i++) {
        struct listener listener;
        int descriptor = SYSTEMD_FIRST_DESCRIPTOR + (int)i;

        if (listener_take(descriptor, &listener) == 0) {
            add(sockets, listener);
            continue;
        }
        log_warning("descriptor %d, which was handed over, is no Unix socket "
                    "that listens at a path, and is closed",
                    descriptor);
        close(descriptor);
    }
}

static const struct listener *
find(const struct sockets *sockets, const struct pool *pool)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (listener_is_of(&sockets->items[i], pool))
            return &sockets->items[i];
    return NULL;
}

/* Those behind the first `count`. */
static void
close_newer(struct sockets *sockets, size_t count)
{
    while (sockets->count > count) {
        struct listener *listener = &sockets->items[--sockets->count];

        listener_unlink(listener);
        listener_close(listener);
    }
}

int
sockets_open(struct sockets *sockets, const struct config *config,
             struct listener *listeners)
{
    size_t before = sockets->count;

    for (size_t i = 0; i < config->pool_count; i++) {
        const struct listener *found = find(sockets, &config->pools[i]);

        if (found) {
            listeners[i] = *found;
        } else if (listener_open(&config->pools[i], &listeners[i]) == 0) {
            add(sockets, listeners[i]);
        } else {
            close_newer(sockets, before);
            return -1;
        }
    }
    return 0;
}

void
sockets_keep(struct sockets *sockets, const struct generation *generation)
{
    size_t kept = 0;

    for (size_t i = 0; i < sockets->count; i++) {
        struct listener *listener = &sockets->items[i];
        const struct pool *pool =
            generation_pool_at(generation, listener->descriptor);

        if (!pool && !listener->is_handed_over) {
            listener_unlink(listener);
            listener_close(listener);
            continue;
        }
        if (pool)
            listener_adjust(pool, listener);
        else
            log_warning("%s was handed over, but no pool listens there",
                        listener->path);
        sockets->items[kept++] = *listener;
    }
    sockets->count = kept;
}

static const struct listener *
find_descriptor(const struct sockets *sockets, int descriptor)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->items[i].descriptor == descriptor)
            return &sockets->items[i];
    return NULL;
}

bool
sockets_are_handed_over(const struct sockets *sockets, int descriptor)
{
    const struct listener *listener = find_descriptor(sockets, descriptor);

    return listener && listener->is_handed_over;
}

void
sockets_unlink(const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        listener_unlink(&sockets->items[i]);
}

void
sockets_close(struct sockets *sockets, int kept)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->items[i].descriptor != kept)
            listener_close(&sockets->items[i]);
    free(sockets->items);
    *sockets = (struct sockets){0};
}
