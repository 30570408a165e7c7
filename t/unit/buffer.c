/* A growing run of bytes. */
#include "base/buffer.h"

#include "tap.h"

static void
appends(void)
{
    struct buffer buffer = {0};

    is_text(buffer_text(&buffer), "", "an empty buffer is an empty text");
    buffer_append(&buffer, "abc", 2);
    buffer_append(&buffer, NULL, 0);
    buffer_append_text(&buffer, "cd");
    buffer_append_char(&buffer, 'e');
    buffer_printf(&buffer, "-%d-%s", 7, "f");
    is_text(buffer_text(&buffer), "abcde-7-f", "all is appended");
    is_int((int64_t)buffer.length, 9, "the NUL is no part of it");
    buffer_append_char(&buffer, 'g');
    is_text(buffer_text(&buffer), "abcde-7-fg", "nor in the way");
    buffer_append(&buffer, "\0h", 2);
    is_int((int64_t)buffer.length, 12, "a NUL can be a part");
    buffer_free(&buffer);
    ok(!buffer.data && buffer.length == 0 && buffer.capacity == 0,
       "nothing is left of a freed one");
    buffer_free(&buffer);
    ok(true, "which can be freed again");
}

/* To lengths around those at which it grows. */
static void
appends_numbers(void)
{
    struct buffer buffer = {0};

    buffer_append_number(&buffer, 0);
    buffer_append_char(&buffer, ' ');
    buffer_append_number(&buffer, 1024);
    buffer_append_char(&buffer, ' ');
    buffer_append_number(&buffer, UINT64_MAX);
    is_text(buffer_text(&buffer), "0 1024 18446744073709551615",
            "numbers are decimal");
    buffer_free(&buffer);
}

static void
grows(void)
{
    struct buffer buffer = {0};
    size_t wrong = 0;

    for (size_t i = 0; i < 100000; i++)
        buffer_append_char(&buffer, (char)(i % 251));
    for (size_t i = 0; i < buffer.length; i++)
        wrong += buffer.data[i] != (char)(i % 251);
    is_int((int64_t)buffer.length, 100000, "100,000 bytes, one by one");
    is_int((int64_t)wrong, 0, "and all as they were");
    buffer_free(&buffer);
    for (int width = 1000; width < 1050; width++) {
        buffer_clear(&buffer);
        buffer_printf(&buffer, "%*s", width, "x");
        wrong += strlen(buffer_text(&buffer)) != (size_t)width;
    }
    is_int((int64_t)wrong, 0, "printed texts of any length fit");
    buffer_free(&buffer);
}

static void
reserves(void)
{
    struct buffer buffer = {0};
    char *place;

    buffer_append_text(&buffer, "ab");
    place = buffer_reserve(&buffer, 100000);
    ok(place == buffer.data + 2, "the place is behind the length");
    ok(buffer.capacity >= 100002, "there is room");
    is_int((int64_t)buffer.length, 2, "the length is left alone");
    memset(place, 'x', 100000);
    buffer_free(&buffer);
}

static void
gives_back_what_is_large(void)
{
    struct buffer buffer = {0};

    buffer_append_text(&buffer, "small");
    buffer_clear(&buffer);
    ok(buffer.length == 0 && buffer.capacity > 0,
       "a small one keeps its memory");
    buffer_reserve(&buffer, 65536);
    buffer_clear(&buffer);
    is_int((int64_t)buffer.capacity, 65536, "so does one of 64 kB");
    buffer_reserve(&buffer, 65537);
    buffer_clear(&buffer);
    is_int((int64_t)buffer.capacity, 0, "a larger one gives it back");
    buffer_append_text(&buffer, "again");
    is_text(buffer_text(&buffer), "again", "and can be used again");
    buffer_free(&buffer);
}

int
main(void)
{
    appends();
    appends_numbers();
    grows();
    reserves();
    gives_back_what_is_large();
    return done();
}
