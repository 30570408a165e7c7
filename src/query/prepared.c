/* Statements that are composed on demand. */
#include "query/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

/* A slot keeps what was seen last; once prepared, for good. */
struct slot {
    uint64_t hash;
    const char *sql;  /* of a prepared one */
    const char *name; /* NULL: seen once */
};

struct prepared {
    struct arena *arena;
    struct slot slots[PREPARED_MAX];
};

struct prepared *
prepared_new(void)
{
    struct prepared *prepared = memory_alloc(sizeof *prepared);

    prepared->arena = arena_new();
    return prepared;
}

void
prepared_free(struct prepared *prepared)
{
    if (!prepared)
        return;
    arena_free(prepared->arena);
    free(prepared);
}

void
prepared_clear(struct prepared *prepared, struct db *db)
{
    for (size_t i = 0; db && i < PREPARED_MAX; i++)
        if (prepared->slots[i].name)
            db_deallocate(db, prepared->slots[i].name);
    arena_reset(prepared->arena);
    memset(prepared->slots, 0, sizeof prepared->slots);
}

enum db_outcome
prepared_find(struct prepared *prepared, struct db *db, const char *sql,
              const uint32_t *types, size_t type_count, const char **name)
{
    uint64_t hash = hash_of(sql, strlen(sql));
    struct slot *slot = &prepared->slots[hash % PREPARED_MAX];
    bool is_seen = slot->hash == hash;
    enum db_outcome outcome;

    *name = NULL;
    if (slot->name) {
        if (is_seen && strcmp(slot->sql, sql) == 0)
            *name = slot->name;
        return DB_OK;
    }
    slot->hash = hash;
    if (!is_seen)
        return DB_OK;
    outcome = db_prepare(db, prepared->arena, sql, types, type_count, name);
    if (outcome == DB_OK) {
        slot->sql = arena_strdup(prepared->arena, sql);
        slot->name = *name;
    }
    return outcome;
}
