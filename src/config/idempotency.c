/* Which routes create a row once, and the table that keeps what for. */
#include "config/parts.h"

/* The first route that needs the table, or NULL. */
static const struct route *
find_idempotent(const struct config *config)
{
    for (size_t i = 0; i < config->route_count; i++)
        if (config->routes[i].is_idempotent)
            return &config->routes[i];
    return NULL;
}

void
config_add_idempotency(struct config *config)
{
    const struct route *route = find_idempotent(config);
    const struct ini_section *section =
        config_find_section(config, CONFIG_FILE_BYLINE, "idempotency");

    if (route)
        config->idempotency.resource =
            config_add_table(config, section ? section : route->section,
                             config->idempotency.table);
}

/* The member of an object that is stored as a hash, or NULL. */
static const char *
find_hashed(const struct writables *writables)
{
    for (size_t i = 0; i < writables->count; i++) {
        const struct field *field = writables->items[i].field;

        if (field && field->hash != FIELD_HASH_NONE)
            return writables->items[i].json_name;
    }
    return NULL;
}

/* The same of a body, with the objects of owned rows in it. */
static const char *
find_hashed_within(const struct writables *writables)
{
    const char *found = find_hashed(writables);

    for (size_t i = 0; !found && i < writables->count; i++)
        if (writables->items[i].owned)
            found = find_hashed(&writables->items[i].owned->to->writables);
    return found;
}

/* A hash of the body is kept, which is quickly made: whoever reads it could
 * try passwords until one fits, past all that bcrypt is for. */
void
config_check_idempotent(const struct route *route,
                        struct diagnostics *diagnostics)
{
    const char *hashed =
        route->is_idempotent ? find_hashed_within(&route->writables) : NULL;

    if (hashed)
        diagnostics_error(diagnostics, ini_place(route->section, "idempotent"),
                          "a body can have %s in it, which a stored hash of "
                          "the body would give away to those who guess",
                          hashed);
}
