/* Origins: where pages come from that may send our cookie. */
#include <ctype.h>
#include <string.h>

#include "config/parts.h"

/* The form of the header Origin (RFC 6454, section 6.2): lower case, and
 * neither path nor a port that goes without saying. */
static const char *
parse_origin(struct arena *arena, const char *text)
{
    char *origin = arena_strdup(arena, text);
    size_t length = strlen(origin);
    const char *host = strstr(origin, "://");
    const char *port;

    for (char *at = origin; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (!host || (strncmp(origin, "http://", 7) != 0 &&
                  strncmp(origin, "https://", 8) != 0))
        return NULL;
    host += 3;
    if (*host == '\0' || host[strcspn(host, "/?#@ \t,")] != '\0')
        return NULL;
    port = strrchr(host, ':');
    if (port && strcmp(port, origin[4] == 's' ? ":443" : ":80") == 0)
        length = (size_t)(port - origin);
    return arena_strndup(arena, origin, length);
}

static const char *
need_origin(const struct config *config, const struct ini_section *section,
            const char *key, const char *text, struct diagnostics *diagnostics)
{
    const char *origin = parse_origin(config->arena, text);

    if (!origin)
        diagnostics_error(diagnostics, ini_place(section, key),
                          "\"%s\" is no origin; write scheme, name and port, "
                          "such as https://example.org:8443",
                          text);
    return origin;
}

void
config_link_origins(struct config *config, struct diagnostics *diagnostics)
{
    const struct ini_section *site =
        config_find_section(config, CONFIG_FILE_BYLINE, "byline");
    const struct ini_section *section =
        config_find_section(config, CONFIG_FILE_BYLINE, "cors");
    struct cors *cors = &config->cors;
    struct list list = {0};

    if (config->site.public_url[0] != '\0')
        config->site.public_url = need_origin(
            config, site, "public_url", config->site.public_url, diagnostics);
    if (section)
        list = config_list(config, section, "allow_origins",
                           cors->allow_origins_text, diagnostics);
    cors->allow_origins =
        arena_alloc(config->arena, (list.count + 1) * sizeof(char *));
    for (size_t i = 0; i < list.count; i++)
        cors->allow_origins[i] = need_origin(config, section, "allow_origins",
                                             list.items[i].text, diagnostics);
    cors->allow_origin_count = list.count;
}
