/* The migrations of a directory. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "tools/migration.h"

static bool
ends_in_sql(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && strcmp(name + length - 4, ".sql") == 0;
}

static int
is_candidate(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_in_sql(entry->d_name);
}

/* NNNN-name.sql */
static bool
is_migration(const char *name)
{
    return strspn(name, "0123456789") == 4 && name[4] == '-' && name[5] != '.';
}

const char *
migration_read_text(struct arena *arena, const char *path)
{
    FILE *stream = fopen(path, "re");
    struct buffer text = {0};
    const char *copy = NULL;
    size_t length;

    if (!stream) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    while ((length = fread(buffer_reserve(&text, 4096), 1, 4096, stream)) > 0)
        text.length += length;
    if (ferror(stream))
        fprintf(stderr, "%s: cannot be read\n", path);
    else if (text.length > 0 && (memchr(text.data, '\0', text.length) ||
                                 !utf8_is_valid(text.data, text.length)))
        fprintf(stderr, "%s: is not UTF-8 text\n", path);
    else
        copy = arena_strndup(arena, buffer_text(&text), text.length);
    buffer_free(&text);
    fclose(stream);
    return copy;
}

static int
add_file(struct arena *arena, const char *directory, const char *name,
         struct migrations_found *found)
{
    const char *path = arena_printf(arena, "%s/%s", directory, name);
    const char *number = arena_strndup(arena, name, 4);
    const char *sql;

    if (!is_migration(name)) {
        fprintf(stderr, "%s: is not named NNNN-name.sql\n", path);
        return -1;
    }
    if (found->count > 0 &&
        strcmp(found->items[found->count - 1].number, number) == 0) {
        fprintf(stderr, "%s: has the number of %s\n", path,
                found->items[found->count - 1].name);
        return -1;
    }
    sql = migration_read_text(arena, path);
    if (!sql)
        return -1;
    found->items =
        arena_push(arena, found->items, found->count, sizeof *found->items);
    found->items[found->count++] = (struct migration){
        .number = number, .name = arena_strdup(arena, name), .sql = sql};
    return 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int
migration_read_files(struct arena *arena, const char *directory,
                     struct migrations_found *found)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_candidate, by_name);
    int result = 0;

    *found = (struct migrations_found){0};
    if (count == -1) {
        fprintf(stderr, "%s: %s\n", directory, strerror(errno));
        return -1;
    }
    for (int i = 0; i < count; i++) {
        if (add_file(arena, directory, entries[i]->d_name, found) == -1)
            result = -1;
        free(entries[i]);
    }
    free(entries);
    return result;
}
