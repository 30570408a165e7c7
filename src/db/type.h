/*
 * How a type of PostgreSQL is shown in JSON and what it takes as text. A
 * value looks as to_json shows it in UTC; for most types the text that the
 * server sends needs at most quotes, and only the rest goes through to_json.
 */
#ifndef BYLINE_DB_TYPE_H
#define BYLINE_DB_TYPE_H

#include <stdbool.h>
#include <stdint.h>

/* Object identifiers of built-in types, from src/include/catalog/pg_type.dat
 * of PostgreSQL; they never change. */
enum {
    OID_BOOL = 16,
    OID_CHAR = 18,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_TEXT_ARRAY = 1009,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_DATE = 1082,
    OID_TIME = 1083,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_TIMETZ = 1266,
    OID_NUMERIC = 1700,
    OID_RECORD = 2249,
    OID_VOID = 2278,
    OID_RECORD_ARRAY = 2287,
    OID_UUID = 2950,
    OID_TSVECTOR = 3614,
    OID_JSONB = 3802,
};

enum type_form {
    TYPE_STRING,      /* the text, quoted */
    TYPE_NUMBER,      /* the text, quoted if it is no number, as NaN */
    TYPE_BIGINT,      /* as TYPE_NUMBER; the API may want a string */
    TYPE_NUMERIC,     /* as TYPE_BIGINT */
    TYPE_BOOLEAN,     /* t and f */
    TYPE_TIMESTAMP,   /* the text with a T */
    TYPE_TIMESTAMPTZ, /* the text with a T and minutes of the offset */
    TYPE_JSON,        /* the text as it is */
    TYPE_TO_JSON,     /* what to_json makes of it, in the statement */
    TYPE_HIDDEN,      /* cannot be shown */
};

/* What of JSON the type takes, and what can be told without the database. */
enum type_input {
    TYPE_INPUT_TEXT,    /* a string */
    TYPE_INPUT_INTEGER, /* a whole number; its range is known */
    TYPE_INPUT_NUMBER,  /* any number */
    TYPE_INPUT_BOOLEAN, /* true or false */
    TYPE_INPUT_UUID,    /* a string of that form */
    TYPE_INPUT_DATE,    /* strings of ISO 8601 */
    TYPE_INPUT_TIME,
    TYPE_INPUT_TIMESTAMP, /* with or without a zone */
    TYPE_INPUT_ENUM,      /* a string among the labels */
    TYPE_INPUT_JSON,      /* anything, kept as it is */
    TYPE_INPUT_FROM_JSON, /* anything; the statement turns it into the type */
    TYPE_INPUT_OTHER,     /* a string or number that the database judges */
};

struct type {
    uint32_t oid;      /* of a domain: of the domain */
    uint32_t base_oid; /* of a domain: of the type beneath it */
    enum type_form form;
    enum type_input input;
};

/* What a client's text is to a type, before the database sees it. */
enum type_match {
    TYPE_MATCHES,
    TYPE_MALFORMED, /* the type does not take it */
    TYPE_BEYOND,    /* a whole number, but no row can have it */
};

/* What pg_type says: typtype, typcategory, and whether it is built in. */
struct type type_classify(uint32_t oid, uint32_t base_oid, char kind,
                          char category, bool is_built_in);

/* Whether `text` can be a value; for types not known here TYPE_MATCHES, and
 * the database judges. */
enum type_match type_match(struct type type, const char *text);

/* Whether values of the type can be compared with what a client sends: of
 * some the server looks names up, or reads a language. */
bool type_has_filters(struct type type);

/* The least and greatest value of a TYPE_INPUT_INTEGER. */
void type_integer_range(struct type type, int64_t *min, int64_t *max);

/* What a value of the type is called, such as "a whole number". Static. */
const char *type_noun(struct type type);

#endif
