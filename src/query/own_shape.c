/* From the names of a statement's columns to the shape of its rows. */
#include <string.h>

#include "query/own_parts.h"

/* A member: a value, or an object of the columns whose names go on. */
struct member {
    const char *name;
    bool is_object;
    size_t column;           /* of a value */
    struct member **members; /* of an object, in the order of their coming */
    size_t member_count;
};

struct builder {
    struct shape *shape;
    const struct own_text *text;
    size_t first;
    struct diagnostics *diagnostics;
};

static int
refuse(const struct builder *builder, const char *name, const char *why)
{
    return diagnostics_error(builder->diagnostics,
                             ini_place(builder->text->route->section, "file"),
                             "the column \"%s\" %s", name, why);
}

static struct member *
find(const struct member *object, const char *name, size_t length)
{
    for (size_t i = 0; i < object->member_count; i++)
        if (strlen(object->members[i]->name) == length &&
            memcmp(object->members[i]->name, name, length) == 0)
            return object->members[i];
    return NULL;
}

static struct member *
add(const struct builder *builder, struct member *object, const char *name,
    size_t length)
{
    struct arena *arena = builder->shape->arena;
    struct member *added = arena_alloc(arena, sizeof *added);

    added->name = arena_strndup(arena, name, length);
    object->members = arena_push(arena, object->members, object->member_count,
                                 sizeof(struct member *));
    object->members[object->member_count++] = added;
    return added;
}

/* Follows the dots of a column's name from the root. */
static int
place_column(const struct builder *builder, struct member *root, size_t column)
{
    const char *name = builder->text->columns[column].name;
    struct member *object = root, *found;
    const char *at = name;

    if (strcmp(name, "?column?") == 0)
        return refuse(builder, name, "has no name; write AS \"name\"");
    for (;; at++) {
        size_t length = strcspn(at, ".");
        bool is_last = at[length] == '\0';

        if (length == 0)
            return refuse(builder, name, "has a dot too many");
        found = find(object, at, length);
        if (found && (is_last || !found->is_object))
            return refuse(builder, name,
                          "is there twice, or is an object "
                          "as well");
        if (!found)
            found = add(builder, object, at, length);
        found->is_object = !is_last;
        found->column = column;
        if (is_last)
            return 0;
        object = found;
        at += length;
    }
}

static void
add_object(const struct builder *builder, const struct member *object)
{
    struct shape *shape = builder->shape;

    shape_add_text(shape, "{");
    for (size_t i = 0; i < object->member_count; i++) {
        const struct member *member = object->members[i];

        shape_add_name(shape, member->name, i);
        if (member->is_object)
            add_object(builder, member);
        else
            shape_add_value(shape, builder->text->columns[member->column].form,
                            builder->first + member->column);
    }
    shape_add_text(shape, "}");
}

int
own_shape(struct shape *shape, const struct own_text *text, size_t first,
          struct diagnostics *diagnostics)
{
    const struct builder builder = {shape, text, first, diagnostics};
    struct member root = {.is_object = true};
    int result = 0;

    if (text->column_count == 1 && text->columns[0].form == TYPE_JSON) {
        shape_add_value(shape, TYPE_JSON, first);
        shape_finish(shape);
        return 0;
    }
    for (size_t i = 0; i < text->column_count; i++)
        if (place_column(&builder, &root, i) == -1)
            result = -1;
    add_object(&builder, &root);
    shape_finish(shape);
    return result;
}
