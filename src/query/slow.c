/* Telling of statements that took long. */
#include "query/slow.h"

#include "base/buffer.h"
#include "base/log.h"

/* So much of all statements is told; the log has an end for a line, too. */
#define TEXT_MAX 1600

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n' ||
           character == '\r';
}

/* On one line, as statements of a site's own have many. */
static void
append_squeezed(struct buffer *text, const char *sql)
{
    for (; *sql && text->length < TEXT_MAX; sql++)
        if (!is_blank(*sql))
            buffer_append_char(text, *sql);
        else if (!is_blank(sql[1]) && sql[1] != '\0')
            buffer_append_char(text, ' ');
    if (*sql == '\0')
        return;
    /* Not within a character (RFC 3629, section 3). */
    while (text->length > 0 && ((unsigned char)*sql & 0xc0) == 0x80) {
        sql--;
        text->length--;
    }
    buffer_append_text(text, " ...");
}

void
slow_log(const struct route *route, const struct db_call *calls, size_t count,
         int64_t took_us)
{
    struct buffer text = {0};

    for (size_t i = 0; i < count && text.length < TEXT_MAX; i++) {
        if (i > 0)
            buffer_append_text(&text, "; ");
        append_squeezed(&text, calls[i].sql);
    }
    log_notice("slow: [route %s] took %lld ms: %s", route->name,
               (long long)(took_us / 1000), buffer_text(&text));
    buffer_free(&text);
}
