/* What the operations of `byline user` have in common. */
#ifndef BYLINE_TOOLS_USER_H
#define BYLINE_TOOLS_USER_H

#include "db/catalog.h"
#include "tools/tool.h"

struct users {
    struct arena *arena;
    const struct config *config;
    const struct accounts *accounts;
    const struct catalog *catalog;
    const struct catalog_table *table;
    struct db *db;
    const char *const *operands; /* behind the operation, ended by NULL */
};

/* Each returns 0, or -1 after printing why not. */
typedef int user_operation(const struct users *users);

user_operation user_add, user_list, user_passwd, user_role;

/* Prints a line and returns -1. */
int user_complain(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Says in plain words why the database refused; returns -1. */
int user_explain_failure(const struct users *users);

/* Runs a statement with values; -1 after saying why that failed. */
int user_run(const struct users *users, const char *sql,
             const char *const *values, size_t count, struct pg_result **rows);

/* Text of SQL in the arena: pieces of `format` and, for each '%', the next of
 * the names, ended by NULL, as a quoted identifier; '@' is the table. */
const char *user_compose(const struct users *users, const char *format,
                         const char *const *names);

/* Sets *login to the spelling of the account that `wanted` means, whatever
 * the case, or NULL if there is none; -1 after saying what is wrong. */
int user_find(const struct users *users, const char *wanted,
              const char **login);

/* Asks for a password and returns its hash, or NULL after saying what is
 * wrong with it. */
const char *user_ask_hash(const struct users *users);

#endif
