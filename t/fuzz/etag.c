/* Lists of entity tags: what follows from what one of them is found to be. */
#include <string.h>

#include "fuzz.h"
#include "http/etag.h"

static void
check_tag(const char *list, const char *version, uint64_t hash)
{
    char tag[ETAG_SIZE];

    etag_format(tag, version, hash);
    must(strlen(tag) < sizeof tag);
    must(etag_is_listed(tag, tag));
    must(!version || etag_has_version(tag, version));
    if (version && etag_is_listed(list, tag))
        must(etag_has_version(list, version));
    if (etag_is_any(list))
        must(etag_is_listed(list, tag));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *list = arena_strndup(arena, (const char *)data, size);
    size_t count;
    const char **versions = etag_versions(arena, list, &count);

    must(!etag_is_any(list) || count == 0);
    for (size_t i = 0; i < count; i++) {
        must(strlen(versions[i]) <= ETAG_VERSION_MAX);
        must(versions[i][strspn(versions[i], "0123456789")] == '\0');
        must(etag_has_version(list, versions[i]));
        check_tag(list, versions[i], 0);
    }
    check_tag(list, NULL, UINT64_MAX);
    check_tag(list, "1", 1);
    arena_free(arena);
    return 0;
}
