/* Text as a JSON string, which looks as PostgreSQL's to_json has it. */
#include "base/json.h"

#include "tap.h"

/* What `SELECT to_json(text)` of PostgreSQL 15 answered. */
static const struct {
    const char *text;
    const char *expected;
} examples[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"say \"hi\"", "\"say \\\"hi\\\"\""},
    {"back\\slash", "\"back\\\\slash\""},
    {"a/b", "\"a/b\""},
    {"<b>'&'</b>", "\"<b>'&'</b>\""},
    {"a\nb", "\"a\\nb\""},
    {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
    {"\x01\x1f", "\"\\u0001\\u001f\""},
    {"\x1b[1m", "\"\\u001b[1m\""},
    {"\x7f", "\"\x7f\""},
    {"\xc3\xa9\xe2\x82\xac", "\"\xc3\xa9\xe2\x82\xac\""},
    {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
    {"\xe2\x80\xa8", "\"\xe2\x80\xa8\""},
    {"\\u0041", "\"\\\\u0041\""},
    {"\\", "\"\\\\\""},
    {"\"", "\"\\\"\""},
};

static void
escapes_as_to_json(void)
{
    struct buffer out = {0};

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        buffer_clear(&out);
        json_append_text(&out, examples[i].text);
        is_text(buffer_text(&out), examples[i].expected, "%s",
                examples[i].expected);
    }
    buffer_free(&out);
}

/* The escape of a control character, from the list of RFC 8259. */
static const char *
expected_escape(int byte, char room[16])
{
    static const char letters[] = "\b\f\n\r\t";
    const char *found = byte ? strchr(letters, byte) : NULL;

    if (found)
        snprintf(room, 16, "\"\\%c\"", "bfnrt"[found - letters]);
    else
        snprintf(room, 16, "\"\\u%04x\"", (unsigned)byte);
    return room;
}

static void
escapes_all_control_characters(void)
{
    struct buffer out = {0};

    for (int byte = 0; byte < 0x20; byte++) {
        char text = (char)byte, room[16];

        buffer_clear(&out);
        json_append_string(&out, &text, 1);
        is_text(buffer_text(&out), expected_escape(byte, room),
                "the control character %d is escaped", byte);
    }
    buffer_free(&out);
}

static void
leaves_all_other_bytes(void)
{
    struct buffer out = {0};
    int changed = 0;

    for (int byte = 0x20; byte < 0x100; byte++) {
        char text = (char)byte;

        buffer_clear(&out);
        json_append_string(&out, &text, 1);
        changed += out.length != 3 || out.data[1] != text;
    }
    is_int(changed, 2, "of all other bytes only \" and \\ are escaped");
    buffer_free(&out);
}

/* What the string is byte by byte. */
static void
append_slowly(struct buffer *out, const char *text, size_t length)
{
    char room[16];

    buffer_append_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte < 0x20) {
            expected_escape(byte, room);
            buffer_append(out, room + 1, strlen(room) - 2);
            continue;
        }
        if (byte == '"' || byte == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, text[i]);
    }
    buffer_append_char(out, '"');
}

/* Several bytes are looked at in one go. */
static void
escapes_wherever_it_stands(void)
{
    static const char fill[] = {'x', '\x80', '\xff', ' ', '!', '#', '[', ']'};
    struct buffer out = {0}, expected = {0};
    char text[20];
    int wrong = 0;

    for (size_t i = 0; i < 256 * sizeof text * sizeof fill; i++) {
        size_t at = i / 256 % sizeof text;

        memset(text, fill[i / 256 / sizeof text], sizeof text);
        text[at] = (char)(i % 256);
        for (size_t length = at + 1; length <= sizeof text; length++) {
            buffer_clear(&out);
            buffer_clear(&expected);
            json_append_string(&out, text, length);
            append_slowly(&expected, text, length);
            wrong += strcmp(buffer_text(&out), buffer_text(&expected)) != 0;
        }
    }
    is_int(wrong, 0, "each byte at each place, among others");
    buffer_free(&out);
    buffer_free(&expected);
}

static void
appends(void)
{
    struct buffer out = {0};

    json_append_text(&out, NULL);
    is_text(buffer_text(&out), "null", "no text is null");
    buffer_append_char(&out, ',');
    json_append_string(&out, "abc", 2);
    is_text(buffer_text(&out), "null,\"ab\"",
            "what was there stays, and the length counts");
    buffer_clear(&out);
    json_append_string(&out, "a\0b", 3);
    is_text(buffer_text(&out), "\"a\\u0000b\"", "a NUL does not end it");
    buffer_free(&out);
}

/* Every byte escaped, over several growths of the buffer. */
static void
escapes_much(void)
{
    static char text[100000];
    struct buffer out = {0};
    size_t wrong = 0;

    memset(text, '\x02', sizeof text);
    json_append_string(&out, text, sizeof text);
    is_int((int64_t)out.length, 6 * (int64_t)sizeof text + 2,
           "100,000 escapes have their length");
    for (size_t i = 1; i + 6 < out.length; i += 6)
        wrong += strncmp(out.data + i, "\\u0002", 6) != 0;
    is_int((int64_t)wrong, 0, "and all of them are right");
    buffer_free(&out);
}

int
main(void)
{
    escapes_as_to_json();
    escapes_all_control_characters();
    leaves_all_other_bytes();
    escapes_wherever_it_stands();
    appends();
    escapes_much();
    return done();
}
