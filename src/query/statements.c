/* Statements that are composed on demand. */
#include "query/statements.h"

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

struct statements {
    struct arena *arena;
    struct slot slots[STATEMENTS_MAX];
};

struct statements *
statements_new(void)
{
    struct statements *statements = memory_alloc(sizeof *statements);

    statements->arena = arena_new();
    return statements;
}

void
statements_free(struct statements *statements)
{
    if (!statements)
        return;
    arena_free(statements->arena);
    free(statements);
}

void
statements_clear(struct statements *statements, struct db *db)
{
    for (size_t i = 0; db && i < STATEMENTS_MAX; i++)
        if (statements->slots[i].name)
            db_deallocate(db, statements->slots[i].name);
    arena_reset(statements->arena);
    memset(statements->slots, 0, sizeof statements->slots);
}

enum db_outcome
statements_find(struct statements *statements, struct db *db, const char *sql,
                const uint32_t *types, size_t type_count, const char **name)
{
    uint64_t hash = hash_of(sql, strlen(sql));
    struct slot *slot = &statements->slots[hash % STATEMENTS_MAX];
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
    outcome = db_prepare(db, statements->arena, sql, types, type_count, name);
    if (outcome == DB_OK) {
        slot->sql = arena_strdup(statements->arena, sql);
        slot->name = *name;
    }
    return outcome;
}
