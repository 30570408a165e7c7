/* RFC 8259, byte by byte. No recursion: the open brackets are a string. */
#include "base/json_scan.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

/* What a step has led to. */
enum step {
    STEP_FAILED,
    STEP_VALUE, /* a value must follow */
    STEP_ENDED, /* a value has ended */
    STEP_DONE,
};

struct scan {
    struct json_scan result;
    const char *text;
    const char *at;
    const char *end;
    size_t depth;
    size_t depth_max;
    char open[JSON_SCAN_DEPTH_MAX]; /* '[' or '{' each */
    void (*on_member)(void *, const struct json_member *);
    void *context;
    struct json_member member; /* of the outermost object, being read */
};

static enum step
fail_as(struct scan *scan, enum json_scan_status status, const char *message)
{
    scan->result.status = status;
    scan->result.offset = (size_t)(scan->at - scan->text);
    scan->result.message = message;
    return STEP_FAILED;
}

static enum step
fail(struct scan *scan, const char *message)
{
    return fail_as(scan, JSON_SCAN_MALFORMED, message);
}

/* The next byte, or -1 at the end. */
static int
peek(const struct scan *scan)
{
    return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

/* Goes over that byte, if it is the next. */
static bool
take(struct scan *scan, char byte)
{
    if (peek(scan) != (unsigned char)byte)
        return false;
    scan->at++;
    return true;
}

static void
skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' ||
                                    *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

static bool
is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

/* Goes over digits; false if there are none. */
static bool
take_digits(struct scan *scan)
{
    if (!is_digit(peek(scan)))
        return false;
    while (is_digit(peek(scan)))
        scan->at++;
    return true;
}

static enum step
scan_number(struct scan *scan, enum json_kind *kind)
{
    *kind = JSON_INTEGER;
    take(scan, '-');
    if (take(scan, '0')) {
        if (is_digit(peek(scan)))
            return fail(scan, "a number has no leading zeros");
    } else if (!take_digits(scan)) {
        return fail(scan, "a digit is expected");
    }
    if (take(scan, '.')) {
        *kind = JSON_NUMBER;
        if (!take_digits(scan))
            return fail(scan, "a digit is expected");
    }
    if (take(scan, 'e') || take(scan, 'E')) {
        *kind = JSON_NUMBER;
        if (!take(scan, '+'))
            take(scan, '-');
        if (!take_digits(scan))
            return fail(scan, "a digit is expected");
    }
    return STEP_ENDED;
}

/* Reads the four digits of \uXXXX; -1 if they are not there. */
static int
take_hex(struct scan *scan)
{
    int code = 0;

    for (int i = 0; i < 4; i++, scan->at++) {
        int byte = peek(scan);

        if (byte == -1 || !isxdigit(byte))
            return -1;
        code =
            code * 16 + (is_digit(byte) ? byte - '0' : (byte | 32) - 'a' + 10);
    }
    return code;
}

/* Behind "\u". A pair of surrogates is one character; half of one is none. */
static enum step
scan_unicode_escape(struct scan *scan, bool *has_nul)
{
    const char *start = scan->at - 2;
    int code = take_hex(scan);
    int low;

    if (code == -1)
        return fail(scan, "four hexadecimal digits are expected");
    *has_nul = *has_nul || code == 0;
    if (code < 0xd800 || code > 0xdfff)
        return STEP_ENDED;
    if (code < 0xdc00 && take(scan, '\\') && take(scan, 'u')) {
        low = take_hex(scan);
        if (low == -1)
            return fail(scan, "four hexadecimal digits are expected");
        if (low >= 0xdc00 && low <= 0xdfff)
            return STEP_ENDED;
    }
    scan->at = start;
    return fail(scan, "half of a surrogate pair is no character");
}

/* Behind a backslash. */
static enum step
scan_escape(struct scan *scan, bool *has_nul)
{
    if (take(scan, 'u'))
        return scan_unicode_escape(scan, has_nul);
    if (peek(scan) <= 0 || !strchr("\"\\/bfnrt", peek(scan)))
        return fail(scan, "there is no such escape");
    scan->at++;
    return STEP_ENDED;
}

/* One character beyond ASCII: a first byte and all that continue it. */
static enum step
scan_sequence(struct scan *scan)
{
    const char *start = scan->at++;

    while ((peek(scan) & ~0x3f) == 0x80)
        scan->at++;
    if (utf8_is_valid(start, (size_t)(scan->at - start)))
        return STEP_ENDED;
    scan->at = start;
    return fail(scan, "the text is not UTF-8");
}

/* One character of a string, however it is written. */
static enum step
scan_character(struct scan *scan, bool *has_nul)
{
    int byte = peek(scan);

    if (byte == -1)
        return fail(scan, "the string has no end");
    if (byte < ' ')
        return fail(scan, "a control character must be escaped");
    if (byte >= 0x80)
        return scan_sequence(scan);
    scan->at++;
    return byte == '\\' ? scan_escape(scan, has_nul) : STEP_ENDED;
}

/* Behind the opening quote; `inside` is what stands between the two. */
static enum step
scan_string(struct scan *scan, struct json_slice *inside, bool *has_nul)
{
    inside->text = scan->at;
    while (!take(scan, '"'))
        if (scan_character(scan, has_nul) == STEP_FAILED)
            return STEP_FAILED;
    inside->length = (size_t)(scan->at - inside->text) - 1;
    return STEP_ENDED;
}

/* A member's name and its colon. */
static enum step
scan_name(struct scan *scan, const char *expected)
{
    bool has_nul = false;
    struct json_slice name;
    size_t offset;

    skip_blanks(scan);
    offset = (size_t)(scan->at - scan->text);
    if (!take(scan, '"'))
        return fail(scan, expected);
    if (scan_string(scan, &name, &has_nul) == STEP_FAILED)
        return STEP_FAILED;
    if (has_nul && !scan->result.has_nul_name) {
        scan->result.has_nul_name = true;
        scan->result.nul_name_offset = offset;
    }
    if (scan->depth == 1)
        scan->member.name = name;
    skip_blanks(scan);
    return take(scan, ':') ? STEP_VALUE : fail(scan, "a colon is expected");
}

/* A value has ended: one of the outermost object or array is told. */
static enum step
end_value(struct scan *scan)
{
    struct json_slice *value = &scan->member.value;

    if (scan->depth == 1 && scan->on_member) {
        value->length = (size_t)(scan->at - value->text);
        scan->on_member(scan->context, &scan->member);
    }
    return STEP_ENDED;
}

/* Behind an opening bracket. */
static enum step
enter(struct scan *scan, char bracket)
{
    if (scan->depth == scan->depth_max) {
        scan->at--;
        return fail_as(scan, JSON_SCAN_TOO_DEEP,
                       "too many arrays and objects inside one another");
    }
    scan->open[scan->depth++] = bracket;
    skip_blanks(scan);
    if (take(scan, bracket == '{' ? '}' : ']')) {
        scan->depth--;
        return end_value(scan);
    }
    return bracket == '{'
               ? scan_name(scan, "a name in quotes or } is expected")
               : STEP_VALUE;
}

static enum step
scan_word(struct scan *scan, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(scan->end - scan->at) < length ||
        memcmp(scan->at, word, length) != 0)
        return fail(scan, "a value is expected");
    scan->at += length;
    return STEP_ENDED;
}

/* Reads a whole value that is no array and no object. */
static enum step
scan_scalar(struct scan *scan, enum json_kind *kind)
{
    struct json_slice inside;
    bool has_nul = false;

    switch (peek(scan)) {
    case '"':
        *kind = JSON_STRING;
        scan->at++;
        return scan_string(scan, &inside, &has_nul);
    case 't':
        *kind = JSON_BOOLEAN;
        return scan_word(scan, "true");
    case 'f':
        *kind = JSON_BOOLEAN;
        return scan_word(scan, "false");
    case 'n':
        *kind = JSON_NULL;
        return scan_word(scan, "null");
    default:
        if (peek(scan) != '-' && !is_digit(peek(scan)))
            return fail(scan, "a value is expected");
        return scan_number(scan, kind);
    }
}

/* Reads a value, or the opening of one. */
static enum step
begin_value(struct scan *scan)
{
    enum json_kind kind;
    const char *start;
    enum step step = STEP_VALUE;

    skip_blanks(scan);
    start = scan->at;
    if (take(scan, '{'))
        kind = JSON_OBJECT;
    else if (take(scan, '['))
        kind = JSON_ARRAY;
    else
        step = scan_scalar(scan, &kind);
    if (step == STEP_FAILED)
        return step;
    if (scan->depth == 0)
        scan->result.kind = kind;
    if (scan->depth == 1) {
        scan->member.kind = kind;
        scan->member.value.text = start;
    }
    return step == STEP_VALUE ? enter(scan, *start) : end_value(scan);
}

/* Behind a value: a comma, a closing bracket, or the end of the text. */
static enum step
after_value(struct scan *scan)
{
    bool is_object = scan->depth > 0 && scan->open[scan->depth - 1] == '{';

    skip_blanks(scan);
    if (scan->depth == 0)
        return scan->at == scan->end
                   ? STEP_DONE
                   : fail(scan, "nothing can follow the value");
    if (take(scan, ','))
        return is_object ? scan_name(scan, "a name in quotes is expected")
                         : STEP_VALUE;
    if (!take(scan, is_object ? '}' : ']'))
        return fail(scan, is_object ? "a comma or } is expected"
                                    : "a comma or ] is expected");
    scan->depth--;
    return end_value(scan);
}

/* Refuses what is not worth a closer look. */
static enum step
begin_text(struct scan *scan)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t length = (size_t)(scan->end - scan->text);

    if (length >= strlen(mark) && memcmp(scan->text, mark, strlen(mark)) == 0)
        return fail(scan, "a byte order mark is not allowed");
    skip_blanks(scan);
    if (scan->at == scan->end)
        return fail_as(scan, JSON_SCAN_EMPTY, "a value is expected");
    return STEP_VALUE;
}

struct json_scan
json_scan_text(const char *text, size_t length, size_t depth_max,
               void (*on_member)(void *, const struct json_member *),
               void *context)
{
    struct scan scan = {
        .text = length > 0 ? text : "",
        .depth_max =
            depth_max < JSON_SCAN_DEPTH_MAX ? depth_max : JSON_SCAN_DEPTH_MAX,
        .on_member = on_member,
        .context = context,
    };
    enum step step;

    scan.at = scan.text;
    scan.end = scan.text + length;
    step = begin_text(&scan);
    while (step == STEP_VALUE || step == STEP_ENDED)
        step = step == STEP_VALUE ? begin_value(&scan) : after_value(&scan);
    return scan.result;
}
