/* The text format of Prometheus. */
#include "http/exposition.h"

#include <inttypes.h>

void
exposition_family(struct buffer *buffer, const char *name, const char *type,
                  const char *help)
{
    buffer_printf(buffer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                  type);
}

static void
append_escaped(struct buffer *buffer, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '\\':
            buffer_append_text(buffer, "\\\\");
            break;
        case '"':
            buffer_append_text(buffer, "\\\"");
            break;
        case '\n':
            buffer_append_text(buffer, "\\n");
            break;
        default:
            buffer_append_char(buffer, *text);
        }
}

void
exposition_sample(struct buffer *buffer, const char *name,
                  const struct exposition_label *labels, size_t count,
                  uint64_t value)
{
    buffer_append_text(buffer, name);
    for (size_t i = 0; i < count; i++) {
        buffer_printf(buffer, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        append_escaped(buffer, labels[i].value);
        buffer_append_char(buffer, '"');
    }
    buffer_printf(buffer, "%s %" PRIu64 "\n", count > 0 ? "}" : "", value);
}

/* Microseconds as seconds, exactly, and without zeros at the end. */
static void
append_seconds(struct buffer *buffer, uint64_t us)
{
    buffer_printf(buffer, "%" PRIu64, us / 1000000);
    if (us % 1000000 == 0)
        return;
    buffer_printf(buffer, ".%06" PRIu64, us % 1000000);
    while (buffer->data[buffer->length - 1] == '0')
        buffer->length--;
}

static void
append_part(struct buffer *buffer, const char *name, const char *part,
            struct exposition_label label)
{
    buffer_printf(buffer, "%s_%s{%s=\"", name, part, label.name);
    append_escaped(buffer, label.value);
    buffer_append_char(buffer, '"');
}

/* Each bucket has what those below it have, and the count is that of the
 * last, so that they agree whoever counts meanwhile. */
void
exposition_histogram(struct buffer *buffer, const char *name,
                     struct exposition_label label,
                     const struct metrics_histogram *histogram)
{
    uint64_t count = 0;

    for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
        count += metrics_read(&histogram->buckets[i]);
        append_part(buffer, name, "bucket", label);
        buffer_append_text(buffer, ",le=\"");
        if (i < METRICS_BOUNDS)
            append_seconds(buffer, (uint64_t)metrics_bounds_us[i]);
        else
            buffer_append_text(buffer, "+Inf");
        buffer_printf(buffer, "\"} %" PRIu64 "\n", count);
    }
    append_part(buffer, name, "sum", label);
    buffer_append_text(buffer, "} ");
    append_seconds(buffer, metrics_read(&histogram->sum_us));
    buffer_append_char(buffer, '\n');
    append_part(buffer, name, "count", label);
    buffer_printf(buffer, "} %" PRIu64 "\n", count);
}
