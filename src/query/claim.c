/* Idempotent creation: the statements of a claim. */
#include "query/claim.h"

#include <inttypes.h>

#include "query/sql.h"
#include "query/viewer.h"
#include "query/visible.h"

/* Who asks, for `keep`: the answer may see as the account just created. */
#define VIEWER_NAME "byline.claimant"

/* So many claims that have expired are removed along with a new one. */
#define EXPIRED_MAX "10"

const uint32_t claim_types[CLAIM_PARAMETERS] = {OID_TEXT, OID_INT8};

const struct claim_column_rule claim_columns[CLAIM_COLUMNS] = {
    [CLAIM_COLUMN_ROUTE] = {"route", "text"},
    [CLAIM_COLUMN_KEY] = {"key", "text"},
    [CLAIM_COLUMN_VIEWER] = {"viewer", "text"},
    [CLAIM_COLUMN_HASH] = {"request_hash", "bigint"},
    [CLAIM_COLUMN_ROW] = {"row_key", "text[]"},
    [CLAIM_COLUMN_SHOWN] = {"is_shown", "boolean"},
    [CLAIM_COLUMN_EXPIRES] = {"expires_at", "timestamp with time zone"},
};

static const struct resource *
table_of(const struct writer *writer)
{
    return writer->catalog->config->idempotency.resource;
}

/* --- parts of the write ---------------------------------------------- */

void
claim_append_known(struct writer *writer)
{
    if (!writer->claim)
        return;
    writer_append(writer, "known AS (SELECT c.request_hash = ");
    writer_append_parameter(writer, writer->claim->hash);
    writer_append(writer, " AS same, c.is_shown FROM ");
    sql_append_table(&writer->sql, table_of(writer));
    writer_append(writer, " AS c WHERE c.route = ");
    sql_append_literal(&writer->sql, writer->route->name);
    writer_append(writer, " AND c.key = ");
    writer_append_parameter(writer, writer->claim->key);
    buffer_printf(&writer->sql,
                  " AND c.viewer = coalesce((%s)::text, '')"
                  " AND c.expires_at > now()), ",
                  writer->statement.viewer);
}

void
claim_append_join(struct writer *writer)
{
    if (writer->claim)
        writer_append(writer, " LEFT JOIN known ON true");
}

/* Who has the role no more is told so, as if there were no claim. */
static void
append_outcome(struct writer *writer, const char *condition,
               enum write_outcome outcome)
{
    writer_append(writer, condition);
    if (writer->route->role[0] != '\0') {
        writer_append(writer, " AND ");
        viewer_append_role(&writer->sql, writer->route->role);
    }
    buffer_printf(&writer->sql, " THEN '%s' WHEN ",
                  write_outcome_name(outcome));
}

void
claim_append_outcomes(struct writer *writer)
{
    if (!writer->claim)
        return;
    append_outcome(writer, "NOT known.same", WRITE_MISMATCHED);
    append_outcome(writer, "known.is_shown", WRITE_REPEATED);
    append_outcome(writer, "NOT known.is_shown", WRITE_REPEATED_UNSEEN);
}

void
claim_append_setting(struct writer *writer)
{
    const char *viewer =
        writer_has_viewer(writer) ? "coalesce(v.\"key\"::text, '')" : "''";

    if (!writer->claim)
        return;
    writer_append(writer, ", ");
    viewer_append_set(&writer->sql, VIEWER_NAME, viewer);
}

/* --- the lock -------------------------------------------------------- */

/* Whoever asks: that of a dead cookie counts as nobody. */
static void
append_lock(struct writer *writer)
{
    writer_append(writer, "SELECT pg_advisory_xact_lock(hashtextextended(");
    sql_append_literal(&writer->sql, arena_printf(writer->arena, "byline %s ",
                                                  writer->route->name));
    writer_append(writer, " || $1, 0))");
}

/* --- keeping --------------------------------------------------------- */

static const char *
key_setting(const struct writer *writer, size_t index)
{
    return arena_printf(writer->arena, KEY_SETTING_NAME "%zu", index + 1);
}

static void
append_text_setting(struct writer *writer, const char *name)
{
    buffer_printf(&writer->sql,
                  "substr(nullif(current_setting('%s', true), ''), 2)", name);
}

/* What the write left behind: who asks, and the row if there is a new one. */
static void
append_written(struct writer *writer)
{
    writer_append(writer, "written AS (SELECT ");
    append_text_setting(writer, VIEWER_NAME);
    writer_append(writer, " AS viewer, ARRAY[");
    for (size_t i = 0; i < writer->key.column_count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        append_text_setting(writer, key_setting(writer, i));
    }
    writer_append(writer, "] AS row_key), ");
}

/* Whether the answer shows the row. */
static void
append_is_shown(struct writer *writer)
{
    const struct resource *resource = writer->route->resource;
    const struct catalog_table *table =
        catalog_table(writer->catalog, resource);

    writer_append(writer, "EXISTS (SELECT FROM ");
    visible_append(&writer->sql, &writer->statement, resource,
                   writer->route->where);
    writer_append(writer, " AS t0 WHERE ");
    for (size_t i = 0; i < writer->key.column_count; i++) {
        writer_append(writer, i > 0 ? " AND " : "");
        sql_append_column(&writer->sql, 0, writer->key.columns[i]);
        writer_append(writer, " = ");
        viewer_append_setting(&writer->sql, key_setting(writer, i),
                              catalog_column(table, writer->key.columns[i]));
    }
    writer_append(writer, ")");
}

static void
append_columns(struct writer *writer, const char *before, size_t first,
               size_t end)
{
    for (size_t i = first; i < end; i++)
        buffer_printf(&writer->sql, "%s%s%s", i > first ? ", " : "", before,
                      claim_columns[i].name);
}

/* One that has expired makes room; one that has not stays, and is the one
 * that the key stands for. */
static void
append_kept(struct writer *writer)
{
    writer_append(writer, "kept AS (INSERT INTO ");
    sql_append_table(&writer->sql, table_of(writer));
    writer_append(writer, " AS c (");
    append_columns(writer, "", 0, CLAIM_COLUMNS);
    writer_append(writer, ") SELECT ");
    sql_append_literal(&writer->sql, writer->route->name);
    writer_append(writer, ", $1, written.viewer, $2, written.row_key, ");
    append_is_shown(writer);
    buffer_printf(&writer->sql,
                  ", now() + interval '%" PRId64 " milliseconds' "
                  "FROM written WHERE written.row_key[1] IS NOT NULL "
                  "ON CONFLICT (",
                  writer->catalog->config->idempotency.lifetime_ms);
    append_columns(writer, "", 0, CLAIM_KEY_COLUMNS);
    writer_append(writer, ") DO UPDATE SET (");
    append_columns(writer, "", CLAIM_KEY_COLUMNS, CLAIM_COLUMNS);
    writer_append(writer, ") = ROW (");
    append_columns(writer, "excluded.", CLAIM_KEY_COLUMNS, CLAIM_COLUMNS);
    writer_append(writer, ") WHERE c.expires_at <= now()) ");
}

/* What somebody else is removing at this moment is his to remove. */
static void
append_expired(struct writer *writer)
{
    writer_append(writer, "old AS (SELECT ");
    append_columns(writer, "c.", 0, CLAIM_KEY_COLUMNS);
    writer_append(writer, " FROM ");
    sql_append_table(&writer->sql, table_of(writer));
    writer_append(writer, " AS c WHERE c.expires_at <= now() AND (");
    append_columns(writer, "c.", 0, CLAIM_KEY_COLUMNS);
    writer_append(writer, ") IS DISTINCT FROM (");
    sql_append_literal(&writer->sql, writer->route->name);
    writer_append(writer,
                  ", $1, (SELECT written.viewer FROM written)) ORDER BY "
                  "c.expires_at LIMIT " EXPIRED_MAX
                  " FOR UPDATE SKIP LOCKED), expired AS (DELETE FROM ");
    sql_append_table(&writer->sql, table_of(writer));
    writer_append(writer, " AS c USING old WHERE (");
    append_columns(writer, "c.", 0, CLAIM_KEY_COLUMNS);
    writer_append(writer, ") = (");
    append_columns(writer, "old.", 0, CLAIM_KEY_COLUMNS);
    writer_append(writer, ")), ");
}

/* The row of an older claim is the one that the answer shows. */
static void
append_recall(struct writer *writer)
{
    writer_append(writer, "SELECT ");
    for (size_t i = 0; i < writer->key.column_count; i++) {
        writer_append(writer, i > 0 ? ", " : "");
        viewer_append_set(
            &writer->sql, key_setting(writer, i),
            arena_printf(writer->arena, "c.row_key[%zu]", i + 1));
    }
    writer_append(writer, " FROM written JOIN ");
    sql_append_table(&writer->sql, table_of(writer));
    writer_append(writer, " AS c ON c.route = ");
    sql_append_literal(&writer->sql, writer->route->name);
    writer_append(writer, " AND c.key = $1 AND c.viewer = written.viewer "
                          "AND c.request_hash = $2 AND c.expires_at > now()");
}

static void
append_keep(struct writer *writer)
{
    writer_append(writer, "WITH ");
    if (writer->statement.has_viewer) {
        writer_append(writer, "v AS ");
        viewer_append(&writer->sql, writer->catalog, VIEWER_SETTING, 0);
        writer_append(writer, ", ");
    }
    append_written(writer);
    /* The last is done first: what is his own, before he may have to wait
     * for who keeps what he removes. */
    append_expired(writer);
    append_kept(writer);
    append_recall(writer);
}

/* --- all of it ------------------------------------------------------- */

static uint32_t *
types_of(struct arena *arena, const struct write *write)
{
    const size_t count = write->parameter_count;
    uint32_t *types =
        arena_alloc(arena, (count + CLAIM_PARAMETERS) * sizeof *types);

    for (size_t i = 0; i < count; i++)
        types[i] = write->types[i];
    for (size_t i = 0; i < CLAIM_PARAMETERS; i++)
        types[count + i] = claim_types[i];
    return types;
}

struct claim *
claim_compose(struct arena *arena, const struct catalog *catalog,
              const struct route *route, const struct write *write)
{
    struct claim *claim = arena_alloc(arena, sizeof *claim);
    struct writer writer = {
        .arena = arena,
        .catalog = catalog,
        .route = route,
        .key = catalog_key_of(catalog, route->resource),
        .statement = statement_start_write(arena, catalog, true),
        .claim = claim,
    };

    claim->key = write->parameter_count + CLAIM_KEY;
    claim->hash = write->parameter_count + CLAIM_HASH;
    claim->write_types = types_of(arena, write);
    append_lock(&writer);
    claim->lock_sql = writer_take_sql(&writer);
    append_keep(&writer);
    claim->keep_sql = writer_take_sql(&writer);
    buffer_free(&writer.sql);
    return claim;
}
