/* The frame of a read: who asks, what the path goes through, and how many
 * rows there are, around the rows of the page. */
#include <string.h>

#include "query/composer.h"
#include "query/fit.h"
#include "query/sql.h"
#include "query/visible.h"

bool
composer_has_viewer(const struct composer *composer)
{
    return composer->plan->source != VIEWER_NONE &&
           composer->catalog->config->accounts.resource;
}

static size_t
add_column(struct composer *composer, const char *sql)
{
    if (composer->frame.length > 0)
        buffer_append_text(&composer->frame, ", ");
    buffer_append_text(&composer->frame, sql);
    return composer->select.column_count++;
}

static size_t
add_allowed(struct composer *composer)
{
    size_t place;

    if (composer->route->role[0] == '\0' ||
        composer->plan->source == VIEWER_SETTING)
        return PLAN_NO_COLUMN;
    place = add_column(composer, "");
    viewer_append_role(&composer->frame, composer->route->role);
    buffer_append_text(&composer->frame, " AS \"allowed\"");
    return place;
}

static bool
has_parents(const struct plan *plan)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (plan->parameters[i].parent)
            return true;
    return false;
}

void
composer_add_frame(struct composer *composer)
{
    struct plan *plan = composer->plan;
    struct plan_frame *frame = &plan->frame;
    bool is_list = composer->ask->limit > 0;
    bool has_parent = is_list && has_parents(plan);

    memset(frame, 0xff, sizeof *frame); /* PLAN_NO_COLUMN each */
    plan->has_frame = plan->source != VIEWER_NONE || has_parent ||
                      composer->ask->wants_count;
    if (composer_has_viewer(composer)) {
        frame->viewer = add_column(composer, "v.\"key\" AS \"viewer\"");
        frame->allowed = add_allowed(composer);
    }
    if (plan->source == VIEWER_LOGIN) {
        frame->password = add_column(composer, "v.\"password\"");
        frame->issued = add_column(composer, "v.\"issued\"");
    }
    if (has_parent)
        frame->parent = add_column(composer, "parent.\"here\" AS \"parent\"");
    if (composer->ask->wants_count)
        frame->total = add_column(composer, "counted.\"total\"");
    if (plan->has_frame)
        frame->key =
            select_column(&composer->select, 0, composer->key.columns[0], "*")
                .place;
}

bool
plan_append_parents(struct buffer *sql, struct statement *statement,
                    const struct plan_parameter *parameters, size_t count)
{
    size_t parents = 0;

    for (size_t i = 0; i < count; i++) {
        const struct relation *relation = parameters[i].parent;

        if (!relation)
            continue;
        buffer_append_text(sql, parents == 0 ? "(SELECT true AS \"here\" FROM "
                                             : " CROSS JOIN ");
        buffer_append_text(sql, "(SELECT FROM ");
        visible_append(sql, statement, relation->to, "");
        buffer_append_text(sql, " AS p WHERE ");
        sql_append_identifier(sql,
                              fit_target_column(statement->catalog, relation));
        buffer_printf(sql, " = $%zu) AS p%zu", i + 1, parents++);
    }
    buffer_append_text(sql, parents > 0 ? ")" : "");
    return parents > 0;
}

/* All rows, whatever the page. */
static void
append_count(struct composer *composer, struct buffer *sql)
{
    struct from from;
    struct buffer conditions = {0};

    from_start(&from, &composer->statement, composer->route->resource,
               composer->route->where);
    composer_append_conditions(composer, &from, &conditions);
    buffer_append_text(sql,
                       " CROSS JOIN LATERAL (SELECT count(*) AS \"total\" "
                       "FROM ");
    buffer_append(sql, from.sql.data, from.sql.length);
    if (conditions.length > 0)
        buffer_append_text(sql, " WHERE ");
    buffer_append(sql, conditions.data, conditions.length);
    buffer_append_text(sql, ") AS counted");
    buffer_free(&conditions);
    from_free(&from);
}

/* SELECT frame, page.* FROM who asks, and what the path goes through. */
void
composer_append_frame(struct composer *composer, struct buffer *sql)
{
    const struct plan *plan = composer->plan;

    buffer_append_text(sql, "SELECT ");
    buffer_append(sql, composer->frame.data, composer->frame.length);
    buffer_append_text(sql, composer->frame.length > 0 ? ", " : "");
    buffer_append_text(sql, "page.* FROM (VALUES (0)) AS request");
    if (composer_has_viewer(composer)) {
        buffer_append_text(sql, " LEFT JOIN ");
        viewer_append(sql, composer->catalog, plan->source,
                      plan->parameter_count + 1);
        buffer_append_text(sql, " AS v ON true");
    }
    if (plan->frame.parent != PLAN_NO_COLUMN) {
        buffer_append_text(sql, " LEFT JOIN LATERAL ");
        plan_append_parents(sql, &composer->statement, plan->parameters,
                            plan->parameter_count);
        buffer_append_text(sql, " AS parent ON true");
    }
    if (composer->ask->wants_count)
        append_count(composer, sql);
    buffer_append_text(sql, " LEFT JOIN LATERAL (");
}
