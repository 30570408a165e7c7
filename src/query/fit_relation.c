/* Whether relations fit the database. */
#include "base/buffer.h"
#include "query/fit.h"
#include "query/link.h"
#include "query/sql.h"

const char *
fit_target_column(const struct catalog *catalog,
                  const struct relation *relation)
{
    struct link link = link_of(catalog, relation);

    return link.count == 1 ? link.far[0] : NULL;
}

static bool
is_not_null(const struct catalog *catalog, const struct resource *resource,
            const struct names *columns)
{
    const struct catalog_table *table = catalog_table(catalog, resource);

    for (size_t i = 0; i < columns->count; i++) {
        const struct catalog_column *column =
            catalog_column(table, columns->items[i]);

        if (!column || !column->is_not_null)
            return false;
    }
    return true;
}

bool
fit_is_certain(const struct catalog *catalog, const struct relation *relation)
{
    const struct catalog_table *to = catalog_table(catalog, relation->to);
    const struct catalog_foreign_key *foreign =
        catalog_foreign_key(catalog_table(catalog, relation->from),
                            relation->via.items, relation->via.count, to->oid);

    return relation->kind == RELATION_TO_ONE && foreign &&
           foreign->is_validated && !to->has_row_security &&
           relation->to->where[0] == '\0' && !relation->to->within &&
           is_not_null(catalog, relation->from, &relation->via);
}

static void
append_names(struct buffer *sql, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(sql, i > 0 ? ", " : "");
        sql_append_identifier(sql, names[i]);
    }
}

/* Columns that nothing guards may point to rows that are gone. A view can
 * have no such guard. */
static void
warn_of_missing_foreign_key(const struct catalog *catalog,
                            const struct resource *from, struct link link,
                            const struct resource *to, struct place place,
                            struct diagnostics *diagnostics)
{
    const struct catalog_table *table = catalog_table(catalog, from);
    const struct catalog_table *target = catalog_table(catalog, to);
    struct buffer sql = {0};

    if (table->is_view || target->is_view ||
        catalog_foreign_key(table, link.near, link.count, target->oid))
        return;
    buffer_append_text(&sql, "ALTER TABLE ");
    sql_append_table(&sql, from);
    buffer_append_text(&sql, " ADD FOREIGN KEY (");
    append_names(&sql, link.near, link.count);
    buffer_append_text(&sql, ") REFERENCES ");
    sql_append_table(&sql, to);
    buffer_append_text(&sql, " (");
    append_names(&sql, link.far, link.count);
    diagnostics_warning(diagnostics, place, "no foreign key: %s);",
                        buffer_text(&sql));
    buffer_free(&sql);
}

/* The rows that hang on another are looked for by these columns. */
static void
warn_of_missing_index(const struct catalog *catalog,
                      const struct relation *relation,
                      const struct resource *resource, const char *column,
                      struct place place, struct diagnostics *diagnostics)
{
    const struct catalog_table *table = catalog_table(catalog, resource);
    const struct catalog_column *found = catalog_column(table, column);
    struct buffer sql = {0};

    if (table->is_view || !found || found->leads_index)
        return;
    sql_append_table(&sql, resource);
    buffer_append_text(&sql, " (");
    sql_append_identifier(&sql, column);
    diagnostics_warning(diagnostics, place,
                        "no index, and embedding %s reads all rows each "
                        "time: CREATE INDEX ON %s);",
                        relation->name, buffer_text(&sql));
    buffer_free(&sql);
}

/* Both ends of a link, whose columns must be there. */
static int
fit_link(const struct catalog *catalog, const struct resource *from,
         struct link link, const struct resource *to, struct place place,
         struct diagnostics *diagnostics)
{
    int result = 0;

    for (size_t i = 0; i < link.count; i++)
        if (!fit_column(catalog, from, link.near[i], place, diagnostics) ||
            !fit_column(catalog, to, link.far[i], place, diagnostics))
            result = -1;
    return result;
}

static int
fit_names(const struct catalog *catalog, const struct resource *resource,
          const struct names *names, struct place place,
          struct diagnostics *diagnostics)
{
    int result = 0;

    for (size_t i = 0; i < names->count; i++)
        if (!fit_column(catalog, resource, names->items[i], place,
                        diagnostics))
            result = -1;
    return result;
}

/* The link that columns of `from` make; `key` is where they stand. */
static int
fit_holder(const struct catalog *catalog, const struct relation *relation,
           const struct resource *from, struct link link,
           const struct resource *to, struct diagnostics *diagnostics)
{
    const char *key = relation->through ? "through" : "via";
    struct place place = ini_place(relation->section, key);

    if (link.count == 0)
        return diagnostics_error(
            diagnostics, place,
            "leads to %s, to which no foreign key leads from these columns, "
            "and whose key has not as many",
            to->name);
    if (!catalog_foreign_key(catalog_table(catalog, from), link.near,
                             link.count, catalog_table(catalog, to)->oid) &&
        catalog_has_foreign_key_mixed(catalog_table(catalog, from), link.near,
                                      link.count,
                                      catalog_table(catalog, to)->oid))
        return diagnostics_error(diagnostics, place,
                                 "the foreign key to %s has these columns in "
                                 "another order: write them in that",
                                 to->name);
    warn_of_missing_foreign_key(catalog, from, link, to, place, diagnostics);
    return fit_link(catalog, from, link, to, place, diagnostics);
}

static int
fit_through(const struct catalog *catalog, const struct relation *relation,
            struct diagnostics *diagnostics)
{
    int near, far;

    warn_of_missing_index(catalog, relation, relation->through,
                          relation->through_columns.items[0],
                          ini_place(relation->section, "through"),
                          diagnostics);
    near = fit_holder(catalog, relation, relation->through,
                      link_turn(link_of(catalog, relation)), relation->from,
                      diagnostics);
    far =
        fit_holder(catalog, relation, relation->through,
                   link_beyond(catalog, relation), relation->to, diagnostics);

    return near == 0 && far == 0 ? 0 : -1;
}

static int
fit_columns(const struct catalog *catalog, const struct relation *relation,
            struct diagnostics *diagnostics)
{
    struct place via = ini_place(relation->section, "via");

    switch (relation->kind) {
    case RELATION_TO_ONE:
        return fit_names(catalog, relation->from, &relation->via, via,
                         diagnostics);
    case RELATION_TO_MANY:
        return fit_names(catalog, relation->to, &relation->via, via,
                         diagnostics);
    case RELATION_THROUGH:
        break;
    }
    return fit_names(catalog, relation->through, &relation->through_columns,
                     ini_place(relation->section, "through"), diagnostics);
}

static int
fit_many(const struct catalog *catalog, const struct relation *relation,
         struct diagnostics *diagnostics)
{
    warn_of_missing_index(catalog, relation, relation->to,
                          relation->via.items[0],
                          ini_place(relation->section, "via"), diagnostics);
    return fit_holder(catalog, relation, relation->to,
                      link_turn(link_of(catalog, relation)), relation->from,
                      diagnostics);
}

int
fit_relation(const struct catalog *catalog, const struct relation *relation,
             struct diagnostics *diagnostics)
{
    if (catalog_table(catalog, relation->from)->oid == 0 ||
        catalog_table(catalog, relation->to)->oid == 0 ||
        (relation->through &&
         catalog_table(catalog, relation->through)->oid == 0))
        return -1; /* said of the resource */
    if (fit_columns(catalog, relation, diagnostics) == -1)
        return -1;
    switch (relation->kind) {
    case RELATION_TO_ONE:
        return fit_holder(catalog, relation, relation->from,
                          link_of(catalog, relation), relation->to,
                          diagnostics);
    case RELATION_TO_MANY:
        return fit_many(catalog, relation, diagnostics);
    case RELATION_THROUGH:
        break;
    }
    return fit_through(catalog, relation, diagnostics);
}
