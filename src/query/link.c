/* On which columns the two ends of a relation meet. */
#include "query/link.h"

/* What these columns of one table hold of the other: what a foreign key says,
 * or the other's key. */
static struct link
link_to_key(const struct catalog *catalog, const struct resource *from,
            const char *const *columns, size_t count,
            const struct resource *to)
{
    const struct catalog_foreign_key *foreign =
        catalog_foreign_key(catalog_table(catalog, from), columns, count,
                            catalog_table(catalog, to)->oid);
    struct catalog_key key = catalog_key_of(catalog, to);

    if (foreign)
        return (struct link){columns, foreign->to_columns, count};
    if (key.column_count != count)
        return (struct link){0};
    return (struct link){columns, key.columns, count};
}

struct link
link_turn(struct link link)
{
    return (struct link){link.far, link.near, link.count};
}

/* How many of the columns in between hold our key. */
static size_t
near_count(const struct catalog *catalog, const struct relation *relation)
{
    size_t count = catalog_key_of(catalog, relation->from).column_count;

    return count < relation->through_columns.count ? count : 0;
}

struct link
link_of(const struct catalog *catalog, const struct relation *relation)
{
    switch (relation->kind) {
    case RELATION_TO_ONE:
        return link_to_key(catalog, relation->from, relation->via.items,
                           relation->via.count, relation->to);
    case RELATION_TO_MANY:
        return link_turn(link_to_key(catalog, relation->to,
                                     relation->via.items, relation->via.count,
                                     relation->from));
    case RELATION_THROUGH:
        break;
    }
    return link_turn(link_to_key(
        catalog, relation->through, relation->through_columns.items,
        near_count(catalog, relation), relation->from));
}

struct link
link_beyond(const struct catalog *catalog, const struct relation *relation)
{
    size_t near = near_count(catalog, relation);

    return link_to_key(catalog, relation->through,
                       relation->through_columns.items + near,
                       relation->through_columns.count - near, relation->to);
}
