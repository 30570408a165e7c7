/* How JSON names are derived from the database's. */
#include "config/naming.h"

#include <ctype.h>
#include <stdbool.h>

const char *
naming_json(struct arena *arena, enum api_names names, const char *name)
{
    char *json_name = arena_strdup(arena, name);
    char *out = json_name;
    bool has_letter = false; /* leading underscores stay */

    if (names == API_NAMES_SNAKE)
        return json_name;
    for (const char *at = name; *at; at++) {
        bool is_joint =
            has_letter && at[0] == '_' && isalnum((unsigned char)at[1]);

        has_letter = has_letter || at[0] != '_';
        if (is_joint)
            *out++ = (char)toupper((unsigned char)*++at);
        else
            *out++ = *at;
    }
    *out = '\0';
    return json_name;
}
