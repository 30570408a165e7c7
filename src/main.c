/* The subcommand table, and the command line. */
#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"
#include "http/fcgi.h"
#include "tools/tool.h"

/* Options that only some subcommands take, as bits. */
enum {
    TAKES_POOL = 1 << 0,
    TAKES_OFFLINE = 1 << 1,
    TAKES_KEYS = 1 << 2,
    TAKES_DRY_RUN = 1 << 3,
    TAKES_BASELINE = 1 << 4,
    TAKES_CACHED = 1 << 5,
};

struct command {
    const char *name;
    tool_run *run;
    unsigned takes;
    int least, most; /* operands */
    const char *synopsis;
    const char *summary;
};

static const struct command commands[] = {
    {"check", tool_check, TAKES_OFFLINE, 0, 0, "[--offline]",
     "hold the configuration against itself and the database"},
    {"config", tool_config, TAKES_KEYS, 0, 0, "[--keys]",
     "print the effective configuration, or all keys there are"},
    {"explain", tool_explain, 0, 1, 2, "ROUTE [QUERY]",
     "print what a route sends, and how PostgreSQL runs it"},
    {"grants", tool_grants, TAKES_POOL, 0, 0, "[--pool NAME]",
     "print the GRANTs that the pools' database roles need"},
    {"migrate", tool_migrate, TAKES_DRY_RUN | TAKES_BASELINE, 0, 1,
     "[[--baseline N] [--dry-run] | status]", "bring the database up to date"},
    {"reload", tool_reload, 0, 0, 0, "",
     "take over the configuration without losing a request"},
    {"routes", tool_routes, TAKES_CACHED, 0, 0, "[--cached]",
     "print the route table, or what nginx may keep"},
    {"serve", tool_serve, 0, 0, 0, "", "serve all pools"},
    {"status", tool_status, 0, 0, 0, "",
     "show who serves, and what is disabled"},
    {"user", tool_user, 0, 1, INT_MAX, "add|list|passwd|role",
     "add accounts, list them, change their password or role"},
    {"worker", tool_worker, TAKES_POOL, 0, 0, "[--pool NAME]",
     "be one worker; descriptor 0 is the listening socket"},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct {
    struct option option;
    unsigned takes; /* 0: every subcommand */
} long_options[] = {
    {{"config", required_argument, NULL, 'c'}, 0},
    {{"help", no_argument, NULL, 'h'}, 0},
    {{"pool", required_argument, NULL, 'p'}, TAKES_POOL},
    {{"offline", no_argument, NULL, 'o'}, TAKES_OFFLINE},
    {{"keys", no_argument, NULL, 'k'}, TAKES_KEYS},
    {{"dry-run", no_argument, NULL, 'n'}, TAKES_DRY_RUN},
    {{"baseline", required_argument, NULL, 'b'}, TAKES_BASELINE},
    {{"cached", no_argument, NULL, 'a'}, TAKES_CACHED},
};
#define OPTION_COUNT (sizeof long_options / sizeof long_options[0])

static void
print_usage(FILE *stream)
{
    fprintf(stream, "usage: byline COMMAND [-c FILE] ...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-7s %-37s %s\n", commands[i].name,
                commands[i].synopsis, commands[i].summary);
    fprintf(stream,
            "\nThe configuration is FILE, else $BYLINE_CONFIG, else "
            "%s/byline.ini.\n",
            BYLINE_CONFDIR);
}

static const struct command *
find_command(struct arena *arena, const char *name)
{
    struct suggestion suggestion = suggest_start(name);

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        suggest_offer(&suggestion, commands[i].name);
    }
    fprintf(stderr, "byline: there is no command \"%s\"%s\n", name,
            suggest_clause(arena, &suggestion));
    return NULL;
}

/* The long options that a command takes, ended as getopt_long wants it. */
static struct option *
options_of(struct arena *arena, const struct command *command)
{
    struct option *options =
        arena_alloc(arena, (OPTION_COUNT + 1) * sizeof *options);
    size_t count = 0;

    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (long_options[i].takes == 0 ||
            (long_options[i].takes & command->takes))
            options[count++] = long_options[i].option;
    return options;
}

static int
set_option(struct tool_options *options, int letter)
{
    switch (letter) {
    case 'c':
        options->config_path = optarg;
        return 0;
    case 'p':
        options->pool = optarg;
        return 0;
    case 'o':
        options->is_offline = true;
        return 0;
    case 'k':
        options->wants_keys = true;
        return 0;
    case 'a':
        options->wants_cached = true;
        return 0;
    case 'n':
        options->is_dry_run = true;
        return 0;
    case 'b':
        options->baseline = optarg;
        return 0;
    default:
        return -1;
    }
}

static int
print_help(const struct command *command)
{
    printf("usage: byline %s [-c FILE] %s\n\nbyline %s: %s\n", command->name,
           command->synopsis, command->name, command->summary);
    return TOOL_OK;
}

static int
usage_of(const struct command *command)
{
    fprintf(stderr, "usage: byline %s [-c FILE] %s\n", command->name,
            command->synopsis);
    return TOOL_USAGE;
}

/* `arguments` begin with the name of the command. */
static int
run_command(const struct command *command, struct tool_options *options,
            int count, char **arguments)
{
    struct option *known = options_of(options->arena, command);
    int letter;

    while ((letter = getopt_long(count, arguments, "c:h", known, NULL)) != -1)
        if (letter == 'h')
            return print_help(command);
        else if (set_option(options, letter) == -1)
            return usage_of(command);
    if (count - optind < command->least || count - optind > command->most)
        return usage_of(command);
    options->operands = (const char *const *)arguments + optind;
    return command->run(options);
}

static const char *
default_config(void)
{
    const char *path = getenv("BYLINE_CONFIG");

    return path && path[0] != '\0' ? path : BYLINE_CONFDIR "/byline.ini";
}

static int
run(int count, char **arguments, struct tool_options *options)
{
    const struct command *command;

    if (count < 2 && fcgi_is_listener(STDIN_FILENO))
        return tool_worker(options);
    if (count < 2) {
        print_usage(stderr);
        return TOOL_USAGE;
    }
    if (strcmp(arguments[1], "--help") == 0 ||
        strcmp(arguments[1], "-h") == 0) {
        print_usage(stdout);
        return TOOL_OK;
    }
    if (strcmp(arguments[1], "--version") == 0) {
        printf("byline %s\n", PACKAGE_VERSION);
        return TOOL_OK;
    }
    command = find_command(options->arena, arguments[1]);
    if (!command)
        return TOOL_USAGE;
    return run_command(command, options, count - 1, arguments + 1);
}

int
main(int count, char **arguments)
{
    struct tool_options options = {
        .arena = arena_new(),
        .config_path = default_config(),
    };
    int status;

    setlocale(LC_CTYPE, "C.UTF-8"); /* patterns match characters */
    status = run(count, arguments, &options);

    arena_free(options.arena);
    return status;
}
