/* user: accounts that somebody makes or mends by hand, as the owner. */
#include "tools/user.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct operation {
    const char *name;
    user_operation *run;
    size_t least, most; /* operands */
    const char *synopsis;
};

#define ANY_NUMBER ((size_t)-1)

static const struct operation operations[] = {
    {"add", user_add, 1, ANY_NUMBER, "LOGIN [COLUMN=VALUE ...]"},
    {"list", user_list, 0, 0, ""},
    {"passwd", user_passwd, 1, 1, "LOGIN"},
    {"role", user_role, 2, 2, "LOGIN ROLE"},
};
#define OPERATION_COUNT (sizeof operations / sizeof operations[0])

int
user_complain(const char *format, ...)
{
    va_list args;

    fputs("byline: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return -1;
}

static int
print_usage(void)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        fprintf(stderr, "%s byline user [-c FILE] %s%s%s\n",
                i == 0 ? "usage:" : "      ", operations[i].name,
                operations[i].synopsis[0] != '\0' ? " " : "",
                operations[i].synopsis);
    return TOOL_USAGE;
}

/* NULL if that is none, or has another number of operands. */
static const struct operation *
find_operation(const char *const *operands)
{
    size_t count = 0;

    while (operands[count + 1])
        count++;
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        if (strcmp(operations[i].name, operands[0]) == 0)
            return count >= operations[i].least && count <= operations[i].most
                       ? &operations[i]
                       : NULL;
    return NULL;
}

/* Each of [accounts]' columns must be there. */
static int
check_columns(const struct users *users)
{
    const struct accounts *accounts = users->accounts;
    const struct {
        const char *key;
        const char *column;
    } wanted[] = {
        {"login", accounts->login},
        {"password", accounts->password},
        {"role", accounts->role},
        {"since", accounts->since},
    };
    int result = 0;

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (wanted[i].column[0] != '\0' &&
            !catalog_column(users->table, wanted[i].column))
            result = user_complain("[accounts] %s: %s has no column \"%s\"",
                                   wanted[i].key, accounts->resource->name,
                                   wanted[i].column);
    return result;
}

static int
run(struct users *users, const struct operation *operation)
{
    const struct resource *resource = users->accounts->resource;
    enum db_outcome outcome;

    users->catalog =
        catalog_load(users->arena, users->db, users->config, &outcome);
    if (!users->catalog)
        return user_complain("%s", db_message(users->db));
    users->table = catalog_table(users->catalog, resource);
    if (users->table->oid == 0)
        return user_complain("there is no table %s; run byline migrate",
                             resource->table);
    return check_columns(users) == -1 ? -1 : operation->run(users);
}

int
tool_user(const struct tool_options *options)
{
    const struct operation *operation = find_operation(options->operands);
    struct users users = {
        .arena = options->arena,
        .operands = options->operands + 1,
    };
    int result = -1;

    if (!operation)
        return print_usage();
    users.config = tool_load(options);
    if (!users.config)
        return TOOL_FAILED;
    users.accounts = &users.config->accounts;
    if (!users.accounts->resource)
        user_complain("nobody can log in: there is no [accounts]");
    else if (!users.config->migrations.database)
        user_complain("[migrations] database: there is no [database %s]",
                      users.config->migrations.database_name);
    else
        users.db = tool_connect_patiently(users.config->migrations.database);
    if (users.db)
        result = run(&users, operation);
    db_free(users.db);
    return result == 0 ? TOOL_OK : TOOL_FAILED;
}
