/* config: the effective values as INI files, or the key table. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/keys.h"
#include "tools/tool.h"

static void
print_keys(struct arena *arena)
{
    for (size_t i = 0; i < section_rule_count; i++) {
        const struct section_rule *rule = &section_rules[i];

        for (size_t k = 0; k < rule->key_count; k++) {
            const struct key *key = &rule->keys[k];

            printf("%s\t%s\t%s\t%s\t%s\t%s\n", rule->kind, key->name,
                   keys_type_name(key->type),
                   key->fallback ? key->fallback : "required",
                   keys_format_range(arena, key), key->meaning);
        }
    }
}

/* Quoted where iniparser would take it for something else. */
static void
print_value(const char *name, const char *value)
{
    if (value[0] == '\0' || value[strcspn(value, ";#")] != '\0')
        printf("%s = \"%s\"\n", name, value);
    else
        printf("%s = %s\n", name, value);
}

/* Keys without a use would not be read again. */
static bool
is_used(const struct section_rule *rule, const void *values, const char *name)
{
    if (strcmp(rule->kind, "route") == 0)
        return config_route_uses(values, name);
    if (strcmp(rule->kind, "relation") == 0)
        return config_relation_uses(values, name);
    return true;
}

static void
print_section(const struct config *config, const struct section_rule *rule,
              size_t index)
{
    const void *values = section_rule_struct(rule, config, index);
    struct declaration declaration = {0};

    if (rule->count_offset > 0)
        memcpy(&declaration, values, sizeof declaration);
    /* A table in between has no section of its own. */
    if (declaration.section &&
        strcmp(declaration.section->kind, rule->kind) != 0)
        return;
    if (declaration.section)
        printf("\n[%s]\n", declaration.section->title);
    else
        printf("\n[%s]\n", rule->kind);
    for (size_t i = 0; i < rule->key_count; i++)
        if (is_used(rule, values, rule->keys[i].name))
            print_value(rule->keys[i].name,
                        keys_format(config->arena, &rule->keys[i], values));
}

static void
print_effective(const struct config *config)
{
    const char *const paths[CONFIG_FILES] = {
        [CONFIG_FILE_BYLINE] = config->files[CONFIG_FILE_BYLINE].path,
        [CONFIG_FILE_RESOURCES] = config->site.resources,
        [CONFIG_FILE_ROUTES] = config->site.routes,
    };

    for (int file = 0; file < CONFIG_FILES; file++) {
        printf("%s; %s\n", file > 0 ? "\n" : "", paths[file]);
        for (size_t i = 0; i < section_rule_count; i++) {
            const struct section_rule *rule = &section_rules[i];

            if ((int)rule->file != file)
                continue;
            for (size_t k = 0; k < section_rule_count_in(rule, config); k++)
                print_section(config, rule, k);
        }
    }
}

int
tool_config(const struct tool_options *options)
{
    const struct config *config;

    if (options->wants_keys) {
        print_keys(options->arena);
        return TOOL_OK;
    }
    config = tool_load(options);
    if (!config)
        return TOOL_FAILED;
    print_effective(config);
    return TOOL_OK;
}
