/*
 * Cursors. The text is base64url of eight bytes of hash and, for each value,
 * `-` for NULL or `+length:bytes`.
 */
#include "handlers/cursor.h"

#include <string.h>

#include "base/base64url.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/number.h"

#define HASH_BYTES 8

static uint64_t
hash_text(const char *text)
{
    return hash_of(text, strlen(text));
}

/* The sum is the same in whatever order they are added. */
static uint64_t
hash_filters(struct arena *arena, const struct ask *ask)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ask->filter_count; i++)
        sum += hash_text(arena_printf(
            arena, "%s[%s]=%s", ask->filters[i].filterable->path.json_name,
            operator_name(ask->filters[i].operation), ask->filters[i].text));
    return sum;
}

uint64_t
cursor_fingerprint(const struct exchange *exchange, const struct ask *ask)
{
    const struct route *route = exchange->route;
    const uint64_t filters = hash_filters(exchange->arena, ask);
    struct buffer text = {0};
    uint64_t hash;

    /* With the NULs between them. */
    buffer_append(&text, route->name, strlen(route->name) + 1);
    for (size_t i = 0; i < route->parameter_count; i++)
        buffer_append(&text, exchange->values[i],
                      strlen(exchange->values[i]) + 1);
    for (size_t i = 0; i < ask->sort_count; i++) {
        buffer_append_char(&text, ask->sort[i].is_descending ? '-' : '+');
        buffer_append_text(&text, ask->sort[i].path.json_name);
    }
    buffer_append_text(&text, ask->is_ranked ? "?rank" : "?");
    if (ask->search)
        buffer_append(&text, ask->search, strlen(ask->search) + 1);
    buffer_append(&text, &filters, sizeof filters);
    hash = hash_of(text.data, text.length);
    buffer_free(&text);
    return hash;
}

/* In the order of bytes of the network. */
static void
put_hash(char *bytes, uint64_t hash)
{
    for (int i = HASH_BYTES - 1; i >= 0; i--, hash >>= 8)
        bytes[i] = (char)(hash & 0xff);
}

/* The fingerprint and the values behind it, as one. */
static uint64_t
hash_values(uint64_t fingerprint, const char *values, size_t length)
{
    return fingerprint ^ hash_of(values, length);
}

const char *
cursor_encode(struct arena *arena, uint64_t fingerprint,
              const char *const *values, size_t count)
{
    struct buffer bytes = {0};
    const char *text;

    buffer_append(&bytes, "\0\0\0\0\0\0\0\0", HASH_BYTES);
    for (size_t i = 0; i < count; i++)
        if (values[i])
            buffer_printf(&bytes, "+%zu:%s", strlen(values[i]), values[i]);
        else
            buffer_append_char(&bytes, '-');
    put_hash(bytes.data, hash_values(fingerprint, bytes.data + HASH_BYTES,
                                     bytes.length - HASH_BYTES));
    text = base64url_encode(arena, bytes.data, bytes.length);
    buffer_free(&bytes);
    return text;
}

/* Takes one value off; false if there is none. */
static bool
take_value(struct arena *arena, const char **at, const char *end,
           const char **value)
{
    size_t digits;
    int64_t length;

    *value = NULL;
    if (*(*at)++ == '-')
        return true;
    digits = strspn(*at, "0123456789");
    if ((*at)[-1] != '+' || digits == 0 || (*at)[digits] != ':' ||
        number_parse(arena_strndup(arena, *at, digits), &length) != NUMBER_OK)
        return false;
    *at += digits + 1;
    if (length > end - *at || memchr(*at, '\0', (size_t)length))
        return false;
    *value = arena_strndup(arena, *at, (size_t)length);
    *at += length;
    return true;
}

const char **
cursor_decode(struct arena *arena, uint64_t fingerprint, const char *text,
              size_t *count)
{
    size_t length;
    const char *bytes = base64url_decode(arena, text, strlen(text), &length);
    const char **values = NULL;
    const char *at, *end, *value;
    char hash[HASH_BYTES];

    *count = 0;
    if (!bytes || length <= HASH_BYTES)
        return NULL;
    put_hash(hash, hash_values(fingerprint, bytes + HASH_BYTES,
                               length - HASH_BYTES));
    if (memcmp(hash, bytes, HASH_BYTES) != 0)
        return NULL;
    end = bytes + length;
    for (at = bytes + HASH_BYTES; at < end;) {
        if (!take_value(arena, &at, end, &value))
            return NULL;
        values = arena_push(arena, values, *count, sizeof *values);
        values[(*count)++] = value;
    }
    return values;
}
