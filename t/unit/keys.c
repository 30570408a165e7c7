/* The key table, and values by the type of their key. */
#include "config/keys.h"

#include <stdlib.h>

#include "config/key_value.h"

#include "tap.h"

static struct arena *arena;

/* The sizes that the table itself does not know. */
static size_t
struct_size(const struct section_rule *rule)
{
    static const struct {
        const char *kind;
        size_t size;
    } singles[] = {
        {"byline", sizeof(struct site)},
        {"migrations", sizeof(struct migrations)},
        {"accounts", sizeof(struct accounts)},
        {"api", sizeof(struct api)},
        {"limits", sizeof(struct limits)},
        {"cors", sizeof(struct cors)},
        {"token", sizeof(struct token_settings)},
        {"idempotency", sizeof(struct idempotency)},
        {"log", sizeof(struct log_settings)},
        {"routes", sizeof(struct route_defaults)},
    };

    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
        if (strcmp(singles[i].kind, rule->kind) == 0)
            return singles[i].size;
    return rule->size;
}

static size_t
member_size(enum key_type type)
{
    switch (type) {
    case KEY_TEXT:
    case KEY_LIST:
    case KEY_PATH:
        return sizeof(const char *);
    case KEY_INTEGER:
    case KEY_DURATION:
    case KEY_SIZE:
    case KEY_MODE:
        return sizeof(int64_t);
    case KEY_CHOICE:
        return sizeof(int);
    case KEY_SWITCH:
        return sizeof(bool);
    }
    return 0;
}

/* Whether no other key of the section has its name or its member. */
static bool
is_alone(const struct section_rule *rule, size_t index)
{
    const struct key *key = &rule->keys[index];

    for (size_t i = 0; i < index; i++) {
        const struct key *other = &rule->keys[i];

        if (strcmp(key->name, other->name) == 0 ||
            (key->offset < other->offset + member_size(other->type) &&
             other->offset < key->offset + member_size(key->type)))
            return false;
    }
    return true;
}

static void
check_key(const struct section_rule *rule, size_t index)
{
    const struct key *key = &rule->keys[index];
    size_t size = struct_size(rule);
    void *target = arena_alloc(arena, size);
    const char *name = arena_printf(arena, "[%s] %s", rule->kind, key->name);

    ok(is_alone(rule, index), "%s: name and member are its own", name);
    if (!ok(key->offset + member_size(key->type) <= size &&
                key->offset % member_size(key->type) == 0,
            "%s: the member is inside the struct", name))
        return;
    ok(key->meaning && key->meaning[0], "%s has a meaning", name);
    ok(key->type != KEY_CHOICE || key->choices, "%s: choices", name);
    ok(key->min <= key->max, "%s: the range is not empty", name);
    if (!key->fallback || key->fallback[0] == '\0')
        return;
    is_text(key_value_set(arena, key, key->fallback, "", target), NULL,
            "%s: the fallback is taken", name);
    is_text(keys_format(arena, key, target), key->fallback,
            "%s: and printed as it is written", name);
}

static void
table_is_sane(void)
{
    for (size_t i = 0; i < section_rule_count; i++) {
        const struct section_rule *rule = &section_rules[i];

        ok(section_rule_find(rule->kind) == rule,
           "[%s] is found, and there once", rule->kind);
        ok(struct_size(rule) > 0, "[%s] has a struct", rule->kind);
        for (size_t k = 0; k < rule->key_count; k++)
            check_key(rule, k);
    }
    ok(!section_rule_find("none"), "a kind that is none is not found");
}

/* A struct with one member for any type, and a key for it. */
union member {
    const char *text;
    int64_t number;
    int choice;
    bool is_on;
};

static const struct key duration = {"x",      KEY_DURATION, "1s", 10,
                                    86400000, "off",        0,    "m"};
static const struct key size = {"x",     KEY_SIZE, "1kB", 1,
                                1 << 30, NULL,     0,     "m"};
static const struct key integer = {"x", KEY_INTEGER, "1", -5,
                                   100, NULL,        0,   "m"};
static const struct key mode = {"x", KEY_MODE, "0660", 0, 0777, NULL, 0, "m"};

static const struct {
    const struct key *key;
    const char *text;
    int64_t value;
    const char *printed;
} numbers[] = {
    {&duration, "250ms", 250, "250ms"},  {&duration, "2s", 2000, "2s"},
    {&duration, "2000ms", 2000, "2s"},   {&duration, "90s", 90000, "90s"},
    {&duration, "2min", 120000, "2min"}, {&duration, "120 s", 120000, "2min"},
    {&duration, "1h", 3600000, "1h"},    {&duration, "1d", 86400000, "1d"},
    {&duration, "24h", 86400000, "1d"},  {&duration, "1500ms", 1500, "1500ms"},
    {&duration, "off", -1, "off"},       {&size, "1B", 1, "1B"},
    {&size, "8kB", 8192, "8kB"},         {&size, "1024B", 1024, "1kB"},
    {&size, "1MB", 1048576, "1MB"},      {&size, "1025B", 1025, "1025B"},
    {&integer, "-5", -5, "-5"},          {&integer, "100", 100, "100"},
    {&integer, "010", 10, "10"},         {&mode, "0660", 0660, "0660"},
    {&mode, "600", 0600, "0600"},        {&mode, "0777", 0777, "0777"},
    {&mode, "0000", 0, "0000"},
};

static void
numbers_go_round(void)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const char *text = numbers[i].text;
        union member member = {.number = 4711};

        is_text(key_value_set(arena, numbers[i].key, text, "", &member), NULL,
                "%s is taken", text);
        is_int(member.number, numbers[i].value, "%s has its value", text);
        is_text(keys_format(arena, numbers[i].key, &member),
                numbers[i].printed, "%s is printed", text);
    }
}

static const struct {
    const struct key *key;
    const char *text;
    const char *mistake; /* its beginning */
} wrong_numbers[] = {
    {&duration, "", "\"\" is no duration"},
    {&duration, "5", "\"5\" is no duration"},
    {&duration, "s", "\"s\" is no duration"},
    {&duration, "5S", "\"5S\" is no duration"},
    {&duration, "5 sec", "\"5 sec\" is no duration"},
    {&duration, "1.5s", "\"1.5s\" is no duration"},
    {&duration, "1h30min", "\"1h30min\" is no duration"},
    {&duration, "Off", "\"Off\" is no duration"},
    {&duration, "9ms", "9ms is out of range: 10ms to 1d, or off"},
    {&duration, "2d", "2d is out of range: 10ms to 1d, or off"},
    {&duration, "-1ms", "-1ms is out of range"},
    {&duration, "9223372036854775807d", "9223372036854775807d is out of"},
    {&duration, "99999999999999999999s", "99999999999999999999s is out of"},
    {&size, "8", "\"8\" is no size"},
    {&size, "8KB", "\"8KB\" is no size"},
    {&size, "off", "\"off\" is no size"},
    {&size, "0B", "0B is out of range"},
    {&integer, "", "\"\" is no integer"},
    {&integer, "12abc", "\"12abc\" is no integer"},
    {&integer, "0x10", "\"0x10\" is no integer"},
    {&integer, "1-1", "\"1-1\" is no integer"},
    {&integer, "101", "101 is out of range: -5 to 100"},
    {&integer, "-6", "-6 is out of range: -5 to 100"},
    {&mode, "", "\"\" is no mode"},
    {&mode, "0888", "\"0888\" is no mode"},
    {&mode, "66", "\"66\" is no mode"},
    {&mode, "00660", "\"00660\" is no mode"},
    {&mode, "1777", "\"1777\" is no mode"},
    {&mode, "rw-", "\"rw-\" is no mode"},
    {&mode, "-660", "\"-660\" is no mode"},
};

static void
wrong_numbers_are_refused(void)
{
    enum { COUNT = sizeof wrong_numbers / sizeof wrong_numbers[0] };

    for (size_t i = 0; i < COUNT; i++) {
        const char *text = wrong_numbers[i].text;
        const char *expected = wrong_numbers[i].mistake;
        union member member = {.number = 4711};
        const char *mistake =
            key_value_set(arena, wrong_numbers[i].key, text, "", &member);

        if (!ok(mistake && strncmp(mistake, expected, strlen(expected)) == 0,
                "\"%s\" is refused: %s", text, expected))
            diag("got: %s", mistake ? mistake : "nothing");
        is_int(member.number, 4711, "and the member unchanged");
    }
}

static void
choices_go_round(void)
{
    static const char *const names[] = {"debug", "info", "off"};
    const struct key key = {"x", KEY_CHOICE,           "info", 0,
                            0,   "debug | info | off", 0,      "m"};

    for (int i = 0; i < 3; i++) {
        union member member = {.choice = 4711};

        is_text(key_value_set(arena, &key, names[i], "", &member), NULL,
                "%s can be chosen", names[i]);
        is_int(member.choice, i, "%s has its place", names[i]);
        is_text(keys_format(arena, &key, &member), names[i], "%s is printed",
                names[i]);
    }
    is_text(key_value_set(arena, &key, "inof", "", &(union member){0}),
            "\"inof\" is none of: debug | info | off; did you mean "
            "\"info\"?",
            "another word is refused, with what was meant");
    ok(key_value_set(arena, &key, "debu", "", &(union member){0}),
       "so is the beginning of one");
    ok(key_value_set(arena, &key, "|", "", &(union member){0}),
       "so is what stands between them");
    ok(key_value_set(arena, &key, "", "", &(union member){0}),
       "so is nothing");
}

static void
switches_go_round(void)
{
    const struct key key = {"x", KEY_SWITCH, "off", 0, 0, NULL, 0, "m"};
    union member member = {.is_on = false};

    is_text(key_value_set(arena, &key, "on", "", &member), NULL, "on");
    is_text(keys_format(arena, &key, &member), "on", "on is printed");
    is_text(key_value_set(arena, &key, "yes", "", &member),
            "\"yes\" is neither on nor off", "yes is refused");
    ok(member.is_on, "and leaves the member unchanged");
    is_text(key_value_set(arena, &key, "off", "", &member), NULL, "off");
    is_text(keys_format(arena, &key, &member), "off", "off is printed");
}

static void
paths_stand_by_their_file(void)
{
    const struct key key = {"x", KEY_PATH, "", 0, 0, NULL, 0, "m"};
    union member member;

    key_value_set(arena, &key, "a/b", "/etc/byline", &member);
    is_text(member.text, "/etc/byline/a/b", "relative to the directory");
    key_value_set(arena, &key, "/a/b", "/etc/byline", &member);
    is_text(member.text, "/a/b", "an absolute path stays");
    key_value_set(arena, &key, "a", "", &member);
    is_text(member.text, "a", "no directory is the current one");
    key_value_set(arena, &key, "", "/etc", &member);
    is_text(member.text, "", "an empty path stays empty");
}

int
main(void)
{
    arena = arena_new();
    table_is_sane();
    numbers_go_round();
    wrong_numbers_are_refused();
    choices_go_round();
    switches_go_round();
    paths_stand_by_their_file();
    arena_free(arena);
    return done();
}
