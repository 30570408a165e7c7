/* From a file's statement to what is prepared. */
#include "query/own.h"

#include <stdio.h>
#include <string.h>

#include "db/type_read.h"
#include "query/own_parts.h"
#include "query/value.h"

/* The statement in the making. */
struct maker {
    struct arena *arena;
    struct arena *scratch; /* until it is made */
    struct db *db;
    const struct catalog *catalog;
    const struct route *route;
    struct own_statement *statement;
    struct own_column *columns;
    size_t column_count;
    struct diagnostics *diagnostics;
    enum db_outcome outcome;
};

static bool
is_read(const struct maker *maker)
{
    return maker->route->method == METHOD_GET;
}

static int
refuse(const struct maker *maker, const char *key, const char *what,
       const char *why)
{
    return diagnostics_error(maker->diagnostics,
                             ini_place(maker->route->section, key), "%s%s",
                             what, why);
}

/* The statement is at fault, or else the connection. */
static int
fail(struct maker *maker, enum db_outcome outcome)
{
    if (db_outcome_is_refusal(outcome))
        return refuse(maker, "file", "PostgreSQL refuses the statement: ",
                      db_message(maker->db));
    maker->outcome = outcome;
    return -1;
}

/* --- parameters ------------------------------------------------------ */

/* As atttypmod has it: of varchar(n) and numeric(p, s). */
static int32_t
modifier_of(const char *declared, struct type type)
{
    const char *bracket = strchr(declared, '(');
    int first = 0, second = 0;

    if (!bracket || sscanf(bracket, "(%d, %d", &first, &second) < 1)
        return -1;
    if (type.base_oid == OID_NUMERIC)
        return ((first << 16) | second) + 4;
    return type.base_oid == OID_BPCHAR || type.base_oid == OID_VARCHAR
               ? first + 4
               : -1;
}

static bool
takes_string(const struct api *api, struct type type)
{
    return (type.form == TYPE_BIGINT && api->bigint == API_NUMBER_STRING) ||
           (type.form == TYPE_NUMERIC && api->numeric == API_NUMBER_STRING);
}

static void
set_parameter(struct maker *maker, struct own_parameter *parameter,
              const struct known_type *known)
{
    const struct sql_parameter *declared = parameter->declared;

    parameter->rules = (struct field){
        .min_length = -1,
        .max_length = -1,
        .min = declared->min,
        .max = declared->max,
        .pattern = "",
        .role = "",
    };
    parameter->field = (struct write_field){
        .name = declared->name,
        .member = declared->name,
        .type = known->type,
        .type_name = declared->type,
        .type_modifier = modifier_of(declared->type, known->type),
        .labels = known->labels,
        .rules = &parameter->rules,
        .role = "",
        .takes_string =
            takes_string(&maker->catalog->config->api, known->type),
        .is_required = !declared->is_optional,
    };
}

/* A default is text, as a client's would be. */
static int
set_fallback(struct maker *maker, struct own_parameter *parameter)
{
    const char *text = parameter->declared->fallback;
    struct problem problem;

    problem_reset(&problem, maker->scratch);
    if (!text || own_check_text(maker->arena, parameter, text,
                                &parameter->fallback, &problem) == 0)
        return 0;
    return diagnostics_error(
        maker->diagnostics, ini_place(maker->route->section, "params"),
        "the default of %s, \"%s\": %s", parameter->declared->name, text,
        problem.fields[0].message);
}

static int
make_parameter(struct maker *maker, struct own_parameter *parameter,
               const struct known_type *known)
{
    const struct sql_parameter *declared = parameter->declared;

    if (!known->name)
        return refuse(maker, "params", "there is no type ", declared->type);
    if (known->type.form == TYPE_HIDDEN)
        return refuse(maker, "params", "no parameter can be of type ",
                      declared->type);
    set_parameter(maker, parameter, known);
    return set_fallback(maker, parameter);
}

static size_t
index_of(const struct own_sql *own, const char *name)
{
    return (size_t)(config_find_sql_parameter(own, name, strlen(name)) -
                    own->parameters);
}

static void
make_path(struct maker *maker)
{
    const struct route *route = maker->route;
    struct own_statement *statement = maker->statement;
    size_t count = 0;

    statement->path = arena_alloc(maker->arena, (route->parameter_count + 1) *
                                                    sizeof(size_t));
    for (size_t i = 0; i < route->segment_count; i++)
        if (route->segments[i].is_parameter)
            statement->path[count++] =
                index_of(&route->own, route->segments[i].text);
}

static int
make_parameters(struct maker *maker)
{
    const struct own_sql *own = &maker->route->own;
    struct own_statement *statement = maker->statement;
    size_t count = own->parameter_count;
    const char **names =
        arena_alloc(maker->scratch, (count + 1) * sizeof *names);
    struct known_type *known =
        arena_alloc(maker->scratch, (count + 1) * sizeof *known);
    enum db_outcome outcome;
    int result = 0;

    for (size_t i = 0; i < count; i++)
        names[i] = own->parameters[i].type;
    outcome = type_read(maker->arena, maker->db, names, count, known);
    if (outcome != DB_OK)
        return fail(maker, outcome);
    statement->parameters =
        arena_alloc(maker->arena, (count + 1) * sizeof *statement->parameters);
    statement->parameter_count = count;
    for (size_t i = 0; i < count; i++) {
        statement->parameters[i].declared = &own->parameters[i];
        if (make_parameter(maker, &statement->parameters[i], &known[i]) == -1)
            result = -1;
    }
    make_path(maker);
    return result;
}

/* --- columns --------------------------------------------------------- */

static struct own_text
text_of(const struct maker *maker, enum viewer_source source)
{
    return (struct own_text){
        .catalog = maker->catalog,
        .route = maker->route,
        .statement = maker->statement,
        .source = source,
        .columns = maker->columns,
        .column_count = maker->column_count,
    };
}

static enum db_outcome
describe(struct maker *maker, struct pg_result **result)
{
    const struct own_text text = text_of(maker, VIEWER_NONE);
    struct buffer sql = {0};
    enum db_outcome outcome;

    own_append(&sql, &text);
    outcome = db_describe(maker->db, maker->scratch, buffer_text(&sql), NULL,
                          0, result);
    buffer_free(&sql);
    return outcome;
}

/* How a value is shown, the API's wishes included. A row that has no type of
 * its own has names all the same. */
static enum type_form
form_of(const struct maker *maker, struct type type)
{
    if (type.oid == OID_RECORD || type.oid == OID_RECORD_ARRAY)
        return TYPE_TO_JSON;
    return takes_string(&maker->catalog->config->api, type) ? TYPE_STRING
                                                            : type.form;
}

/* A function that returns nothing has a column, which is nothing. */
static bool
is_void(const struct pg_result *result)
{
    return db_column_count(result) == 1 &&
           db_column_type(result, 0) == OID_VOID;
}

static int
make_columns_of(struct maker *maker, const struct pg_result *result)
{
    size_t count = db_column_count(result);
    const char **oids = arena_alloc(maker->scratch, count * sizeof *oids);
    struct known_type *known =
        arena_alloc(maker->scratch, count * sizeof *known);
    enum db_outcome outcome;

    maker->columns =
        arena_alloc(maker->scratch, count * sizeof *maker->columns);
    maker->column_count = count;
    for (size_t i = 0; i < count; i++)
        oids[i] = arena_printf(maker->scratch, "%u",
                               (unsigned)db_column_type(result, i));
    outcome = type_read(maker->scratch, maker->db, oids, count, known);
    if (outcome != DB_OK)
        return fail(maker, outcome);
    for (size_t i = 0; i < count; i++) {
        maker->columns[i].name = db_column_name(result, i);
        maker->columns[i].form = form_of(maker, known[i].type);
        if (maker->columns[i].form == TYPE_HIDDEN)
            return diagnostics_error(
                maker->diagnostics, ini_place(maker->route->section, "file"),
                "the column \"%s\" is of type %s, which cannot be shown",
                maker->columns[i].name, known[i].name);
    }
    return 0;
}

static int
make_columns(struct maker *maker)
{
    struct pg_result *result;
    enum db_outcome outcome = describe(maker, &result);

    if (outcome != DB_OK)
        return fail(maker, outcome);
    maker->statement->has_rows =
        db_column_count(result) > 0 && !is_void(result);
    if (maker->statement->has_rows)
        return make_columns_of(maker, result);
    if (is_read(maker) || maker->route->is_one)
        return refuse(maker, "file", "the statement shows no columns", "");
    return 0;
}

/* --- plans ----------------------------------------------------------- */

/* The first are inferred from the casts. */
static void
set_types(struct maker *maker, struct plan *plan)
{
    size_t count = maker->statement->parameter_count;

    plan->types = arena_alloc(maker->arena, (count + 2) * sizeof *plan->types);
    plan->type_count = count;
    if (plan->source == VIEWER_TOKEN)
        plan->type_count += viewer_parameters(maker->catalog, plan->source,
                                              plan->types + count);
}

static struct plan *
make_plan(struct maker *maker, enum viewer_source source)
{
    const struct own_text text = text_of(maker, source);
    struct plan *plan = arena_alloc(maker->arena, sizeof *plan);
    struct buffer sql = {0};

    plan->source = source;
    plan->only_reads = is_read(maker);
    memset(&plan->frame, 0xff, sizeof plan->frame); /* PLAN_NO_COLUMN each */
    if (is_read(maker))
        own_append_read(&sql, &text, plan);
    else
        own_append_write(&sql, &text);
    plan->sql = arena_strdup(maker->arena, buffer_text(&sql));
    buffer_free(&sql);
    set_types(maker, plan);
    plan->shape = shape_new(maker->arena);
    if (own_shape(&plan->shape, &text,
                  plan->has_frame ? plan->frame.key + 1 : 0,
                  maker->diagnostics) == -1)
        return NULL;
    return plan;
}

static void
make_check(struct maker *maker)
{
    const struct own_text text = text_of(maker, VIEWER_TOKEN);
    struct own_statement *statement = maker->statement;
    struct buffer sql = {0};

    own_append_check(&sql, &text);
    statement->check_sql = arena_strdup(maker->arena, buffer_text(&sql));
    buffer_free(&sql);
    statement->check_type_count = viewer_parameters(
        maker->catalog, VIEWER_TOKEN, statement->check_types);
}

static int
make_plans(struct maker *maker)
{
    enum route_auth auth = maker->route->auth;
    struct own_statement *statement = maker->statement;

    if (auth != ROUTE_AUTH_REQUIRED) {
        statement->plan = make_plan(maker, VIEWER_NONE);
        if (!statement->plan)
            return -1;
    }
    if (auth == ROUTE_AUTH_NONE)
        return 0;
    statement->viewed =
        make_plan(maker, is_read(maker) ? VIEWER_TOKEN : VIEWER_SETTING);
    if (!is_read(maker))
        make_check(maker);
    return statement->viewed ? 0 : -1;
}

/* A COMMENT is written for people; of all else nothing is known here. */
static void
make_constraints(struct maker *maker)
{
    const struct catalog *catalog = maker->catalog;
    struct write *refused = &maker->statement->refused;

    refused->constraints =
        arena_alloc(maker->arena, (catalog->constraint_count + 1) *
                                      sizeof *refused->constraints);
    for (size_t i = 0; i < catalog->constraint_count; i++) {
        const struct catalog_constraint *known = &catalog->constraints[i];

        if (!known->comment || is_read(maker))
            continue;
        refused->constraints[refused->constraint_count++] =
            (struct write_constraint){
                .schema = arena_strdup(maker->arena, known->schema),
                .table = arena_strdup(maker->arena, known->table),
                .name = arena_strdup(maker->arena, known->name),
                .kind = known->kind,
                .comment = arena_strdup(maker->arena, known->comment),
                .flag = WRITE_NO_PARAMETER,
            };
    }
}

struct own_statement *
own_compose(struct arena *arena, struct db *db, const struct catalog *catalog,
            const struct route *route, struct diagnostics *diagnostics,
            enum db_outcome *outcome)
{
    struct maker maker = {
        .arena = arena,
        .scratch = arena_new(),
        .db = db,
        .catalog = catalog,
        .route = route,
        .statement = arena_alloc(arena, sizeof *maker.statement),
        .diagnostics = diagnostics,
        .outcome = DB_OK,
    };
    bool is_made = make_parameters(&maker) == 0 && make_columns(&maker) == 0 &&
                   make_plans(&maker) == 0;

    make_constraints(&maker);
    arena_free(maker.scratch);
    *outcome = maker.outcome;
    return is_made ? maker.statement : NULL;
}

enum db_outcome
own_try(struct db *db, const struct plan *plan)
{
    struct buffer sql = {0};
    enum db_outcome outcome;

    if (!plan)
        return DB_OK;
    buffer_printf(&sql, "EXPLAIN EXECUTE %s", plan->name);
    for (size_t i = 0; i < plan->type_count; i++)
        buffer_append_text(&sql, i == 0 ? "(NULL" : ", NULL");
    buffer_append_text(&sql, plan->type_count > 0 ? ")" : "");
    outcome = db_run_script(db, buffer_text(&sql));
    buffer_free(&sql);
    /* What the values are is another matter. */
    return outcome == DB_DENIED || outcome == DB_GONE ? outcome : DB_OK;
}
