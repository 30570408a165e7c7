/* Files of secrets. */
#include "auth/token_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/file_access.h"

#define KID_LENGTH_MAX 64
#define KID_CHARACTERS           \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "abcdefghijklmnopqrstuvwxyz" \
    "0123456789._-"

struct loading {
    struct arena *arena;
    struct token_keys *keys;
    struct diagnostics *diagnostics;
    struct place place;
};

static void
wipe(void *pointer)
{
    explicit_bzero(pointer, sizeof(struct token_key));
}

/* A file whose name nobody could send: a key id goes into a header as it is,
 * without an escape. */
static bool
is_kid(const char *kid)
{
    size_t length = strspn(kid, KID_CHARACTERS);

    return length > 0 && length <= KID_LENGTH_MAX && kid[length] == '\0';
}

/* The name of the file, without ".key". */
static const char *
kid_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);

    if (length >= 4 && strcmp(name + length - 4, ".key") == 0)
        length -= 4;
    return arena_strndup(arena, name, length);
}

/* What is wrong with the file, or NULL. */
static const char *
check_file(struct arena *arena, int descriptor, const char *path)
{
    struct stat status;

    if (fstat(descriptor, &status) == -1)
        return arena_printf(arena, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return "is no file";
    if (!file_access_is_private(descriptor, &status))
        return arena_printf(
            arena, "is open to others than its owner: chmod 0400 %s", path);
    return NULL;
}

/* One newline at the end belongs to the file: editors and echo write it, and
 * a secret that came from an environment variable has none. */
static const char *
read_secret(struct arena *arena, int descriptor, struct token_key *key)
{
    ssize_t got = 1;

    while (got > 0 && key->length < sizeof key->secret) {
        got = read(descriptor, key->secret + key->length,
                   sizeof key->secret - key->length);
        if (got == -1)
            return arena_printf(arena, "cannot be read: %s", strerror(errno));
        key->length += (size_t)got;
    }
    if (key->length > 0 && key->secret[key->length - 1] == '\n')
        key->length--;
    if (key->length < TOKEN_SECRET_MIN)
        return arena_printf(arena, "has %zu bytes; a secret has %d or more",
                            key->length, TOKEN_SECRET_MIN);
    if (key->length > TOKEN_SECRET_MAX)
        return arena_printf(arena, "has more than %d bytes", TOKEN_SECRET_MAX);
    return NULL;
}

/* Whatever the path leads to, opening it must not wait. */
static const char *
read_file(struct arena *arena, struct token_key *key)
{
    int descriptor =
        open(key->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const char *mistake;

    if (descriptor == -1)
        return arena_printf(arena, "cannot be opened: %s", strerror(errno));
    mistake = check_file(arena, descriptor, key->path);
    if (!mistake)
        mistake = read_secret(arena, descriptor, key);
    close(descriptor);
    return mistake;
}

static void
add_file(struct loading *loading, const char *path)
{
    struct arena *arena = loading->arena;
    struct token_keys *keys = loading->keys;
    struct token_key *key = arena_alloc(arena, sizeof *key);
    const char *mistake;

    arena_on_reset(arena, wipe, key);
    key->path = arena_strdup(arena, path);
    key->kid = kid_of(arena, path);
    keys->items = arena_push(arena, keys->items, keys->count,
                             sizeof(struct token_key *));
    keys->items[keys->count++] = key;
    mistake = read_file(arena, key);
    if (mistake)
        diagnostics_error(loading->diagnostics, loading->place, "%s %s", path,
                          mistake);
    if (!is_kid(key->kid))
        diagnostics_error(loading->diagnostics, loading->place,
                          "%s: the name of a secret has up to %d letters, "
                          "digits and any of ._-",
                          path, KID_LENGTH_MAX);
}

static int
compare(const void *left, const void *right)
{
    const struct token_key *const *a = left, *const *b = right;
    int by_kid = strcmp((*a)->kid, (*b)->kid);

    return by_kid != 0 ? by_kid : strcmp((*a)->path, (*b)->path);
}

static void
refuse_twins(const struct loading *loading)
{
    const struct token_keys *keys = loading->keys;

    for (size_t i = 1; i < keys->count; i++)
        if (strcmp(keys->items[i - 1]->kid, keys->items[i]->kid) == 0)
            diagnostics_error(loading->diagnostics, loading->place,
                              "%s has the name of %s", keys->items[i]->path,
                              keys->items[i - 1]->path);
}

static void
add_files(struct loading *loading, const char *pattern)
{
    glob_t found = {0};
    int status;

    errno = 0;
    status = glob(pattern, GLOB_ERR | GLOB_NOSORT, NULL, &found);
    if (status == GLOB_NOMATCH || (status == GLOB_ABORTED && errno == ENOENT))
        diagnostics_error(loading->diagnostics, loading->place,
                          "there is no file %s", pattern);
    else if (status != 0)
        diagnostics_error(loading->diagnostics, loading->place,
                          "%s cannot be searched: %s", pattern,
                          strerror(status == GLOB_NOSPACE ? ENOMEM : errno));
    for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
        add_file(loading, found.gl_pathv[i]);
    globfree(&found);
}

struct token_keys *
token_keys_load(struct arena *arena, const struct token_settings *settings,
                struct diagnostics *diagnostics)
{
    size_t errors_before = diagnostics->error_count;
    struct loading loading = {
        .arena = arena,
        .keys = arena_alloc(arena, sizeof *loading.keys),
        .diagnostics = diagnostics,
        .place = {.section = "token", .key = "secrets"},
    };

    loading.keys->settings = settings;
    if (settings->section)
        loading.place = ini_place(settings->section, "secrets");
    if (settings->secrets[0] != '\0')
        add_files(&loading, settings->secrets);
    if (loading.keys->count > 1)
        qsort(loading.keys->items, loading.keys->count,
              sizeof(struct token_key *), compare);
    refuse_twins(&loading);
    if (diagnostics->error_count == errors_before && loading.keys->count > 0 &&
        !token_keys_work(loading.keys))
        diagnostics_error(diagnostics, loading.place,
                          "no token can be signed");
    return diagnostics->error_count == errors_before ? loading.keys : NULL;
}
