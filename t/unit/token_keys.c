/* Files of secrets: every mistake is told, all in one run. */
#include "auth/token_keys.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tap.h"

#define SECRET "0123456789abcdef0123456789abcdef"

static struct arena *arena;
static char directory[] = "/tmp/byline-secrets-XXXXXX";

static const char *
path_of(const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

static void
write_bytes(const char *name, const char *bytes, size_t length, mode_t mode)
{
    FILE *file = fopen(path_of(name), "w");

    if (!file || fwrite(bytes, 1, length, file) != length ||
        fclose(file) == EOF || chmod(path_of(name), mode) == -1)
        abort();
}

static void
write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text), 0400);
}

static void delete (const char *name)
{
    if (unlink(path_of(name)) == -1 && rmdir(path_of(name)) == -1)
        abort();
}

/* What is said of the pattern, the directory left out; "" if all is well. */
static const char *
mistakes(const char *pattern, struct token_keys **keys)
{
    struct token_settings settings = {.claim = "userId",
                                      .secrets = path_of(pattern)};
    struct diagnostics diagnostics = {.arena = arena};
    const char *all = "";

    *keys = token_keys_load(arena, &settings, &diagnostics);
    ok((*keys != NULL) == (diagnostics.error_count == 0),
       "there are keys if there is no mistake");
    for (size_t i = 0; i < diagnostics.count; i++) {
        const char *text = diagnostics_text(&diagnostics, i);
        char *copy = arena_strdup(arena, text), *at;

        while ((at = strstr(copy, directory)))
            memmove(at, at + strlen(directory) + 1,
                    strlen(at + strlen(directory)));
        all = arena_printf(arena, "%s%s\n", all, copy);
    }
    return all;
}

static void
check(const char *pattern, const char *expected, const char *name)
{
    struct token_keys *keys;

    is_text(mistakes(pattern, &keys), expected, "%s", name);
}

/* The secret of a file with these bytes. */
static void
check_secret(const char *bytes, size_t length, size_t expected)
{
    struct token_keys *keys;

    write_bytes("x.key", bytes, length, 0400);
    is_text(mistakes("x.key", &keys), "", "%zu bytes are read", length);
    if (keys)
        ok(keys->count == 1 && keys->items[0]->length == expected &&
               memcmp(keys->items[0]->secret, bytes, expected) == 0,
           "%zu are the secret", expected);
    delete ("x.key");
}

static void
newlines_at_the_end_are_not_secret(void)
{
    char *longest = memset(arena_alloc(arena, 5000), 'x', 5000);

    check_secret(SECRET, 32, 32);
    check_secret(SECRET "\n", 33, 32);
    check_secret(SECRET "\n\n", 34, 33);
    check_secret("\n" SECRET "\r\n", 35, 34);
    check_secret(SECRET "\0\n", 34, 33);
    check_secret(longest, 4096, 4096);
    longest[4096] = '\n';
    check_secret(longest, 4097, 4096);
}

static void
sizes_are_checked(void)
{
    char *longest = memset(arena_alloc(arena, 5000), 'x', 5000);

#define SAYS(what) "[token] secrets: x.key has " what "\n"
    write_text("x.key", "");
    check("x.key", SAYS("0 bytes; a secret has 32 or more"), "empty");
    delete ("x.key");
    write_text("x.key", "\n");
    check("x.key", SAYS("0 bytes; a secret has 32 or more"), "a newline");
    delete ("x.key");
    write_text("x.key", &SECRET[1]);
    check("x.key", SAYS("31 bytes; a secret has 32 or more"), "31 bytes");
    delete ("x.key");
    write_text("x.key", &SECRET "\n"[1]);
    check("x.key", SAYS("31 bytes; a secret has 32 or more"),
          "31 bytes and a newline");
    delete ("x.key");
    write_bytes("x.key", longest, 4097, 0400);
    check("x.key", SAYS("more than 4096 bytes"), "4097 bytes");
    delete ("x.key");
    longest[4097] = '\n';
    write_bytes("x.key", longest, 4098, 0400);
    check("x.key", SAYS("more than 4096 bytes"), "and a newline");
    delete ("x.key");
    write_bytes("x.key", longest, 5000, 0400);
    check("x.key", SAYS("more than 4096 bytes"), "many more");
    delete ("x.key");
#undef SAYS
}

static void
modes_are_checked(void)
{
    static const mode_t open_modes[] = {0440, 0404, 0644, 0420, 0401, 0777};
    static const mode_t closed_modes[] = {0400, 0600, 0700};
    struct token_keys *keys;

    write_text("x.key", SECRET);
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        chmod(path_of("x.key"), open_modes[i]);
        is_text(mistakes("x.key", &keys),
                "[token] secrets: x.key is open to others than its owner: "
                "chmod 0400 x.key\n",
                "mode %04o", (unsigned)open_modes[i]);
    }
    for (size_t i = 0; i < sizeof closed_modes / sizeof closed_modes[0]; i++) {
        chmod(path_of("x.key"), closed_modes[i]);
        is_text(mistakes("x.key", &keys), "", "mode %04o",
                (unsigned)closed_modes[i]);
    }
    delete ("x.key");
}

/* What an access control list adds, in the kernel's layout: who (2 a user, 4
 * the group, 8 a group, 1 the owner, 16 the mask, 32 others), what, and an id.
 */
struct entry {
    uint16_t who, what;
    uint32_t id;
};

static void
check_acl(const struct entry *entries, size_t count, bool is_private,
          const char *name)
{
    struct {
        uint32_t version;
        struct entry entries[8];
    } acl = {.version = 2};
    struct token_keys *keys;

    memcpy(acl.entries, entries, count * sizeof *entries);
    write_text("x.key", SECRET);
    if (setxattr(path_of("x.key"), "system.posix_acl_access", &acl,
                 sizeof acl.version + count * sizeof *entries, 0) == -1)
        diag("%s: no access control lists here", name);
    else
        is_text(mistakes("x.key", &keys),
                is_private ? ""
                           : "[token] secrets: x.key is open to others than "
                             "its owner: chmod 0400 x.key\n",
                "%s", name);
    delete ("x.key");
}

/* A credential of systemd is root's, and the service's user may read it; its
 * mode is 0440, since the list's mask stands where the group's bits were. */
static void
lists_of_one_user_are_private(void)
{
#define OWNER {1, 4, UINT32_MAX}
#define MASK              \
    {                     \
        16, 4, UINT32_MAX \
    }
#define OTHERS            \
    {                     \
        32, 0, UINT32_MAX \
    }
#define CHECK(is_private, name, ...)                                       \
    check_acl((const struct entry[]){OWNER, __VA_ARGS__, OTHERS},          \
              sizeof((const struct entry[]){OWNER, __VA_ARGS__, OTHERS}) / \
                  sizeof(struct entry),                                    \
              is_private, name)
    CHECK(true, "one user", {2, 4, 1234}, {4, 0, UINT32_MAX}, MASK);
    CHECK(false, "two users", {2, 4, 1234}, {2, 4, 1235}, {4, 0, UINT32_MAX},
          MASK);
    CHECK(false, "its group, too", {2, 4, 1234}, {4, 4, UINT32_MAX}, MASK);
    CHECK(false, "another group", {2, 4, 1234}, {4, 0, UINT32_MAX},
          {8, 4, 1234}, MASK);
    CHECK(false, "a group alone", {4, 0, UINT32_MAX}, {8, 4, 1234}, MASK);
    CHECK(false, "one user who may write", {2, 6, 1234}, {4, 0, UINT32_MAX},
          {16, 6, UINT32_MAX});
#undef CHECK
#undef OTHERS
#undef MASK
#undef OWNER
}

static void
what_is_no_file(void)
{
    check("*.key", "[token] secrets: there is no file *.key\n", "no match");
    check("x.key", "[token] secrets: there is no file x.key\n", "no file");
    check("no/*.key", "[token] secrets: there is no file no/*.key\n",
          "no directory");
    mkdir(path_of("x.key"), 0700);
    check("*.key", "[token] secrets: x.key is no file\n", "a directory");
    delete ("x.key");
    mkfifo(path_of("x.key"), 0600);
    check("*.key", "[token] secrets: x.key is no file\n", "a FIFO");
    delete ("x.key");
    if (symlink("nowhere", path_of("x.key")) == -1)
        abort();
    check("*.key",
          "[token] secrets: x.key cannot be opened: No such file or "
          "directory\n",
          "a link to nowhere");
    delete ("x.key");
    write_text("real", SECRET);
    if (symlink("real", path_of("x.key")) == -1)
        abort();
    check("*.key", "", "a link to a file");
    delete ("x.key");
    delete ("real");
}

static void
names_are_checked(void)
{
    char *name = memset(arena_alloc(arena, 80), 'k', 64);
    struct token_keys *keys;

    write_text("2026-11.b_C", SECRET);
    is_text(mistakes("2*", &keys), "", "a name without .key");
    is_text(keys ? keys->items[0]->kid : "", "2026-11.b_C", "is the key id");
    delete ("2026-11.b_C");
    strncpy(name + 64, ".key", 10);
    write_text(name, SECRET);
    check("k*", "", "64 characters");
    delete (name);
    strncpy(name + 64, "k.key", 10);
    write_text(name, SECRET);
    is_text(mistakes("k*", &keys),
            arena_printf(arena,
                         "[token] secrets: %s: the name of a secret has up "
                         "to 64 letters, digits and any of ._-\n",
                         name),
            "65 characters");
    delete (name);
    write_text("a\"b.key", SECRET);
    check("*.key",
          "[token] secrets: a\"b.key: the name of a secret has up to 64 "
          "letters, digits and any of ._-\n",
          "a quote");
    delete ("a\"b.key");
    write_text(".key", SECRET);
    check("*.key", "[token] secrets: there is no file *.key\n",
          "hidden files are none");
    check(".key",
          "[token] secrets: .key: the name of a secret has up to 64 letters, "
          "digits and any of ._-\n",
          "nothing but .key");
    delete (".key");
}

static void
the_last_by_name_signs(void)
{
    struct token_keys *keys;

    mkdir(path_of("1"), 0700);
    mkdir(path_of("2"), 0700);
    write_text("1/c.key", SECRET);
    write_text("1/B.key", SECRET);
    write_text("2/a.key", SECRET);
    is_text(mistakes("?/*.key", &keys), "", "of several directories");
    if (ok(keys && keys->count == 3, "all are read")) {
        is_text(keys->items[0]->kid, "B", "in the order of bytes");
        is_text(keys->items[1]->kid, "a", "of names");
        is_text(keys->items[2]->kid, "c", "and not of directories");
    }
    write_text("2/c.key", SECRET);
    check("?/*.key", "[token] secrets: 2/c.key has the name of 1/c.key\n",
          "two of one name");
    delete ("2/c.key");
    write_text("2/c", SECRET);
    check("?/*", "[token] secrets: 2/c has the name of 1/c.key\n",
          "also without .key");
    delete ("2/c");
    delete ("2/a.key");
    delete ("1/B.key");
    delete ("1/c.key");
    delete ("1");
    delete ("2");
}

static void
all_mistakes_come_at_once(void)
{
    struct ini_entry entry = {"secrets", "*.key", 9};
    struct ini_section section = {.file = "byline.ini",
                                  .title = "token",
                                  .line = 7,
                                  .entries = &entry,
                                  .entry_count = 1};
    struct token_settings settings = {.section = &section,
                                      .secrets = path_of("*.key")};
    struct diagnostics diagnostics = {.arena = arena};

    write_text("a.key", "short");
    write_text("b.key", SECRET);
    chmod(path_of("b.key"), 0644);
    write_text("c.key", SECRET);
    write_text("d$.key", "");
    ok(!token_keys_load(arena, &settings, &diagnostics), "refused");
    is_int((int64_t)diagnostics.error_count, 4, "all four are told");
    ok(strstr(diagnostics_text(&diagnostics, 0), "byline.ini:9: [token] "
                                                 "secrets: ") != NULL,
       "with the place where the pattern stands");
    ok(!strstr(diagnostics_text(&diagnostics, 0), "short"),
       "and nothing of the secret");
    for (const char *const *name =
             (const char *const[]){"a.key", "b.key", "c.key", "d$.key", NULL};
         *name; name++)
        delete (*name);
}

/* Runs after the clean-ups of keys, and before their memory is freed. */
static void
look_for_secret(void *pointer)
{
    struct token_keys *const *keys = pointer;
    const struct token_key *key = (*keys)->items[0];
    int left = 0;

    for (size_t i = 0; i < sizeof key->secret; i++)
        left += key->secret[i] != 0;
    is_int(left, 0, "nothing of the secret is left after the arena");
}

static void
secrets_are_wiped(void)
{
    struct arena *process = arena_new();
    struct token_settings settings = {.claim = "userId",
                                      .secrets = path_of("a.key")};
    struct diagnostics diagnostics = {.arena = arena};
    struct token_keys *keys;

    arena_on_reset(process, look_for_secret, &keys);
    write_text("a.key", SECRET);
    keys = token_keys_load(process, &settings, &diagnostics);
    delete ("a.key");
    if (!ok(keys && memcmp(keys->items[0]->secret, SECRET, 32) == 0,
            "a secret is loaded"))
        abort();
    arena_free(process);
}

int
main(void)
{
    arena = arena_new();
    if (!mkdtemp(directory))
        abort();
    newlines_at_the_end_are_not_secret();
    sizes_are_checked();
    modes_are_checked();
    lists_of_one_user_are_private();
    what_is_no_file();
    names_are_checked();
    the_last_by_name_signs();
    all_mistakes_come_at_once();
    secrets_are_wiped();
    rmdir(directory);
    arena_free(arena);
    return done();
}
