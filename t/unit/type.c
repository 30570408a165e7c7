/* How types of PostgreSQL are shown, and what they take as text. */
#include "db/type.h"

#include "tap.h"

/* Of src/include/catalog/pg_type.dat. */
enum {
    BOOL = 16,
    INT8 = 20,
    INT2 = 21,
    INT4 = 23,
    TEXT = 25,
    UUID = 2950,
};

static const struct {
    const char *what;
    uint32_t base_oid;
    char kind;
    char category;
    bool is_built_in;
    enum type_form form;
} classes[] = {
    {"boolean", BOOL, 'b', 'B', true, TYPE_BOOLEAN},
    {"smallint", INT2, 'b', 'N', true, TYPE_NUMBER},
    {"integer", INT4, 'b', 'N', true, TYPE_NUMBER},
    {"bigint", INT8, 'b', 'N', true, TYPE_BIGINT},
    {"real", 700, 'b', 'N', true, TYPE_NUMBER},
    {"double precision", 701, 'b', 'N', true, TYPE_NUMBER},
    {"numeric", 1700, 'b', 'N', true, TYPE_NUMERIC},
    {"money", 790, 'b', 'N', true, TYPE_STRING},
    {"text", TEXT, 'b', 'S', true, TYPE_STRING},
    {"varchar", 1043, 'b', 'S', true, TYPE_STRING},
    {"\"char\"", 18, 'b', 'Z', true, TYPE_STRING},
    {"bytea", 17, 'b', 'U', true, TYPE_STRING},
    {"date", 1082, 'b', 'D', true, TYPE_STRING},
    {"time", 1083, 'b', 'D', true, TYPE_STRING},
    {"interval", 1186, 'b', 'T', true, TYPE_STRING},
    {"timestamp", 1114, 'b', 'D', true, TYPE_TIMESTAMP},
    {"timestamptz", 1184, 'b', 'D', true, TYPE_TIMESTAMPTZ},
    {"uuid", UUID, 'b', 'U', true, TYPE_STRING},
    {"json", 114, 'b', 'U', true, TYPE_JSON},
    {"jsonb", 3802, 'b', 'U', true, TYPE_JSON},
    {"inet", 869, 'b', 'I', true, TYPE_STRING},
    {"integer[]", 1007, 'b', 'A', true, TYPE_TO_JSON},
    {"an enum", 90000, 'e', 'E', false, TYPE_STRING},
    {"an array of enums", 90001, 'b', 'A', false, TYPE_TO_JSON},
    {"a composite", 90002, 'c', 'C', false, TYPE_TO_JSON},
    {"a range", 3904, 'r', 'R', true, TYPE_STRING},
    {"a range of one's own", 90003, 'r', 'R', false, TYPE_STRING},
    {"a multirange", 4451, 'm', 'R', true, TYPE_STRING},
    {"an extension's type", 90004, 'b', 'U', false, TYPE_TO_JSON},
    {"a pseudo-type", 2249, 'p', 'P', true, TYPE_HIDDEN},
    {"pg_node_tree", 194, 'b', 'Z', true, TYPE_HIDDEN},
};

static void
classifies(void)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct type type = type_classify(
            classes[i].base_oid, classes[i].base_oid, classes[i].kind,
            classes[i].category, classes[i].is_built_in);

        is_int((int64_t)type.form, (int64_t)classes[i].form, "the form of %s",
               classes[i].what);
    }
}

static void
looks_beneath_domains(void)
{
    struct type type = type_classify(90000, INT2, 'd', 'N', false);

    is_int((int64_t)type.form, TYPE_NUMBER, "a domain is shown as its base");
    is_int(type.oid, 90000, "it keeps its own OID");
    is_int(type.base_oid, INT2, "and the base's");
    is_int((int64_t)type_match(type, "32768"), TYPE_BEYOND,
           "it takes what the base takes");
    is_text(type_noun(type), "a whole number", "and is called as that");
}

static const struct {
    uint32_t oid;
    const char *text;
    enum type_match match;
} matches[] = {
    {INT2, "32767", TYPE_MATCHES},
    {INT2, "32768", TYPE_BEYOND},
    {INT2, "-32768", TYPE_MATCHES},
    {INT2, "-32769", TYPE_BEYOND},
    {INT4, "2147483647", TYPE_MATCHES},
    {INT4, "2147483648", TYPE_BEYOND},
    {INT4, "-2147483648", TYPE_MATCHES},
    {INT4, "-2147483649", TYPE_BEYOND},
    {INT8, "9223372036854775807", TYPE_MATCHES},
    {INT8, "9223372036854775808", TYPE_BEYOND},
    {INT8, "-9223372036854775808", TYPE_MATCHES},
    {INT8, "-9223372036854775809", TYPE_BEYOND},
    {INT4, "99999999999999999999999999", TYPE_BEYOND},
    {INT4, "0", TYPE_MATCHES},
    {INT4, "", TYPE_MALFORMED},
    {INT4, "abc", TYPE_MALFORMED},
    {INT4, "1.5", TYPE_MALFORMED},
    {INT4, " 1", TYPE_MALFORMED},
    {INT4, "1e3", TYPE_MALFORMED},
    {INT4, "0x10", TYPE_MALFORMED},
    {INT4, "99999999999999999999999999x", TYPE_MALFORMED},
    {UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", TYPE_MATCHES},
    {UUID, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", TYPE_MATCHES},
    {UUID, "a0eebc999c0b4ef8bb6d6bb9bd380a11", TYPE_MALFORMED},
    {UUID, "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1}", TYPE_MALFORMED},
    {UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", TYPE_MALFORMED},
    {UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", TYPE_MALFORMED},
    {UUID, "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", TYPE_MALFORMED},
    {UUID, "a0eebc9-99c0b-4ef8-bb6d-6bb9bd380a11", TYPE_MALFORMED},
    {UUID, "", TYPE_MALFORMED},
    {TEXT, "anything", TYPE_MATCHES},
    {TEXT, "", TYPE_MATCHES},
    {TEXT, "caf\xc3\xa9", TYPE_MATCHES},
    {TEXT, "caf\xe9", TYPE_MALFORMED},
    {90000, "the database judges", TYPE_MATCHES},
};

static void
matches_texts(void)
{
    for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        struct type type =
            type_classify(matches[i].oid, matches[i].oid, 'b', 'U', true);

        is_int((int64_t)type_match(type, matches[i].text),
               (int64_t)matches[i].match, "\"%s\" for type %u",
               matches[i].text, (unsigned)matches[i].oid);
    }
}

static void
has_nouns(void)
{
    is_text(type_noun(type_classify(INT4, INT4, 'b', 'N', true)),
            "a whole number", "an integer for people");
    is_text(type_noun(type_classify(UUID, UUID, 'b', 'U', true)), "a UUID",
            "a uuid for people");
    is_text(type_noun(type_classify(TEXT, TEXT, 'b', 'S', true)), "text",
            "a text for people");
    is_text(type_noun(type_classify(90000, 90000, 'b', 'U', true)),
            "text or a number", "all else for people");
}

int
main(void)
{
    classifies();
    looks_beneath_domains();
    matches_texts();
    has_nouns();
    return done();
}
