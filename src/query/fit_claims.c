/* Whether the table of [idempotency] is what it must be. */
#include <string.h>

#include "query/claim.h"
#include "query/fit.h"
#include "query/sql.h"

static void
append_names(struct buffer *sql, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_printf(sql, "%s%s", i > 0 ? ", " : "", claim_columns[i].name);
}

static void
append_index(struct buffer *sql, const struct resource *table)
{
    buffer_append_text(sql, "CREATE INDEX ON ");
    sql_append_table(sql, table);
    buffer_printf(sql, " (%s);", claim_columns[CLAIM_COLUMN_EXPIRES].name);
}

static int
fit_existence(const struct resource *table, struct diagnostics *diagnostics)
{
    struct buffer sql = {0};

    buffer_append_text(&sql, "CREATE TABLE ");
    sql_append_table(&sql, table);
    buffer_append_text(&sql, " (");
    for (size_t i = 0; i < CLAIM_COLUMNS; i++)
        buffer_printf(&sql, "%s %s NOT NULL, ", claim_columns[i].name,
                      claim_columns[i].type);
    buffer_append_text(&sql, "PRIMARY KEY (");
    append_names(&sql, CLAIM_KEY_COLUMNS);
    buffer_append_text(&sql, ")); ");
    append_index(&sql, table);
    diagnostics_error(diagnostics, ini_place(table->section, NULL),
                      "the database has no table \"%s\"%s%s, which idempotent "
                      "routes need: %s",
                      table->table, table->schema ? " in schema " : "",
                      table->schema ? table->schema : "", buffer_text(&sql));
    buffer_free(&sql);
    return -1;
}

static int
fit_columns(const struct catalog *catalog, const struct resource *table,
            struct diagnostics *diagnostics)
{
    struct place place = ini_place(table->section, NULL);
    int result = 0;

    for (size_t i = 0; i < CLAIM_COLUMNS; i++) {
        const struct claim_column_rule *rule = &claim_columns[i];
        const struct catalog_column *column =
            fit_existing(catalog, table, rule->name, place, diagnostics);

        if (!column)
            result = -1;
        else if (strcmp(column->type_name, rule->type) != 0)
            result = diagnostics_error(
                diagnostics, place, "%s.%s is of type %s, and must be %s",
                table->table, rule->name, column->type_name, rule->type);
    }
    return result;
}

/* What ON CONFLICT is about. */
static int
fit_unique(const struct catalog_table *known, const struct resource *table,
           struct diagnostics *diagnostics)
{
    const char *names[CLAIM_KEY_COLUMNS];

    for (size_t i = 0; i < CLAIM_KEY_COLUMNS; i++)
        names[i] = claim_columns[i].name;
    for (size_t i = 0; i < known->key_count; i++)
        if (known->keys[i].is_immediate &&
            known->keys[i].column_count == CLAIM_KEY_COLUMNS &&
            catalog_key_is_within(&known->keys[i], names, CLAIM_KEY_COLUMNS))
            return 0;
    return diagnostics_error(diagnostics, ini_place(table->section, NULL),
                             "%s needs a key of %s, %s and %s", table->table,
                             names[0], names[1], names[2]);
}

static void
warn_of_scan(const struct catalog_table *known, const struct resource *table,
             struct diagnostics *diagnostics)
{
    const char *name = claim_columns[CLAIM_COLUMN_EXPIRES].name;
    struct buffer sql = {0};

    if (catalog_column(known, name)->leads_index)
        return;
    append_index(&sql, table);
    diagnostics_warning(diagnostics, ini_place(table->section, NULL),
                        "each request with a key looks for those that have "
                        "expired, without an index: %s",
                        buffer_text(&sql));
    buffer_free(&sql);
}

int
fit_claims(const struct catalog *catalog, struct diagnostics *diagnostics)
{
    const struct resource *table = catalog->config->idempotency.resource;
    const struct catalog_table *known = catalog_table(catalog, table);

    if (known->oid == 0)
        return fit_existence(table, diagnostics);
    if (fit_columns(catalog, table, diagnostics) == -1 ||
        fit_unique(known, table, diagnostics) == -1)
        return -1;
    warn_of_scan(known, table, diagnostics);
    return 0;
}
