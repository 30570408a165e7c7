/* The version that a row must have, or must not, to be written: that of the
 * transaction which wrote it last. */
#include "query/writer.h"

bool
writer_has_version(const struct writer *writer)
{
    return writer->write->versions != WRITE_NO_PARAMETER;
}

/* The rows of a view have none, and a request that names one names none of
 * theirs. */
static const char *
version_of(const struct writer *writer)
{
    return catalog_table(writer->catalog, writer->route->resource)->is_view
               ? "NULL::text"
               : "t0." CATALOG_VERSION "::text";
}

void
writer_append_version(struct writer *writer)
{
    if (!writer_has_version(writer))
        return;
    writer_append(writer, ", ");
    writer_append(writer, version_of(writer));
    writer_append(writer, " AS version");
}

/* Without a list, any version does. */
static void
append_stale(struct writer *writer, const char *version)
{
    writer_append(writer, "(");
    writer_append_parameter(writer, writer->write->versions);
    buffer_printf(&writer->sql, " IS NOT NULL AND (%s <> ALL (", version);
    writer_append_parameter(writer, writer->write->versions);
    buffer_printf(&writer->sql, ")) IS NOT FALSE OR (ARRAY[%s, '*'] && ",
                  version);
    writer_append_parameter(writer, writer->write->others);
    writer_append(writer, ") IS TRUE)");
}

void
writer_append_stale(struct writer *writer)
{
    append_stale(writer, "t.version");
}

void
writer_append_current(struct writer *writer)
{
    if (!writer_has_version(writer))
        return;
    writer_append(writer, " AND NOT ");
    append_stale(writer, version_of(writer));
}

void
writer_append_lost(struct writer *writer)
{
    if (!writer_has_version(writer)) {
        buffer_printf(&writer->sql, "'%s'", write_outcome_name(WRITE_MISSING));
        return;
    }
    writer_append(writer, "CASE WHEN coalesce(");
    writer_append_parameter(writer, writer->write->versions);
    writer_append(writer, ", ");
    writer_append_parameter(writer, writer->write->others);
    buffer_printf(&writer->sql, ") IS NULL THEN '%s' ELSE '%s' END",
                  write_outcome_name(WRITE_MISSING),
                  write_outcome_name(WRITE_STALE));
}
