/* From a constraint that refused a write to what a client is told. */
#include "query/violation.h"

#include <string.h>

#include "query/decimal.h"
#include "query/format.h"
#include "query/value.h"

/* A partition's that is a resource as well is known for either: then it is
 * the one of the table that is written. */
static const struct write_constraint *
find_constraint(const struct refusal *refusal)
{
    const struct write *write = refusal->write;
    const struct db_violation *violation = refusal->violation;
    const struct write_constraint *found = NULL;

    for (size_t i = 0; i < write->constraint_count; i++) {
        const struct write_constraint *known = &write->constraints[i];

        if (strcmp(known->name, violation->constraint) == 0 &&
            strcmp(known->table, violation->table) == 0 &&
            strcmp(known->schema, violation->schema) == 0 &&
            (!found || known->field))
            found = known;
    }
    return found;
}

/* The constraint's COMMENT, which is written for people, or else `words`. */
static const char *
message_of(const struct write_constraint *constraint, const char *words)
{
    return constraint && constraint->comment ? constraint->comment : words;
}

static int
tell(struct problem *problem, enum problem_kind kind, const char *field,
     const char *code, const char *message)
{
    if (!field)
        return problem_set(problem, kind, "%s", message);
    problem_add_field(problem, field, code, "%s", message);
    return kind == PROBLEM_VALIDATION
               ? problem_set_fields(problem, kind, "field")
               : problem_set(problem, kind, "%s", message);
}

static const char *
field_of(const struct write_constraint *constraint)
{
    return constraint ? constraint->field : NULL;
}

static int
explain_taken(const struct write_constraint *constraint,
              struct problem *problem)
{
    return tell(problem, PROBLEM_CONFLICT, field_of(constraint), "unique",
                message_of(constraint, "another row has this already"));
}

static int
explain_removal(const struct write_constraint *constraint,
                struct problem *problem)
{
    return problem_set(
        problem, PROBLEM_CONFLICT, "something else still refers to it%s%s",
        constraint && constraint->comment ? ": " : "",
        constraint && constraint->comment ? constraint->comment : "");
}

/* The column of a foreign key is the body's, the path's, or who asks; where
 * it is none of them, what it points to was to go, or to change its key. */
static int
explain_pointed(const struct refusal *refusal,
                const struct write_constraint *constraint,
                struct problem *problem)
{
    const char *set_by_body = NULL;

    if (refusal->is_remove || !constraint || !constraint->field)
        return explain_removal(constraint, problem);
    if (constraint->flag != WRITE_NO_PARAMETER)
        set_by_body = refusal->values[constraint->flag];
    if (set_by_body && set_by_body[0] == 't')
        return tell(problem, PROBLEM_VALIDATION, constraint->field,
                    "reference",
                    message_of(constraint, VIOLATION_NO_REFERENCE));
    if (constraint->is_path)
        return problem_set(problem, PROBLEM_NOT_FOUND,
                           "there is nothing with this key");
    if (constraint->is_owner)
        return problem_set(problem, PROBLEM_UNAUTHORIZED,
                           "the account is not there any more");
    if (!constraint->is_written)
        return explain_removal(constraint, problem);
    return tell(problem, PROBLEM_VALIDATION, constraint->field, "reference",
                message_of(constraint, VIOLATION_NO_REFERENCE));
}

/* NOT NULL has no constraint of a name, but names its column. */
static const char *
field_of_column(const struct refusal *refusal)
{
    const struct write *write = refusal->write;
    const struct db_violation *violation = refusal->violation;

    for (size_t i = 0; i < write->object_count; i++) {
        const struct write_object *object = &write->objects[i];

        if (strcmp(object->resource->table, violation->table) != 0)
            continue;
        for (size_t k = 0; k < object->field_count; k++)
            if (strcmp(object->fields[k].column, violation->column) == 0)
                return object->fields[k].name;
    }
    return NULL;
}

static bool
is_set(const struct refusal *refusal, const struct write_field *field)
{
    return refusal->values[field->value] != NULL;
}

static bool
is_of_domain(const struct write_field *field)
{
    return field->type.oid != field->type.base_oid;
}

/* The CHECK of a domain has a name, but is no table's. */
static bool
is_domains(const struct db_violation *violation)
{
    return violation->constraint[0] != '\0' && violation->table[0] == '\0';
}

/* Adds the fields that are set and may be what was refused. */
static void
blame(const struct refusal *refusal,
      bool (*is_suspect)(const struct write_field *field), const char *code,
      const char *message, struct problem *problem)
{
    const struct write *write = refusal->write;

    for (size_t i = 0; i < write->object_count; i++)
        for (size_t k = 0; k < write->objects[i].field_count; k++) {
            const struct write_field *field = &write->objects[i].fields[k];

            if (is_suspect(field) && is_set(refusal, field))
                problem_add_field(problem, field->name, code, "%s", message);
        }
    for (size_t i = 0; i < write->set_count; i++) {
        const struct write_field *key = &write->sets[i].key;

        if (is_suspect(key) && is_set(refusal, key))
            problem_add_field(problem, key->name, code, "%s", message);
    }
}

static int
explain_rule(const struct refusal *refusal,
             const struct write_constraint *constraint,
             struct problem *problem)
{
    if (refusal->is_remove)
        return explain_removal(constraint, problem);
    if (refusal->violation->column[0] != '\0')
        return tell(problem, PROBLEM_VALIDATION, field_of_column(refusal),
                    "required", "a value is required");
    if (is_domains(refusal->violation))
        blame(refusal, is_of_domain, "check",
              "this may break a rule of its type", problem);
    if (problem->field_count > 0)
        return problem_set_fields(problem, PROBLEM_VALIDATION, "field");
    return tell(problem, PROBLEM_VALIDATION, field_of(constraint), "check",
                message_of(constraint, "this breaks a rule of the database"));
}

/* Whether a value of the path may be none of its type, as far as can be told
 * without the database. */
static bool
is_suspect(struct type type, const char *text)
{
    switch (type.input) {
    case TYPE_INPUT_TEXT:
    case TYPE_INPUT_INTEGER:
    case TYPE_INPUT_UUID:
        break;
    case TYPE_INPUT_NUMBER:
        return !decimal_is_well_formed(text);
    case TYPE_INPUT_DATE:
        return !format_is_date(text);
    case TYPE_INPUT_TIME:
        return !format_is_time(text);
    case TYPE_INPUT_TIMESTAMP:
        return !format_is_timestamp(text);
    case TYPE_INPUT_BOOLEAN:
    case TYPE_INPUT_ENUM:
    case TYPE_INPUT_JSON:
    case TYPE_INPUT_FROM_JSON:
    case TYPE_INPUT_OTHER:
        return true;
    }
    return false;
}

/* Which value it was nobody says: it is one of those that only the database
 * can judge. */
static int
explain_value(const struct refusal *refusal, struct problem *problem)
{
    const struct write *write = refusal->write;

    for (size_t i = 0; i < write->path_count; i++)
        if (is_suspect(write->path[i].type, refusal->values[i]))
            return problem_set(problem, PROBLEM_BAD_REQUEST,
                               "a value in the path is not of its type");
    blame(refusal, value_is_unknown, "type",
          "this may be no value of its type", problem);
    if (problem->field_count == 0)
        return problem_set(problem, PROBLEM_VALIDATION,
                           "a value cannot be stored");
    return problem_set_fields(problem, PROBLEM_VALIDATION, "field");
}

int
violation_explain(const struct refusal *refusal, enum db_outcome outcome,
                  struct problem *problem)
{
    const struct write_constraint *constraint = find_constraint(refusal);

    switch (outcome) {
    case DB_TAKEN:
        return explain_taken(constraint, problem);
    case DB_POINTED:
        return explain_pointed(refusal, constraint, problem);
    case DB_RULE:
        return explain_rule(refusal, constraint, problem);
    case DB_VALUE:
        return explain_value(refusal, problem);
    case DB_OK:
    case DB_RETRY:
    case DB_LOCKED:
    case DB_TIMEOUT:
    case DB_GONE:
    case DB_UNABLE:
    case DB_DENIED:
    case DB_STALE:
    case DB_FAILED:
        break;
    }
    return problem_set(problem, PROBLEM_INTERNAL,
                       "the request could not be answered");
}
