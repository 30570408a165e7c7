/*
 * Fields that point at rows which may be there and not be seen: such a row is
 * none for who asks, and a key of it is refused as one of nothing would be.
 */
#include <string.h>

#include "query/link.h"
#include "query/sql.h"
#include "query/visible.h"
#include "query/writer.h"

static bool
is_reference(const struct relation *relation,
             const struct write_object *object,
             const struct write_field *field)
{
    return relation->from == object->resource &&
           relation->kind == RELATION_TO_ONE && relation->via.count == 1 &&
           strcmp(relation->via.items[0], field->column) == 0 &&
           visible_is_part(relation->to);
}

static void
add_references(struct arena *arena, const struct config *config,
               struct write *write, const struct write_object *object,
               const struct write_field *field)
{
    for (size_t i = 0; i < config->relation_count; i++) {
        const struct relation *relation = &config->relations[i];

        if (!is_reference(relation, object, field))
            continue;
        write->references =
            arena_push(arena, write->references, write->reference_count,
                       sizeof *write->references);
        write->references[write->reference_count++] =
            (struct write_reference){relation, field};
    }
}

void
write_references_make(struct arena *arena, const struct config *config,
                      struct write *write)
{
    for (size_t i = 0; i < write->object_count; i++)
        for (size_t k = 0; k < write->objects[i].field_count; k++)
            add_references(arena, config, write, &write->objects[i],
                           &write->objects[i].fields[k]);
}

void
writer_append_reference(struct writer *writer, size_t index)
{
    const struct write_reference *reference =
        &writer->write->references[index];
    const struct link link = link_of(writer->catalog, reference->relation);

    if (reference->field->flag != WRITE_NO_PARAMETER) {
        writer_append_is_set(writer, reference->field);
        writer_append(writer, " AND ");
    }
    writer_append_parameter(writer, reference->field->value);
    writer_append(writer, " IS NOT NULL AND NOT EXISTS (SELECT FROM ");
    visible_append(&writer->sql, &writer->statement, reference->relation->to,
                   "");
    writer_append(writer, " AS r WHERE r.");
    writer_append_identifier(writer, link.far[0]);
    writer_append(writer, " = ");
    writer_append_parameter(writer, reference->field->value);
    writer_append(writer, ")");
}
