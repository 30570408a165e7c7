/* How the operations of `byline user` talk to the database. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "query/sql.h"
#include "tools/user.h"

const char *
user_compose(const struct users *users, const char *format,
             const char *const *names)
{
    struct buffer sql = {0};
    const char *text;

    for (; *format; format++)
        if (*format == '%')
            sql_append_identifier(&sql, *names++);
        else if (*format == '@')
            sql_append_table(&sql, users->accounts->resource);
        else
            buffer_append_char(&sql, *format);
    text = arena_strdup(users->arena, buffer_text(&sql));
    buffer_free(&sql);
    return text;
}

int
user_run(const struct users *users, const char *sql, const char *const *values,
         size_t count, struct pg_result **rows)
{
    const struct db_call call = {
        .sql = sql,
        .values = values,
        .count = count,
    };

    return db_run(users->db, users->arena, &call, rows) == DB_OK
               ? 0
               : user_explain_failure(users);
}

/* What the schema's owner wrote about the constraint that was violated, or
 * NULL. */
static const char *
find_comment(const struct users *users)
{
    const struct db_violation *violation = db_violation(users->db);

    for (size_t i = 0; i < users->catalog->constraint_count; i++) {
        const struct catalog_constraint *constraint =
            &users->catalog->constraints[i];

        if (strcmp(constraint->name, violation->constraint) == 0 &&
            strcmp(constraint->table, violation->table) == 0 &&
            strcmp(constraint->schema, violation->schema) == 0)
            return constraint->comment;
    }
    return NULL;
}

static bool
is_given(const struct users *users, const char *column)
{
    size_t length = strlen(column);

    if (strcmp(column, users->accounts->login) == 0 ||
        strcmp(column, users->accounts->password) == 0)
        return true;
    for (const char *const *at = users->operands; *at; at++)
        if (strncmp(*at, column, length) == 0 && (*at)[length] == '=')
            return true;
    return false;
}

/* PostgreSQL names one column that must not be NULL; we name all of them. */
static int
explain_missing(const struct users *users)
{
    const char *names = "", *hint = "";
    size_t count = 0;

    for (size_t i = 0; i < users->table->column_count; i++) {
        const struct catalog_column *column = &users->table->columns[i];

        if (!column->refuses_null || column->default_sql ||
            column->is_computed || is_given(users, column->name))
            continue;
        names = arena_printf(users->arena, "%s%s%s", names,
                             count++ > 0 ? ", " : "", column->name);
        hint = arena_printf(users->arena, "%s %s=...", hint, column->name);
    }
    if (count == 0)
        return user_complain("%s", db_message(users->db));
    return user_complain("%s %s missing: byline user add LOGIN%s", names,
                         count > 1 ? "are" : "is", hint);
}

int
user_explain_failure(const struct users *users)
{
    const struct db_violation *violation = db_violation(users->db);
    const char *sqlstate = db_sqlstate(users->db);
    const char *comment = find_comment(users);

    if (strcmp(sqlstate, "23502") == 0)
        return explain_missing(users);
    if (comment)
        return user_complain("%s", comment);
    if (strcmp(sqlstate, "23505") == 0)
        return user_complain("another row of %s has the value already (%s)",
                             violation->table, violation->constraint);
    if (strcmp(sqlstate, "23514") == 0 && violation->constraint[0] != '\0')
        return user_complain("a value breaks the rule %s",
                             violation->constraint);
    return user_complain("%s", db_message(users->db));
}

int
user_find(const struct users *users, const char *wanted, const char **login)
{
    const char *column = users->accounts->login;
    const char *sql = user_compose(
        users, "SELECT %::text FROM @ WHERE lower(%::text) = lower($1)",
        (const char *const[]){column, column, NULL});
    struct pg_result *rows;

    if (user_run(users, sql, &wanted, 1, &rows) == -1)
        return -1;
    if (db_row_count(rows) > 1)
        return user_complain("%zu accounts are named %s in different cases: "
                             "rename all but one",
                             db_row_count(rows), wanted);
    *login = db_row_count(rows) == 1 ? db_value(rows, 0, 0) : NULL;
    return 0;
}
