/* The form of a token, and what it says. */
#include "auth/token_scan.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/base64url.h"
#include "base/number.h"

#define SEGMENTS 3
#define SIGNATURE_BYTES 32 /* of SHA-256 */

/* More members, or deeper ones, than any token of ours has. */
#define MEMBERS_MAX 32
#define DEPTH_MAX 8

struct reading;

/* A member that means something to us; -1 if its value is not to be had. */
struct rule {
    const char *name;
    bool is_required;
    int (*take)(struct reading *, const struct json_member *);
};

/* One segment on its way through the scanner. */
struct reading {
    struct arena *arena;
    const struct rule *rules;
    size_t rule_count;
    int64_t now_s;
    int64_t skew_s;
    struct token_text *text;
    struct json_slice names[MEMBERS_MAX]; /* of the members so far */
    size_t name_count;
    bool is_refused;
};

static bool
is_text(const struct json_slice *slice, const char *text)
{
    return slice->length == strlen(text) &&
           memcmp(slice->text, text, slice->length) == 0;
}

static int
take_algorithm(struct reading *reading, const struct json_member *member)
{
    (void)reading;
    return is_text(&member->value, "\"HS256\"") ? 0 : -1;
}

static int
take_kid(struct reading *reading, const struct json_member *member)
{
    if (member->kind != JSON_STRING ||
        memchr(member->value.text, '\\', member->value.length))
        return -1;
    reading->text->kid.text = member->value.text + 1;
    reading->text->kid.length = member->value.length - 2;
    return 0;
}

static int
take_type(struct reading *reading, const struct json_member *member)
{
    static const char jwt[] = "\"JWT\"";

    (void)reading;
    return member->value.length == strlen(jwt) &&
                   strncasecmp(member->value.text, jwt, strlen(jwt)) == 0
               ? 0
               : -1;
}

/* Extensions that must be understood: we understand none. */
static int
take_critical(struct reading *reading, const struct json_member *member)
{
    (void)reading;
    (void)member;
    return -1;
}

static const struct rule header_rules[] = {
    {"alg", true, take_algorithm},
    {"crit", false, take_critical},
    {"kid", false, take_kid},
    {"typ", false, take_type},
};

static int
read_integer(const struct reading *reading, const struct json_member *member,
             int64_t *value)
{
    const char *text = arena_strndup(reading->arena, member->value.text,
                                     member->value.length);

    return member->kind == JSON_INTEGER &&
                   number_parse(text, value) == NUMBER_OK
               ? 0
               : -1;
}

/* exp: still to come. */
static int
take_end(struct reading *reading, const struct json_member *member)
{
    int64_t *time_s = &reading->text->claims.expires_at_s;

    if (read_integer(reading, member, time_s) == -1)
        return -1;
    return *time_s > reading->now_s - reading->skew_s ? 0 : -1;
}

/* iat: no later than the second that follows, of which a token is that comes
 * with a new password, and no time that PostgreSQL does not know. */
static int
take_issue(struct reading *reading, const struct json_member *member)
{
    int64_t *time_s = &reading->text->claims.issued_at_s;
    int64_t latest_s = reading->now_s + reading->skew_s + 1;

    if (read_integer(reading, member, time_s) == -1)
        return -1;
    return *time_s >= 0 && *time_s <= latest_s ? 0 : -1;
}

/* nbf: no later than now. */
static int
take_start(struct reading *reading, const struct json_member *member)
{
    int64_t time_s;

    if (read_integer(reading, member, &time_s) == -1)
        return -1;
    return time_s <= reading->now_s + reading->skew_s ? 0 : -1;
}

static int
take_subject(struct reading *reading, const struct json_member *member)
{
    struct token_claims *claims = &reading->text->claims;
    int64_t number;

    if (member->kind == JSON_STRING)
        return member->value.length > strlen("\"\"") ? 0 : -1;
    if (read_integer(reading, member, &number) == -1)
        return -1;
    claims->is_number = true;
    claims->subject = arena_printf(reading->arena, "%" PRId64, number);
    return 0;
}

/* Of two members of one name, others might read the other one; and with
 * escapes, one name has many spellings. */
static int
add_name(struct reading *reading, const struct json_slice *name)
{
    if (reading->name_count == MEMBERS_MAX ||
        memchr(name->text, '\\', name->length))
        return -1;
    for (size_t i = 0; i < reading->name_count; i++) {
        const struct json_slice *other = &reading->names[i];

        if (other->length == name->length &&
            memcmp(other->text, name->text, name->length) == 0)
            return -1;
    }
    reading->names[reading->name_count++] = *name;
    return 0;
}

static int
take_member(struct reading *reading, const struct json_member *member)
{
    if (add_name(reading, &member->name) == -1)
        return -1;
    for (size_t i = 0; i < reading->rule_count; i++)
        if (is_text(&member->name, reading->rules[i].name))
            return reading->rules[i].take(reading, member);
    return 0;
}

static void
on_member(void *context, const struct json_member *member)
{
    struct reading *reading = context;

    /* What has no name is an element of an array, and no object's. */
    if (!member->name.text || take_member(reading, member) == -1)
        reading->is_refused = true;
}

static bool
has_required(const struct reading *reading)
{
    for (size_t i = 0; i < reading->rule_count; i++) {
        bool is_there = !reading->rules[i].is_required;

        for (size_t k = 0; k < reading->name_count; k++)
            if (is_text(&reading->names[k], reading->rules[i].name))
                is_there = true;
        if (!is_there)
            return false;
    }
    return true;
}

/* Reads a segment that must be an object. */
static int
read_object(struct reading *reading, const struct json_slice *segment)
{
    size_t length;
    const char *json = base64url_decode(reading->arena, segment->text,
                                        segment->length, &length);
    struct json_scan scan;

    if (!json)
        return -1;
    scan = json_scan_text(json, length, DEPTH_MAX, on_member, reading);
    return scan.status == JSON_SCAN_OK && scan.kind == JSON_OBJECT &&
                   !scan.has_nul_name && !reading->is_refused &&
                   has_required(reading)
               ? 0
               : -1;
}

static int
split(const char *token, struct json_slice segments[SEGMENTS])
{
    if (strnlen(token, TOKEN_LENGTH_MAX + 1) > TOKEN_LENGTH_MAX)
        return -1;
    for (size_t i = 0; i < SEGMENTS; i++) {
        const char *end = strchrnul(token, '.');

        if (end == token || *end != (i + 1 < SEGMENTS ? '.' : '\0'))
            return -1;
        segments[i] = (struct json_slice){token, (size_t)(end - token)};
        token = end + 1;
    }
    return 0;
}

static bool
is_signature(struct arena *arena, const struct json_slice *segment)
{
    size_t length;

    return base64url_decode(arena, segment->text, segment->length, &length) &&
           length == SIGNATURE_BYTES;
}

int
token_scan(const struct token_settings *settings, struct arena *arena,
           const char *token, int64_t now_s, struct token_text *text)
{
    const struct rule payload_rules[] = {
        {settings->claim, true, take_subject},
        {"exp", true, take_end},
        {"iat", true, take_issue},
        {"nbf", false, take_start},
    };
    struct reading header = {
        .arena = arena,
        .rules = header_rules,
        .rule_count = sizeof header_rules / sizeof header_rules[0],
        .text = text,
    };
    struct reading payload = {
        .arena = arena,
        .rules = payload_rules,
        .rule_count = sizeof payload_rules / sizeof payload_rules[0],
        .now_s = now_s,
        .skew_s = settings->clock_skew_ms / 1000,
        .text = text,
    };
    struct json_slice segments[SEGMENTS];

    *text = (struct token_text){0};
    if (split(token, segments) == -1 || !is_signature(arena, &segments[2]) ||
        read_object(&header, &segments[0]) == -1)
        return -1;
    return read_object(&payload, &segments[1]);
}
