/* The INI reader: what it accepts, and every input that iniparser would
 * change without a word. */
#include "config/ini.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

/* One file, written anew for each case. */
static char path[] = "/tmp/byline-unit-ini-XXXXXX";

struct reading {
    struct arena *arena;
    struct diagnostics diagnostics;
    struct ini ini;
    int status;
};

static struct reading
read_bytes(const char *text, size_t length)
{
    struct reading reading = {.arena = arena_new()};
    FILE *stream = fopen(path, "w");

    if (!stream || fwrite(text, 1, length, stream) != length ||
        fclose(stream) != 0)
        abort();
    reading.diagnostics.arena = reading.arena;
    reading.status =
        ini_read(reading.arena, path, &reading.diagnostics, &reading.ini);
    return reading;
}

/* Everything that was found wrong, without the file's name, one a line. */
static const char *
mistakes_of(struct reading *reading)
{
    const char *all = "";

    for (size_t i = 0; i < reading->diagnostics.count; i++) {
        const char *text = diagnostics_text(&reading->diagnostics, i);

        if (strncmp(text, path, strlen(path)) == 0)
            text += strlen(path) + 1;
        all = arena_printf(reading->arena, "%s%s%s", all, i > 0 ? "\n" : "",
                           text);
    }
    return all;
}

/* All that was read: `kind/name@line{key=value@line,…}`. */
static const char *
contents_of(struct reading *reading)
{
    const char *all = "";

    for (size_t i = 0; i < reading->ini.section_count; i++) {
        const struct ini_section *section = &reading->ini.sections[i];

        all = arena_printf(reading->arena, "%s%s/%s@%u{", all, section->kind,
                           section->name, section->line);
        for (size_t k = 0; k < section->entry_count; k++)
            all = arena_printf(reading->arena, "%s%s%s=<%s>@%u", all,
                               k > 0 ? "," : "", section->entries[k].key,
                               section->entries[k].value,
                               section->entries[k].line);
        all = arena_printf(reading->arena, "%s}", all);
    }
    return all;
}

struct example {
    const char *behaviour;
    const char *text;
    const char *expected;
};

static const struct example accepted[] = {
    {"an empty file is nothing", "", ""},
    {"so is one of comments", "; a\n# b\n\n  ; c\n", ""},
    {"a section may be empty", "[a]\n", "a/@1{}"},
    {"a section has a kind and a name", "[route film]\n", "route/film@1{}"},
    {"blanks inside the brackets", "[ route film\t]\n", "route/film@1{}"},
    {"lines are counted from one", "; c\n\n[a]\n\nk = v\n", "a/@3{k=<v>@5}"},
    {"case is kept", "[Route Film]\nKey = Value\n",
     "Route/Film@1{Key=<Value>@2}"},
    {"blanks around are no part of anything", "[a]\n \tk\t =  v  \t\n",
     "a/@1{k=<v>@2}"},
    {"nor need they be there", "[a]\nk=v\n", "a/@1{k=<v>@2}"},
    {"blanks inside a value stay", "[a]\nk = b  c\td\n",
     "a/@1{k=<b  c\td>@2}"},
    {"the first equals sign counts", "[a]\nk = x=1 y=2\n",
     "a/@1{k=<x=1 y=2>@2}"},
    {"a comment behind a blank ends a value", "[a]\nk = v ; c\nl = w # d\n",
     "a/@1{k=<v>@2,l=<w>@3}"},
    {"an empty value", "[a]\nk =\nl = ; c\nm = \"\"\n",
     "a/@1{k=<>@2,l=<>@3,m=<>@4}"},
    {"quotes protect ; and #", "[a]\nk = \"b;c # d\"\n",
     "a/@1{k=<b;c # d>@2}"},
    {"quotes keep blanks", "[a]\nk = \" b \" ; c\n", "a/@1{k=< b >@2}"},
    {"a quote inside a value is a letter", "[a]\nk = b\"c\n",
     "a/@1{k=<b\"c>@2}"},
    {"numbers stay text", "[a]\nk = 010\n", "a/@1{k=<010>@2}"},
    {"keys with digits, dots and underscores", "[a]\na_1.2 = v\n",
     "a/@1{a_1.2=<v>@2}"},
    {"UTF-8", "[a]\nk = \xc3\xa9\xe2\x82\xac\n",
     "a/@1{k=<\xc3\xa9\xe2\x82\xac>@2}"},
    {"CR LF", "[a]\r\nk = v\r\n", "a/@1{k=<v>@2}"},
    {"no end of line at the end", "[a]\nk = v", "a/@1{k=<v>@2}"},
    {"a \\ goes on in the next line, and the first one counts",
     "[a]\nk = b, \\\n    c\nl = d\n", "a/@1{k=<b,     c>@2,l=<d>@4}"},
    {"three lines of one value", "[a]\nk = b\\\nc\\\nd\n", "a/@1{k=<bcd>@2}"},
    {"the same key in two sections", "[a]\nk = 1\n[b]\nk = 2\n",
     "a/@1{k=<1>@2}b/@3{k=<2>@4}"},
};

static void
accepts_what_is_meant(void)
{
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        const struct example *example = &accepted[i];
        struct reading reading =
            read_bytes(example->text, strlen(example->text));

        is_text(mistakes_of(&reading), "", "nothing wrong: %s",
                example->behaviour);
        is_text(contents_of(&reading), example->expected, "%s",
                example->behaviour);
        arena_free(reading.arena);
    }
}

static const struct example refused[] = {
    {"a section given twice would be merged", "[a]\n[b]\n[a]\n",
     "3: [a] stands on line 1 already"},
    {"the section under a wrong line is called what it says there",
     "[route x\nk = 1\nk = 2 and much more than before\n",
     "1: a section needs a closing ]\n"
     "3: [route x] k: the key stands on line 2 already"},
    {"also in another case", "[route x]\n[Route X]\n",
     "2: [Route X] stands on line 1 already"},
    {"other blanks would make another section", "[route x]\n[route \t x]\n",
     "2: one blank separates a section's kind and name"},
    {"of a key given twice the last would count", "[a]\nk = 1\n\nk = 2\n",
     "4: [a] k: the key stands on line 2 already"},
    {"also in another case", "[a]\nk = 1\nK = 2\n",
     "3: [a] K: the key stands on line 2 already"},
    {"a colon hides a section", "[a:b]\n",
     "1: a section's name cannot hold a colon"},
    {"a comment behind a section makes it a key", "[a] ; c\nk = v\n",
     "1: nothing may follow a [section] on its line, not even a comment"},
    {"so does anything else", "[b]\n[a] k = v\n",
     "2: nothing may follow a [section] on its line, not even a comment"},
    {"a bracket that is not closed", "[a\n", "1: a section needs a closing ]"},
    {"a section without a name", "[ ]\n", "1: a section needs a name"},
    {"a key before any section", "k = v\n[a]\n",
     "1: \"k\" stands before the first [section]"},
    {"a value is cut at ;", "[a]\nk = b;c\n",
     "2: the value would be cut at ';': quote it"},
    {"a value is cut at #", "[a]\nk = #1 b#c\nl = b#c\n",
     "3: the value would be cut at '#': quote it"},
    {"a value ends at its second quote", "[a]\nk = \"A\" = 1 or x\n",
     "2: the value goes on after its closing quote; what follows would be "
     "lost"},
    {"a quote that never closes", "[a]\nk = \"b\n",
     "2: the value begins with a quote that never closes"},
    {"\\\" ends a value", "[a]\nk = \"b\\\"c\"\n",
     "2: \\\" cannot stand in a value: the quote would end it"},
    {"single quotes vanish", "[a]\nk = 'b'\n",
     "2: a value cannot begin with a single quote, which would be lost: put "
     "the value in double quotes"},
    {"a comment that ends in \\ swallows the next line",
     "[a]\n; c \\\nk = v\n",
     "2: a comment that ends in \\ would swallow the next line"},
    {"a \\ with nothing behind", "[a]\nk = v\\\n",
     "2: the last line ends in \\ and nothing follows"},
    {"a line that is nothing", "[a]\nword\n",
     "2: this is no [section], no key = value and no comment"},
    {"a key of other letters", "[a]\nk-l = v\na b = v\n = v\n",
     "2: a key is made of letters, digits, '_' and '.'\n"
     "3: a key is made of letters, digits, '_' and '.'\n"
     "4: a key is made of letters, digits, '_' and '.'"},
    {"a byte order mark", "\xef\xbb\xbf; c\n[a]\n",
     "1: the file begins with a byte order mark: save it without"},
    {"no UTF-8", "[a]\nk = caf\xe9\n", "2: the line is not UTF-8"},
    {"a control character", "[a]\nk = \x1b[1m\n",
     "2: the line holds a control character"},
    {"all mistakes in one run", "[a]\nk = 'v'\nword\nl = b;c\n",
     "2: a value cannot begin with a single quote, which would be lost: put "
     "the value in double quotes\n"
     "3: this is no [section], no key = value and no comment\n"
     "4: the value would be cut at ';': quote it"},
};

static void
refuses_what_would_be_changed(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct example *example = &refused[i];
        struct reading reading =
            read_bytes(example->text, strlen(example->text));

        is_int(reading.status, -1, "refused: %s", example->behaviour);
        is_text(mistakes_of(&reading), example->expected, "%s",
                example->behaviour);
        arena_free(reading.arena);
    }
}

static void
refuses_nul(void)
{
    static const char text[] = "[a]\nk = b\0c\n";
    struct reading reading = read_bytes(text, sizeof text - 1);

    is_text(mistakes_of(&reading), "2: the line holds a NUL byte",
            "a NUL byte would end the line");
    arena_free(reading.arena);
}

/* A line of `length` bytes, in two when `is_continued`. */
static struct reading
read_long_line(size_t length, bool is_continued)
{
    char line[2048] = "[a]\nk = ";
    size_t start = 4, used = strlen(line);

    memset(line + used, 'v', start + length - used);
    used = start + length;
    if (is_continued) {
        memmove(line + 502, line + 500, used - 500);
        memcpy(line + 500, "\\\n", 2);
        used += 2;
    }
    line[used++] = '\n';
    return read_bytes(line, used);
}

static void
bounds_the_line(void)
{
    for (int continued = 0; continued < 2; continued++) {
        const char *how = continued ? "in two parts" : "in one";
        struct reading fits = read_long_line(1022, continued);
        struct reading over = read_long_line(1023, continued);
        struct reading beyond = read_long_line(1024, continued);

        is_text(mistakes_of(&fits), "", "a line of 1,022 bytes is read, %s",
                how);
        is_text(mistakes_of(&over),
                "2: the line has 1023 bytes, continuations included; at most "
                "1022 are read",
                "one of 1,023 is refused, %s", how);
        is_text(mistakes_of(&beyond),
                "2: the line has 1024 bytes, continuations included; at most "
                "1022 are read",
                "one of 1,024 is refused, %s", how);
        arena_free(fits.arena);
        arena_free(over.arena);
        arena_free(beyond.arena);
    }
}

static void
says_why_a_file_is_not_read(void)
{
    struct arena *arena = arena_new();
    struct diagnostics diagnostics = {.arena = arena};
    struct ini ini;

    is_int(ini_read(arena, "/none/x.ini", &diagnostics, &ini), -1,
           "a file that is not there fails");
    is_text(diagnostics_text(&diagnostics, 0),
            "/none/x.ini: cannot be read: No such file or directory",
            "and the reason is told");
    is_int(ini_read(arena, "/tmp", &diagnostics, &ini), -1,
           "a directory fails");
    is_text(diagnostics_text(&diagnostics, 1),
            "/tmp: cannot be read: Is a directory", "and the reason is told");
    arena_free(arena);
}

static void
finds_entries_and_places(void)
{
    static const char text[] = "[route film]\n\nmatch = GET /\n";
    struct reading reading = read_bytes(text, sizeof text - 1);
    const struct ini_section *section = &reading.ini.sections[0];

    is_text(ini_find(section, "match")->value, "GET /", "an entry is found");
    ok(!ini_find(section, "Match"), "but not by another case");
    is_int(ini_place(section, "match").line, 3, "an entry has its line");
    is_int(ini_place(section, "with").line, 1,
           "one that is missing has the section's");
    is_text(ini_place(section, "with").key, "with", "and its own name");
    is_text(ini_place(section, NULL).section, "route film",
            "the place knows the section");
    arena_free(reading.arena);
}

int
main(void)
{
    int descriptor = mkstemp(path);

    if (descriptor == -1)
        return 1;
    close(descriptor);
    accepts_what_is_meant();
    refuses_what_would_be_changed();
    refuses_nul();
    bounds_the_line();
    says_why_a_file_is_not_read();
    finds_entries_and_places();
    unlink(path);
    return done();
}
