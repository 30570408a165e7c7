/* Entity tags as they are written, and the lists that requests carry. */
#include "http/etag.h"

#include "tap.h"

#define HASH "0123456789abcdef"
#define TAG "\"731-" HASH "\""

static struct arena *arena;

static const char *
format(const char *version, uint64_t hash)
{
    char tag[ETAG_SIZE];

    etag_format(tag, version, hash);
    return arena_strdup(arena, tag);
}

/* The versions of a list, each followed by a blank. */
static const char *
versions_of(const char *list)
{
    size_t count;
    const char **versions = etag_versions(arena, list, &count);
    const char *all = "";

    for (size_t i = 0; i < count; i++)
        all = arena_printf(arena, "%s%s ", all, versions[i]);
    return all;
}

static void
writes_tags(void)
{
    is_text(format("731", UINT64_C(0x0123456789abcdef)), TAG, "of a row");
    is_text(format(NULL, UINT64_C(0x0123456789abcdef)), "\"" HASH "\"",
            "of anything else");
    is_text(format("4294967295", UINT64_MAX),
            "\"4294967295-ffffffffffffffff\"", "the longest");
    is_text(format(NULL, 0), "\"0000000000000000\"", "with all its digits");
}

static void
finds_tags(void)
{
    static const char *const with[] = {
        TAG,
        "W/" TAG,
        " \t" TAG " \t",
        "\"x\", " TAG,
        TAG ",\"x\"",
        ",, \"\" ,\t" TAG " , ",
        "\"a,b\", W/" TAG,
        "\"\xc3\xa9!#~\", " TAG,
        "*",
        " * ",
    };
    static const char *const without[] = {
        "",
        " ",
        ",",
        "\"x\"",
        "W/\"x\"",
        "731-" HASH,
        "\"731-" HASH,
        "731-" HASH "\"",
        "\"730-" HASH "\"",
        "\"" HASH "\"",
        "\"731-0123456789abcde\"",
        "\"731-" HASH "0\"",
        "\"731-0123456789ABCDEF\"",
        "w/" TAG,
        "W/ " TAG,
        "W" TAG,
        "W/",
        "W/*",
        "**",
        "*, " TAG,
        TAG ", *",
        TAG " \"x\"",
        TAG "\"x\"",
        TAG ", x",
        TAG ", \"x",
        TAG ", \"a b\"",
        TAG ", \"a\x01\"",
        TAG ", \"\x7f\"",
        "x, " TAG,
        "'731-" HASH "'",
        TAG ";q=1",
    };

    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        ok(etag_is_listed(with[i], TAG), "in %s", with[i]);
        ok(etag_has_version(with[i], "731"), "its version, too");
    }
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
        ok(!etag_is_listed(without[i], TAG), "not in %s", without[i]);
}

static void
tells_versions(void)
{
    is_text(versions_of(TAG), "731 ", "of a row");
    is_text(versions_of("W/\"1-" HASH "\", \"4294967295-" HASH "\""),
            "1 4294967295 ", "of two");
    is_text(versions_of("\"" HASH "\""), "", "none of a hash");
    is_text(versions_of("\"x\", " TAG), "731 ", "none of what is not ours");
    is_text(versions_of("\"12345678901-" HASH "\""), "", "nor too long");
    is_text(versions_of("\"-" HASH "\""), "", "nor empty");
    is_text(versions_of("\"731-\""), "", "nor without a hash");
    is_text(versions_of("\"731-0123456789abcdeg\""), "", "nor with another");
    is_text(versions_of("\"-731-" HASH "\""), "", "nor negative");
    is_text(versions_of(TAG ", x"), "", "none, if the list is malformed");
    is_text(versions_of("*"), "", "none of all");
    ok(!etag_has_version("\"730-" HASH "\"", "731"), "another");
    ok(!etag_has_version("\"73-" HASH "\"", "731"), "a shorter one");
    ok(!etag_has_version("\"7310-" HASH "\"", "731"), "a longer one");
    ok(etag_has_version("\"731-ffffffffffffffff\"", "731"),
       "whatever the hash is");
    ok(!etag_has_version("", "731"), "not in nothing");
    ok(etag_is_any("*") && !etag_is_any("") && !etag_is_any("* *") &&
           !etag_is_any("\"*\""),
       "an asterisk alone is all");
}

int
main(void)
{
    arena = arena_new();
    writes_tags();
    finds_tags();
    tells_versions();
    arena_free(arena);
    return done();
}
