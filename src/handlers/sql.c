/* sql: a statement of the site's own. Parameters come from the path and, of a
 * GET, from the query, of others from the body. */
#include "handlers/conditional.h"
#include "handlers/gather.h"
#include "handlers/identity.h"
#include "handlers/path.h"
#include "handlers/read.h"
#include "http/query.h"
#include "query/commanding.h"
#include "query/value.h"

/* --- parameters ------------------------------------------------------ */

/* A value that is wrong is told at once; a whole number that no row can have
 * finds nothing, but only if all else is right. */
static int
bind_path(struct exchange *exchange, const struct own_statement *statement,
          const char **values)
{
    struct problem *problem = exchange->problem;
    bool is_beyond = false;

    for (size_t i = 0; i < exchange->route->parameter_count; i++) {
        size_t place = statement->path[i];
        const struct own_parameter *parameter = &statement->parameters[place];

        if (type_match(parameter->field.type, exchange->values[i]) ==
            TYPE_BEYOND)
            is_beyond = true;
        else
            own_check_text(exchange->arena, parameter, exchange->values[i],
                           &values[place], problem);
    }
    if (problem->field_count > 0)
        return problem_set(problem, PROBLEM_BAD_REQUEST,
                           "a value in the path is not of its type");
    return is_beyond ? path_missing(exchange) : 0;
}

static void
require(struct exchange *exchange, const struct own_parameter *parameter,
        const char **value)
{
    /* The program may be another by the time that it is sent. */
    *value = parameter->fallback
                 ? arena_strdup(exchange->arena, parameter->fallback)
                 : NULL;
    if (!parameter->declared->is_optional)
        problem_add_field(exchange->problem, parameter->field.name, "required",
                          "a value is required");
}

static int
bind_query(struct exchange *exchange, const struct own_statement *statement,
           const char **values)
{
    for (size_t i = 0; i < statement->parameter_count; i++) {
        const struct own_parameter *parameter = &statement->parameters[i];
        const char *text =
            request_parameter(exchange->request, parameter->field.name);

        if (parameter->declared->is_in_path)
            continue;
        if (text)
            own_check_text(exchange->arena, parameter, text, &values[i],
                           exchange->problem);
        else
            require(exchange, parameter, &values[i]);
    }
    return problem_set_fields(exchange->problem, PROBLEM_BAD_REQUEST,
                              "parameter");
}

/* `body` NULL: there is none, and so no member of it. */
static int
bind_body(struct exchange *exchange, const struct own_statement *statement,
          const struct body *body, const char **values)
{
    for (size_t i = 0; i < statement->parameter_count; i++) {
        const struct own_parameter *parameter = &statement->parameters[i];
        struct json_value value;

        if (parameter->declared->is_in_path)
            continue;
        if (body &&
            body_get(body, exchange->arena, parameter->field.member, &value))
            value_check(exchange->arena, &parameter->field, &value, &values[i],
                        exchange->problem);
        else
            require(exchange, parameter, &values[i]);
    }
    return problem_set_fields(exchange->problem, PROBLEM_VALIDATION, "field");
}

/* Which parameters the query can have. */
static const char *const *
allowed_of(const struct exchange *exchange)
{
    const struct own_sql *own = &exchange->route->own;
    const char **allowed = arena_alloc(
        exchange->arena, (own->parameter_count + 1) * sizeof *allowed);
    size_t count = 0;

    for (size_t i = 0; i < own->parameter_count; i++)
        if (exchange->route->method == METHOD_GET &&
            !own->parameters[i].is_in_path)
            allowed[count++] = own->parameters[i].name;
    return allowed;
}

/* Room for the values of the parameters, and of who asks behind them. */
static const char **
values_new(const struct exchange *exchange,
           const struct own_statement *statement)
{
    return arena_alloc(exchange->arena,
                       (statement->parameter_count + 2) * sizeof(char *));
}

static const struct own_statement *
find_statement(struct exchange *exchange)
{
    const struct program_route *known =
        session_route(exchange->session, exchange->route, exchange->problem);

    return known ? known->own : NULL;
}

/* --- answers --------------------------------------------------------- */

static void
render(const struct plan *plan, const struct pg_result *rows, size_t count,
       struct buffer *body)
{
    buffer_append_char(body, '[');
    for (size_t row = 0; row < count; row++) {
        if (row > 0)
            buffer_append_char(body, ',');
        shape_render(&plan->shape, rows, row, body);
    }
    buffer_append_char(body, ']');
}

static int
show(struct exchange *exchange, const struct plan *plan,
     const struct pg_result *rows, size_t count)
{
    struct buffer *body = &exchange->response->body;

    if (!exchange->route->is_one)
        render(plan, rows, count, body);
    else if (count > 0)
        shape_render(&plan->shape, rows, 0, body);
    else
        return path_missing(exchange);
    return 0;
}

/* --- GET ------------------------------------------------------------- */

static int
read_own(struct exchange *exchange)
{
    const struct own_statement *statement;
    struct reading reading = {.route = exchange->route};
    const char **values;

    if (session_open(exchange->session, exchange->problem) == -1 ||
        identity_settle(exchange) == -1)
        return -1;
    statement = find_statement(exchange);
    if (!statement)
        return -1;
    values = values_new(exchange, statement);
    if (bind_path(exchange, statement, values) == -1 ||
        bind_query(exchange, statement, values) == -1)
        return -1;
    reading.is_viewed = exchange->viewer.subject != NULL;
    if (reading.is_viewed)
        identity_bind(exchange, values + statement->parameter_count);
    reading.values = values;
    if (reading_plan(exchange->session, exchange->arena, &reading,
                     exchange->problem) == -1 ||
        read_run(exchange, &reading) == -1 ||
        show(exchange, reading.plan, reading.rows, read_count(&reading)) ==
            -1 ||
        conditional_answer(exchange, NULL,
                           exchange->response->headers.length) == -1)
        return -1;
    identity_add_cache_headers(exchange);
    return 0;
}

/* --- other methods --------------------------------------------------- */

/* Once, or once more: the values are those of what the route has by now. */
static enum commanding_status
command_once(struct exchange *exchange, const struct body *body, int tries,
             struct commanding *commanding)
{
    const struct own_statement *statement = find_statement(exchange);
    bool is_viewed = exchange->viewer.subject != NULL;
    const char **values, **viewer;

    if (!statement)
        return COMMANDING_FAILED;
    values = values_new(exchange, statement);
    viewer = arena_alloc(exchange->arena, 2 * sizeof *viewer);
    if (bind_path(exchange, statement, values) == -1 ||
        bind_body(exchange, statement, body, values) == -1)
        return COMMANDING_FAILED;
    identity_bind(exchange, viewer);
    *commanding = (struct commanding){
        .route = exchange->route,
        .statement = statement,
        .plan = is_viewed ? statement->viewed : statement->plan,
        .values = values,
        .viewer = is_viewed ? viewer : NULL,
        .tries = tries,
    };
    return commanding_run(exchange->session, exchange->arena, commanding,
                          exchange->problem);
}

/* Whose cookie is of nobody any more runs it as nobody. */
static enum commanding_status
judge(struct exchange *exchange, enum commanding_status status)
{
    if (status == COMMANDING_UNKNOWN)
        return identity_lose(exchange) == 0 ? COMMANDING_AGAIN
                                            : COMMANDING_FAILED;
    if (status == COMMANDING_FORBIDDEN) {
        problem_set(exchange->problem, PROBLEM_FORBIDDEN,
                    "this account may not do this");
        return COMMANDING_FAILED;
    }
    return status;
}

static int
answer(struct exchange *exchange, const struct commanding *commanding)
{
    response_add_header(exchange->response, "Cache-Control",
                        "private, no-store");
    if (commanding->statement->has_rows)
        return show(exchange, commanding->plan, commanding->rows,
                    db_row_count(commanding->rows));
    exchange->response->status = 204;
    exchange->response->content_type = NULL;
    return 0;
}

static int
command(struct exchange *exchange)
{
    enum commanding_status status = COMMANDING_AGAIN;
    struct commanding commanding;
    const struct body *body = NULL;

    if (exchange->request->body_length > 0 &&
        gather_parse(exchange, &body) == -1)
        return -1;
    if (conditional_refuse(exchange) == -1)
        return -1;
    if (session_open(exchange->session, exchange->problem) == -1 ||
        identity_settle(exchange) == -1)
        return -1;
    for (int tries = 1; status == COMMANDING_AGAIN; tries++)
        status =
            judge(exchange, command_once(exchange, body, tries, &commanding));
    return status == COMMANDING_DONE ? answer(exchange, &commanding) : -1;
}

int
handler_sql(struct exchange *exchange)
{
    if (query_check(exchange->request, &exchange->config->api,
                    allowed_of(exchange), exchange->problem) == -1)
        return -1;
    return exchange->route->method == METHOD_GET ? read_own(exchange)
                                                 : command(exchange);
}
