/*
 * A strict reader of INI files: scan, refuse, and then let iniparser read.
 * The only file that knows iniparser.
 */
#include "config/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <iniparser.h>

#include "base/buffer.h"
#include "config/ini_line.h"

/* iniparser reads a line, its end, and what it continues into 1,023 bytes. */
#define LINE_MAX_BYTES 1022

/* The state of one scan. */
struct scan {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct ini *ini;
    struct buffer joined;        /* a line and its continuations */
    size_t longest;              /* of it so far, blanks at the end included */
    unsigned line;               /* the first of the joined ones */
    struct ini_section *section; /* NULL: before the first */
    struct ini_section unread;   /* takes what follows a wrong [section] */
};

static struct place
scan_place(const struct scan *scan)
{
    return (struct place){.file = scan->ini->path, .line = scan->line};
}

struct place
ini_place(const struct ini_section *section, const char *key)
{
    struct place place = {.file = section->file,
                          .line = section->line,
                          .section = section->title,
                          .key = key};
    const struct ini_entry *entry = key ? ini_find(section, key) : NULL;

    if (entry)
        place.line = entry->line;
    return place;
}

const struct ini_entry *
ini_find(const struct ini_section *section, const char *key)
{
    for (size_t i = 0; i < section->entry_count; i++)
        if (strcmp(section->entries[i].key, key) == 0)
            return &section->entries[i];
    return NULL;
}

/* iniparser merges sections whose names differ by case alone. */
static const struct ini_section *
find_section(const struct ini *ini, const char *title)
{
    for (size_t i = 0; i < ini->section_count; i++)
        if (strcasecmp(ini->sections[i].title, title) == 0)
            return &ini->sections[i];
    return NULL;
}

static const struct ini_entry *
find_entry_any_case(const struct ini_section *section, const char *key)
{
    for (size_t i = 0; i < section->entry_count; i++)
        if (strcasecmp(section->entries[i].key, key) == 0)
            return &section->entries[i];
    return NULL;
}

static void
add_section(struct scan *scan, const char *title)
{
    struct ini *ini = scan->ini;
    const struct ini_section *twin = find_section(ini, title);
    size_t kind_length = strcspn(title, " \t");

    if (twin)
        diagnostics_error(scan->diagnostics, scan_place(scan),
                          "[%s] stands on line %u already", title, twin->line);
    ini->sections = arena_push(scan->arena, ini->sections, ini->section_count,
                               sizeof *ini->sections);
    scan->section = &ini->sections[ini->section_count++];
    *scan->section = (struct ini_section){
        .file = ini->path,
        .title = title,
        .kind = arena_strndup(scan->arena, title, kind_length),
        .name = title + kind_length + strspn(title + kind_length, " \t"),
        .line = scan->line,
    };
}

static void
add_entry(struct scan *scan, const struct ini_line *line)
{
    struct ini_section *section = scan->section;
    const struct ini_entry *twin;

    if (!section) {
        diagnostics_error(scan->diagnostics, scan_place(scan),
                          "\"%s\" stands before the first [section]",
                          line->name);
        return;
    }
    twin = find_entry_any_case(section, line->name);
    if (twin) {
        struct place place = scan_place(scan);

        place.section = section->title;
        place.key = line->name;
        diagnostics_error(scan->diagnostics, place,
                          "the key stands on line %u already", twin->line);
        return;
    }
    section->entries =
        arena_push(scan->arena, section->entries, section->entry_count,
                   sizeof *section->entries);
    section->entries[section->entry_count++] = (struct ini_entry){
        .key = line->name, .value = line->value, .line = scan->line};
}

static void
refuse_line(struct scan *scan, const char *mistake)
{
    const char *text = buffer_text(&scan->joined);

    diagnostics_error(scan->diagnostics, scan_place(scan), "%s", mistake);
    text += strspn(text, " \t");
    if (text[0] == '[') {
        const char *title =
            arena_strndup(scan->arena, text + 1, strcspn(text + 1, "]"));

        scan->unread = (struct ini_section){.title = title};
        scan->section = &scan->unread;
    }
    if (scan->section)
        scan->section->is_damaged = true;
}

/* Judges a line whose continuations have been joined. */
static void
scan_logical_line(struct scan *scan)
{
    const char *text = buffer_text(&scan->joined);
    struct ini_line line;

    if (scan->longest > LINE_MAX_BYTES) {
        refuse_line(scan, arena_printf(scan->arena,
                                       "the line has %zu bytes, continuations "
                                       "included; at most %d are read",
                                       scan->longest, LINE_MAX_BYTES));
        return;
    }
    line = ini_line_parse(scan->arena, text);
    switch (line.kind) {
    case INI_LINE_EMPTY:
        break;
    case INI_LINE_SECTION:
        add_section(scan, line.name);
        break;
    case INI_LINE_ENTRY:
        add_entry(scan, &line);
        break;
    case INI_LINE_WRONG:
        refuse_line(scan, line.mistake);
        break;
    }
}

/* iniparser lets `\\` at the end of a line join it with the next. A comment
 * that ends so is left alone here and refused when it is judged. */
static bool
is_continued(const char *text, size_t length)
{
    size_t blanks = strspn(text, " \t");

    return length > 0 && text[length - 1] == '\\' && text[blanks] != ';' &&
           text[blanks] != '#';
}

/* Adds one line of the file; the last of a continuation is then judged. */
static void
scan_line(struct scan *scan, unsigned number, const char *text, size_t length)
{
    const char *mistake = ini_line_mistake(text, length);
    struct buffer *joined = &scan->joined;

    if (joined->length == 0) {
        scan->line = number;
        scan->longest = 0;
    }
    if (joined->length + length > scan->longest)
        scan->longest = joined->length + length;
    if (mistake) {
        struct place place = {.file = scan->ini->path, .line = number};

        diagnostics_error(scan->diagnostics, place, "%s", mistake);
        joined->length = 0;
        return;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    buffer_append(joined, text, length);
    if (is_continued(buffer_text(joined), joined->length)) {
        joined->length--;
        return;
    }
    scan_logical_line(scan);
    joined->length = 0;
}

/* Refuses a byte order mark; the result is how many bytes it has. */
static size_t
refuse_mark(struct scan *scan, const char *text)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct place place = {.file = scan->ini->path, .line = 1};

    if (strncmp(text, mark, strlen(mark)) != 0)
        return 0;
    diagnostics_error(
        scan->diagnostics, place,
        "the file begins with a byte order mark: save it without");
    return strlen(mark);
}

static void
scan_file(struct scan *scan, FILE *stream)
{
    char *line = NULL;
    size_t capacity = 0;
    unsigned number = 0;
    size_t mark;
    ssize_t length;

    while ((length = getline(&line, &capacity, stream)) != -1) {
        if (length > 0 && line[length - 1] == '\n')
            length--;
        mark = ++number == 1 ? refuse_mark(scan, line) : 0;
        scan_line(scan, number, line + mark, (size_t)length - mark);
    }
    if (scan->joined.length > 0)
        diagnostics_error(scan->diagnostics, scan_place(scan),
                          "the last line ends in \\ and nothing follows");
    free(line);
    buffer_free(&scan->joined);
}

/* iniparser's own words go nowhere: the scan has said it better. */
static int
ignore_message(const char *format, ...)
{
    (void)format;
    return 0;
}

static void
check_value(struct diagnostics *diagnostics, const dictionary *values,
            const struct ini_section *section, const struct ini_entry *entry)
{
    struct buffer name = {0};
    const char *read;

    buffer_printf(&name, "%s:%s", section->title, entry->key);
    read = iniparser_getstring(values, buffer_text(&name), NULL);
    if (!read || strcmp(read, entry->value) != 0)
        diagnostics_error(diagnostics, ini_place(section, entry->key),
                          "the value would be read as \"%s\": quote it",
                          read ? read : "nothing");
    buffer_free(&name);
}

/* Holds what iniparser reads against what the scan saw. */
static void
read_values(const struct ini *ini, struct diagnostics *diagnostics)
{
    dictionary *values;

    iniparser_set_error_callback(ignore_message);
    values = iniparser_load(ini->path);
    if (!values) {
        diagnostics_error(diagnostics, (struct place){.file = ini->path},
                          "iniparser cannot read the file");
        return;
    }
    for (size_t i = 0; i < ini->section_count; i++)
        for (size_t k = 0; k < ini->sections[i].entry_count; k++)
            check_value(diagnostics, values, &ini->sections[i],
                        &ini->sections[i].entries[k]);
    iniparser_freedict(values);
}

int
ini_read(struct arena *arena, const char *path,
         struct diagnostics *diagnostics, struct ini *ini)
{
    struct scan scan = {
        .arena = arena, .diagnostics = diagnostics, .ini = ini};
    size_t errors_before = diagnostics->error_count;
    struct stat status;
    FILE *stream;

    *ini = (struct ini){.path = arena_strdup(arena, path)};
    stream = fopen(path, "re");
    if (!stream || fstat(fileno(stream), &status) == -1 ||
        S_ISDIR(status.st_mode)) {
        const char *reason = strerror(stream ? EISDIR : errno);

        if (stream)
            fclose(stream);
        return diagnostics_error(diagnostics,
                                 (struct place){.file = ini->path},
                                 "cannot be read: %s", reason);
    }
    ini->is_read = true;
    scan_file(&scan, stream);
    fclose(stream);
    if (diagnostics->error_count == errors_before)
        read_values(ini, diagnostics);
    return diagnostics->error_count == errors_before ? 0 : -1;
}
