/* One value of an INI file, read and printed by the type of its key. */
#include "config/key_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/number.h"
#include "base/suggest.h"

struct unit {
    const char *name;
    int64_t factor;
};

/* The largest first: that is the one to print with. */
static const struct unit durations[] = {{"d", 86400000}, {"h", 3600000},
                                        {"min", 60000},  {"s", 1000},
                                        {"ms", 1},       {NULL, 0}};
static const struct unit sizes[] = {
    {"MB", INT64_C(1048576)}, {"kB", 1024}, {"B", 1}, {NULL, 0}};
static const struct unit no_unit[] = {{"", 1}, {NULL, 0}};

static const struct unit *
units_of(enum key_type type)
{
    if (type == KEY_DURATION)
        return durations;
    return type == KEY_SIZE ? sizes : no_unit;
}

static const char *
format_number(struct arena *arena, const struct unit *unit, int64_t number)
{
    while (unit[1].name && (number % unit->factor != 0 || number == 0))
        unit++;
    return arena_printf(arena, "%" PRId64 "%s", number / unit->factor,
                        unit->name);
}

const char *
keys_format_range(struct arena *arena, const struct key *key)
{
    const struct unit *units = units_of(key->type);

    switch (key->type) {
    case KEY_CHOICE:
        return key->choices;
    case KEY_SWITCH:
        return "on | off";
    case KEY_MODE:
        return arena_printf(arena, "%04" PRIo64 " to %04" PRIo64,
                            (uint64_t)key->min, (uint64_t)key->max);
    case KEY_INTEGER:
    case KEY_DURATION:
    case KEY_SIZE:
        return arena_printf(
            arena, "%s to %s%s%s", format_number(arena, units, key->min),
            format_number(arena, units, key->max), key->choices ? ", or " : "",
            key->choices ? key->choices : "");
    case KEY_TEXT:
    case KEY_LIST:
    case KEY_PATH:
        break;
    }
    return "";
}

static const char *
parse_number(struct arena *arena, const struct key *key, const char *text,
             int64_t *number)
{
    const struct unit *unit = units_of(key->type);
    size_t digits = strspn(text, "-0123456789");
    const char *name = text + digits + strspn(text + digits, " ");
    enum number_status status =
        number_parse(arena_strndup(arena, text, digits), number);

    while (unit->name && strcmp(unit->name, name) != 0)
        unit++;
    if (status == NUMBER_MALFORMED || !unit->name)
        return arena_printf(arena, "\"%s\" is no %s; write %s", text,
                            keys_type_name(key->type),
                            keys_format_range(arena, key));
    if (status == NUMBER_BEYOND ||
        __builtin_mul_overflow(*number, unit->factor, number) ||
        *number < key->min || *number > key->max)
        return arena_printf(arena, "%s is out of range: %s", text,
                            keys_format_range(arena, key));
    return NULL;
}

static const char *
set_number(struct arena *arena, const struct key *key, const char *text,
           int64_t *member)
{
    int64_t number = 0;
    const char *mistake;

    if (key->choices && strcmp(text, key->choices) == 0) {
        *member = -1;
        return NULL;
    }
    mistake = parse_number(arena, key, text, &number);
    if (!mistake)
        *member = number;
    return mistake;
}

static const char *
set_mode(struct arena *arena, const struct key *key, const char *text,
         int64_t *member)
{
    int64_t mode = 0;
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        mode = mode * 8 + (text[i] - '0');
    if (length < 3 || length > 4 || text[strspn(text, "01234567")] != '\0' ||
        mode > key->max)
        return arena_printf(arena,
                            "\"%s\" is no mode; write four octal digits, "
                            "such as %s",
                            text, key->fallback);
    *member = mode;
    return NULL;
}

/* The length of the choice at `choices`, up to the next " | ". */
static size_t
choice_length(const char *choices)
{
    return strcspn(choices, " ");
}

static const char *
next_choice(const char *choices)
{
    choices += choice_length(choices);
    return choices + strspn(choices, " |");
}

static const char *
set_choice(struct arena *arena, const struct key *key, const char *text,
           void *member)
{
    struct suggestion suggestion = suggest_start(text);
    const char *choice = key->choices;

    for (int i = 0; *choice; i++, choice = next_choice(choice)) {
        const char *name = arena_strndup(arena, choice, choice_length(choice));

        suggest_offer(&suggestion, name);
        if (strcmp(name, text) != 0)
            continue;
        memcpy(member, &i, sizeof i);
        return NULL;
    }
    return arena_printf(arena, "\"%s\" is none of: %s%s", text, key->choices,
                        suggest_clause(arena, &suggestion));
}

static const char *
set_switch(struct arena *arena, const char *text, bool *member)
{
    if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
        return arena_printf(arena, "\"%s\" is neither on nor off", text);
    *member = strcmp(text, "on") == 0;
    return NULL;
}

const char *
key_value_path(struct arena *arena, const char *path, const char *directory)
{
    if (path[0] == '/' || path[0] == '\0' || directory[0] == '\0')
        return path;
    return arena_printf(arena, "%s/%s", directory, path);
}

const char *
key_value_set(struct arena *arena, const struct key *key, const char *text,
              const char *directory, void *target)
{
    void *member = (char *)target + key->offset;

    switch (key->type) {
    case KEY_TEXT:
    case KEY_LIST:
        *(const char **)member = text;
        return NULL;
    case KEY_PATH:
        *(const char **)member = key_value_path(arena, text, directory);
        return NULL;
    case KEY_INTEGER:
    case KEY_DURATION:
    case KEY_SIZE:
        return set_number(arena, key, text, member);
    case KEY_MODE:
        return set_mode(arena, key, text, member);
    case KEY_CHOICE:
        return set_choice(arena, key, text, member);
    case KEY_SWITCH:
        return set_switch(arena, text, member);
    }
    return NULL;
}

static const char *
format_choice(struct arena *arena, const struct key *key, const void *member)
{
    const char *choice = key->choices;
    int index;

    memcpy(&index, member, sizeof index);
    while (index-- > 0)
        choice = next_choice(choice);
    return arena_strndup(arena, choice, choice_length(choice));
}

const char *
keys_format(struct arena *arena, const struct key *key, const void *target)
{
    const void *member = (const char *)target + key->offset;

    switch (key->type) {
    case KEY_TEXT:
    case KEY_LIST:
    case KEY_PATH:
        return *(const char *const *)member;
    case KEY_INTEGER:
    case KEY_DURATION:
    case KEY_SIZE:
        if (key->choices && *(const int64_t *)member == -1)
            return key->choices;
        return format_number(arena, units_of(key->type),
                             *(const int64_t *)member);
    case KEY_MODE:
        return arena_printf(arena, "%04" PRIo64, *(const uint64_t *)member);
    case KEY_CHOICE:
        return format_choice(arena, key, member);
    case KEY_SWITCH:
        return *(const bool *)member ? "on" : "off";
    }
    return "";
}

const char *
keys_type_name(enum key_type type)
{
    static const char *const names[] = {
        [KEY_TEXT] = "text",         [KEY_LIST] = "list",
        [KEY_PATH] = "path",         [KEY_INTEGER] = "integer",
        [KEY_DURATION] = "duration", [KEY_SIZE] = "size",
        [KEY_MODE] = "mode",         [KEY_CHOICE] = "choice",
        [KEY_SWITCH] = "switch",
    };

    return names[type];
}
