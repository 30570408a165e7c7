/* Cookie and Set-Cookie. */
#include "auth/cookie.h"

#include <inttypes.h>
#include <string.h>

static const char *const same_site_names[] = {
    [COOKIE_SAME_SITE_LAX] = "Lax",
    [COOKIE_SAME_SITE_STRICT] = "Strict",
    [COOKIE_SAME_SITE_NONE] = "None",
};

const char *
cookie_format_token(struct arena *arena, const struct token_settings *settings,
                    const char *token, int64_t max_age_s)
{
    return arena_printf(
        arena, "%s=%s; HttpOnly; Path=/; Max-Age=%" PRId64 "%s; SameSite=%s",
        settings->cookie, token ? token : "", token ? max_age_s : 0,
        settings->cookie_secure ? "; Secure" : "",
        same_site_names[settings->cookie_same_site]);
}

/* What stands between the two, without blanks around it and without the
 * quotes that a value may have. */
static const char *
value_of(struct arena *arena, const char *start, const char *end)
{
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (end - start >= 2 && *start == '"' && end[-1] == '"') {
        start++;
        end--;
    }
    return arena_strndup(arena, start, (size_t)(end - start));
}

const char *
cookie_find(struct arena *arena, const char *cookie_header, const char *name)
{
    const char *at = cookie_header ? cookie_header : "";
    size_t length = strlen(name);

    while (*at != '\0') {
        const char *end;

        at += strspn(at, " \t");
        end = strchrnul(at, ';');
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return value_of(arena, at + length + 1, end);
        at = *end == ';' ? end + 1 : end;
    }
    return NULL;
}
