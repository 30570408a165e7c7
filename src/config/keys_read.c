/* From a section of an INI file to a struct, by the key table. */
#include <string.h>

#include "base/suggest.h"
#include "config/key_value.h"
#include "config/keys.h"

/* The length of `name` without the ".2" that continues a list. */
static size_t
stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (dot && dot[1] != '\0' &&
        dot[1 + strspn(dot + 1, "0123456789")] == '\0')
        return (size_t)(dot - name);
    return strlen(name);
}

static const struct key *
find_key(const struct section_rule *rule, const char *name, size_t length)
{
    for (size_t i = 0; i < rule->key_count; i++)
        if (strlen(rule->keys[i].name) == length &&
            strncmp(rule->keys[i].name, name, length) == 0)
            return &rule->keys[i];
    return NULL;
}

static void
refuse_unknown(const struct section_rule *rule,
               const struct ini_section *section, const char *name,
               struct diagnostics *diagnostics)
{
    struct suggestion suggestion = suggest_start(name);

    for (size_t i = 0; i < rule->key_count; i++)
        suggest_offer(&suggestion, rule->keys[i].name);
    diagnostics_error(diagnostics, ini_place(section, name),
                      "there is no such key in [%s]%s", section->kind,
                      suggest_clause(diagnostics->arena, &suggestion));
}

/* Every entry must be a key of the table, or continue a list that is. */
static void
check_entries(const struct section_rule *rule,
              const struct ini_section *section,
              struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < section->entry_count; i++) {
        const char *name = section->entries[i].key;
        size_t length = stem_length(name);
        const struct key *key = find_key(rule, name, length);

        if (!key || (name[length] != '\0' && key->type != KEY_LIST))
            refuse_unknown(rule, section, name, diagnostics);
        else if (name[length] != '\0' && !ini_find(section, key->name))
            diagnostics_error(diagnostics, ini_place(section, name),
                              "continues %s, which is not there", key->name);
    }
}

/* The value of a list and of all keys that continue it, joined. */
static const char *
join_list(struct arena *arena, const struct ini_section *section,
          const struct key *key, const char *first)
{
    const char *joined = first;

    for (size_t i = 0; i < section->entry_count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        size_t length = stem_length(entry->key);

        if (entry->key[length] == '\0' || strlen(key->name) != length ||
            strncmp(entry->key, key->name, length) != 0)
            continue;
        joined = arena_printf(arena, "%s, %s", joined, entry->value);
    }
    return joined;
}

/* A text that is missing is an empty one; a number without a fallback stays
 * as it is. */
static void
set_fallback(struct arena *arena, const struct key *key, const char *directory,
             void *target)
{
    const char *fallback = key->fallback ? key->fallback : "";
    bool is_text = key->type == KEY_TEXT || key->type == KEY_LIST ||
                   key->type == KEY_PATH;

    if (is_text || fallback[0] != '\0')
        key_value_set(arena, key, fallback, directory, target);
}

static void
read_key(struct arena *arena, const struct key *key,
         const struct ini_section *section, const char *directory,
         void *target, struct diagnostics *diagnostics)
{
    const struct ini_entry *entry =
        section ? ini_find(section, key->name) : NULL;
    const char *mistake;
    const char *value;

    set_fallback(arena, key, directory, target);
    if (!entry && section && !section->is_damaged && !key->fallback)
        diagnostics_error(diagnostics, ini_place(section, NULL),
                          "%s is missing: %s", key->name, key->meaning);
    if (!entry)
        return;
    value = key->type == KEY_LIST
                ? join_list(arena, section, key, entry->value)
                : entry->value;
    mistake = value[0] == '\0' && !key->fallback
                  ? "the value is missing"
                  : key_value_set(arena, key, value, directory, target);
    if (mistake)
        diagnostics_error(diagnostics, ini_place(section, key->name), "%s",
                          mistake);
}

void
keys_read(struct arena *arena, const struct section_rule *rule,
          const struct ini_section *section, const char *directory,
          void *target, struct diagnostics *diagnostics)
{
    if (section)
        check_entries(rule, section, diagnostics);
    for (size_t i = 0; i < rule->key_count; i++)
        read_key(arena, &rule->keys[i], section, directory, target,
                 diagnostics);
}
