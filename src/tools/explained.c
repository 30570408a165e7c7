/* What explain says about a statement besides its text. */
#include "tools/explained.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* The cost of a sequential scan, which is about one a page of 8 kB, from
 * which on a table is large. */
#define LARGE_COST 1000.0

static void
print_parameters(const struct plan *plan)
{
    const size_t asked = plan->type_count - plan->asked_count;

    for (size_t i = 0; i < plan->type_count; i++)
        if (i < plan->parameter_count)
            printf("-- $%zu: %s of the path\n", i + 1,
                   plan->parameters[i].json_name);
        else if (i < asked)
            printf("-- $%zu: who asks\n", i + 1);
        else
            printf("-- $%zu: %s\n", i + 1,
                   plan->asked[i - asked] ? plan->asked[i - asked] : "NULL");
}

/* `EXPLAIN EXECUTE x (NULL, …)`, for which a generic plan is asked. */
static const char *
explain_sql(struct arena *arena, const char *name, size_t count)
{
    struct buffer sql = {0};
    const char *text;

    buffer_printf(&sql, "EXPLAIN EXECUTE %s", name);
    for (size_t i = 0; i < count; i++)
        buffer_append_text(&sql, i > 0 ? ", NULL" : " (NULL");
    buffer_append_text(&sql, count > 0 ? ")" : "");
    text = arena_strdup(arena, buffer_text(&sql));
    buffer_free(&sql);
    return text;
}

/* `Seq Scan on films t0  (cost=0.00..1234.00 rows=… width=…)` */
static void
print_step(const char *line)
{
    const char *scan = strstr(line, "Seq Scan on ");
    const char *cost = scan ? strstr(scan, "..") : NULL;

    printf("-- %s\n", line);
    if (cost && strtod(cost + 2, NULL) >= LARGE_COST)
        printf("-- ^ reads all of a large table: is there an index for "
               "this?\n");
}

static int
print_steps(struct arena *arena, struct db *db, const struct plan *plan)
{
    const char *name;
    struct db_call call = {0};
    struct pg_result *rows;

    if (db_prepare(db, arena, plan->sql, plan->types, plan->type_count,
                   &name) != DB_OK)
        return -1;
    call.sql = explain_sql(arena, name, plan->type_count);
    if (db_run_script(db, "SET plan_cache_mode = force_generic_plan") !=
            DB_OK ||
        db_run(db, arena, &call, &rows) != DB_OK)
        return -1;
    for (size_t i = 0; i < db_row_count(rows); i++)
        print_step(db_value(rows, i, 0));
    db_deallocate(db, name);
    return 0;
}

int
explained_print(struct arena *arena, struct db *db, const struct plan *plan)
{
    printf("%s\n", plan->sql);
    print_parameters(plan);
    if (print_steps(arena, db, plan) == 0)
        return 0;
    fprintf(stderr, "byline: PostgreSQL does not explain it: %s\n",
            db_message(db));
    return -1;
}
