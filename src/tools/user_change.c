/* user add, passwd and role. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "query/sql.h"
#include "tools/password_prompt.h"
#include "tools/user.h"

/* --- passwords ------------------------------------------------------- */

static int64_t
count_characters(const char *text)
{
    int64_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* The rules of [field], as for clients who set one. */
static int
check_length(const struct users *users, const char *text)
{
    const struct field *field = config_find_field(
        users->config, users->accounts->resource, users->accounts->password);
    int64_t count = count_characters(text);

    if (count == 0)
        return user_complain("the password is empty");
    if (field && field->min_length >= 0 && count < field->min_length)
        return user_complain("the password has fewer than %lld characters",
                             (long long)field->min_length);
    if (field && field->max_length >= 0 && count > field->max_length)
        return user_complain("the password has more than %lld characters",
                             (long long)field->max_length);
    return 0;
}

static int
check_password(const struct users *users, const struct password_text *password)
{
    size_t kept = password->length < sizeof password->text
                      ? password->length
                      : sizeof password->text - 1;

    switch (password_check_new(password->text, kept)) {
    case PASSWORD_HAS_NUL:
        return user_complain("the password has a NUL in it");
    case PASSWORD_TOO_LONG:
        return user_complain("the password has more than %d bytes",
                             PASSWORD_BYTES_MAX);
    case PASSWORD_FINE:
        break;
    }
    if (!utf8_is_valid(password->text, kept))
        return user_complain("the password is not UTF-8, as that of browsers "
                             "would be");
    return check_length(users, password->text);
}

const char *
user_ask_hash(const struct users *users)
{
    struct password_text password;
    const char *hash = NULL;

    if (password_prompt(&password) == 0 &&
        check_password(users, &password) == 0) {
        hash = password_hash(users->arena, password.text,
                             users->accounts->bcrypt_cost);
        if (!hash)
            user_complain("no hash could be made");
    }
    explicit_bzero(&password, sizeof password);
    return hash;
}

/* --- add ------------------------------------------------------------- */

/* The row to be: its columns, and as many values. */
struct row {
    const char **columns;
    const char **values;
    size_t count;
};

static void
add_value(const struct users *users, struct row *row, const char *column,
          const char *value)
{
    row->columns = arena_push(users->arena, row->columns, row->count,
                              sizeof *row->columns);
    row->values =
        arena_push(users->arena, row->values, row->count, sizeof *row->values);
    row->columns[row->count] = column;
    row->values[row->count++] = value;
}

static int
refuse_column(const struct users *users, const char *column)
{
    struct suggestion suggestion = suggest_start(column);

    for (size_t i = 0; i < users->table->column_count; i++)
        suggest_offer(&suggestion, users->table->columns[i].name);
    return user_complain("%s has no column \"%s\"%s",
                         users->accounts->resource->name, column,
                         suggest_clause(users->arena, &suggestion));
}

/* One COLUMN=VALUE. */
static int
take_pair(const struct users *users, struct row *row, const char *operand)
{
    const char *equals = strchr(operand, '=');
    const char *column;

    if (!equals || equals == operand)
        return user_complain("\"%s\" is no COLUMN=VALUE", operand);
    column = arena_strndup(users->arena, operand, (size_t)(equals - operand));
    if (strcmp(column, users->accounts->password) == 0)
        return user_complain("%s is asked for: on a command line others "
                             "could see it",
                             column);
    if (!catalog_column(users->table, column))
        return refuse_column(users, column);
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->columns[i], column) == 0)
            return user_complain("%s is given twice", column);
    add_value(users, row, column, equals + 1);
    return 0;
}

/* Says what is wrong with any of them. */
static int
take_pairs(const struct users *users, struct row *row)
{
    int result = 0;

    add_value(users, row, users->accounts->login, users->operands[0]);
    for (size_t i = 1; users->operands[i]; i++)
        if (take_pair(users, row, users->operands[i]) == -1)
            result = -1;
    return result;
}

static const char *
compose_insert(const struct users *users, const struct row *row)
{
    struct buffer sql = {0};
    const char *text;

    buffer_append_text(&sql, "INSERT INTO ");
    sql_append_table(&sql, users->accounts->resource);
    for (size_t i = 0; i < row->count; i++) {
        buffer_append_text(&sql, i == 0 ? " (" : ", ");
        sql_append_identifier(&sql, row->columns[i]);
    }
    for (size_t i = 0; i < row->count; i++)
        buffer_printf(&sql, "%s$%zu", i == 0 ? ") VALUES (" : ", ", i + 1);
    buffer_append_char(&sql, ')');
    text = arena_strdup(users->arena, buffer_text(&sql));
    buffer_free(&sql);
    return text;
}

int
user_add(const struct users *users)
{
    struct row row = {0};
    struct pg_result *rows;
    const char *login, *hash;

    if (take_pairs(users, &row) == -1 ||
        user_find(users, users->operands[0], &login) == -1)
        return -1;
    if (login)
        return user_complain("there is an account %s already", login);
    hash = user_ask_hash(users);
    if (!hash)
        return -1;
    add_value(users, &row, users->accounts->password, hash);
    if (user_run(users, compose_insert(users, &row), row.values, row.count,
                 &rows) == -1)
        return -1;
    printf("added %s\n", users->operands[0]);
    return 0;
}

/* --- passwd and role ------------------------------------------------- */

static const char *
find_or_complain(const struct users *users)
{
    const char *login;

    if (user_find(users, users->operands[0], &login) == -1)
        return NULL;
    if (!login)
        user_complain("there is no account %s", users->operands[0]);
    return login;
}

/* Between finding and changing, somebody may have removed it. */
static int
change(const struct users *users, const char *sql, const char *login,
       const char *value)
{
    struct pg_result *rows;

    if (user_run(users, sql, (const char *const[]){login, value}, 2, &rows) ==
        -1)
        return -1;
    if (db_row_count(rows) == 0)
        return user_complain("there is no account %s", login);
    return 0;
}

/* Tokens have whole seconds: those of this second must end as well. */
#define NEXT_SECOND "date_trunc('second', now()) + interval '1 second'"

int
user_passwd(const struct users *users)
{
    const struct accounts *accounts = users->accounts;
    const char *login = find_or_complain(users);
    const char *hash = login ? user_ask_hash(users) : NULL;
    const char *sql =
        accounts->since[0] != '\0'
            ? user_compose(users,
                           "UPDATE @ SET % = $2, % = " NEXT_SECOND
                           " WHERE %::text = $1 RETURNING 1",
                           (const char *const[]){accounts->password,
                                                 accounts->since,
                                                 accounts->login, NULL})
            : user_compose(
                  users, "UPDATE @ SET % = $2 WHERE %::text = $1 RETURNING 1",
                  (const char *const[]){accounts->password, accounts->login,
                                        NULL});

    if (!hash || change(users, sql, login, hash) == -1)
        return -1;
    printf("changed the password of %s\n", login);
    return 0;
}

int
user_role(const struct users *users)
{
    const struct accounts *accounts = users->accounts;
    const char *login;
    const char *sql;

    if (accounts->role[0] == '\0')
        return user_complain("there are no roles: [accounts] has no role");
    login = find_or_complain(users);
    sql = user_compose(
        users, "UPDATE @ SET % = $2 WHERE %::text = $1 RETURNING 1",
        (const char *const[]){accounts->role, accounts->login, NULL});
    if (!login || change(users, sql, login, users->operands[1]) == -1)
        return -1;
    printf("%s has the role %s\n", login, users->operands[1]);
    return 0;
}
