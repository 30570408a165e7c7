/* `with` and `fields`: what of the allowed tree a request wants to see. */
#include <string.h>

#include "base/suggest.h"
#include "handlers/ask.h"

/* What was picked of one object of the tree. */
struct pick {
    const struct selection *allowed;
    bool is_whole;        /* all of its columns, unless some are named */
    bool is_narrowed;     /* some are */
    bool *columns;        /* which */
    unsigned named;       /* in which lists it is named, a bit each */
    struct pick **embeds; /* NULL: not there */
};

/* A list that is being read. */
struct picking {
    struct asking *asking;
    const char *parameter; /* its name */
    bool takes_columns;
};

static struct pick *
pick_new(struct arena *arena, const struct selection *allowed)
{
    struct pick *pick = arena_alloc(arena, sizeof *pick);

    pick->allowed = allowed;
    pick->columns = arena_alloc(arena, allowed->column_count + 1);
    pick->embeds =
        arena_alloc(arena, (allowed->embed_count + 1) * sizeof(struct pick *));
    return pick;
}

/* --- what is not there ----------------------------------------------- */

static const char *
embed_name(struct arena *arena, const struct selection *embed)
{
    return embed->is_count
               ? arena_printf(arena, "%s.count", embed->relation->json_name)
               : embed->relation->json_name;
}

static void
offer(struct suggestion *suggestion, struct buffer *list, const char *name)
{
    suggest_offer(suggestion, name);
    buffer_printf(list, "%s%s", list->length > 0 ? ", " : "", name);
}

static void
refuse(const struct picking *picking, const struct selection *at,
       const char *name)
{
    struct problem *problem = picking->asking->exchange->problem;
    struct suggestion suggestion = suggest_start(name);
    struct buffer list = {0};

    for (size_t i = 0; picking->takes_columns && i < at->column_count; i++)
        offer(&suggestion, &list, at->columns[i]->json_name);
    for (size_t i = 0; i < at->embed_count; i++)
        offer(&suggestion, &list, embed_name(problem->arena, at->embeds[i]));
    problem_add_field(problem, picking->parameter,
                      picking->takes_columns ? "unknown_field"
                                             : "unknown_relation",
                      "there is no \"%s\"%s; allowed: %s", name,
                      suggest_clause(problem->arena, &suggestion),
                      list.length > 0 ? buffer_text(&list) : "nothing more");
    buffer_free(&list);
}

static void
refuse_twice(const struct picking *picking, const char *path)
{
    problem_add_field(picking->asking->exchange->problem, picking->parameter,
                      "repeated_parameter", "\"%s\" is there twice", path);
}

/* --- picking --------------------------------------------------------- */

/* Remembers that a list names it, which it can do once. */
static void
name_embed(const struct picking *picking, struct pick *pick, const char *path)
{
    unsigned bit = picking->takes_columns ? 2 : 1;

    if (pick->named & bit)
        refuse_twice(picking, path);
    pick->named |= bit;
    pick->is_whole = true;
}

/* The embed of that name, picked; NULL if there is none. */
static struct pick *
pick_embed(struct arena *arena, struct pick *pick, const char *name,
           bool is_count)
{
    const struct selection *allowed = pick->allowed;

    for (size_t i = 0; i < allowed->embed_count; i++) {
        if (allowed->embeds[i]->is_count != is_count ||
            strcmp(allowed->embeds[i]->relation->json_name, name) != 0)
            continue;
        if (!pick->embeds[i])
            pick->embeds[i] = pick_new(arena, allowed->embeds[i]);
        return pick->embeds[i];
    }
    return NULL;
}

/* Whether the name is that of a column, which then is picked. */
static bool
pick_column(const struct picking *picking, struct pick *pick, const char *name,
            const char *path)
{
    const struct selection *allowed = pick->allowed;

    for (size_t i = 0; i < allowed->column_count; i++) {
        if (strcmp(allowed->columns[i]->json_name, name) != 0)
            continue;
        if (pick->columns[i])
            refuse_twice(picking, path);
        pick->columns[i] = true;
        pick->is_narrowed = true;
        return true;
    }
    return false;
}

/* Picks the last name of a path. */
static void
pick_last(const struct picking *picking, struct pick *pick, const char *name,
          const char *path)
{
    struct arena *arena = picking->asking->exchange->arena;
    struct pick *embed;

    if (picking->takes_columns && pick_column(picking, pick, name, path))
        return;
    embed = pick_embed(arena, pick, name, false);
    if (!embed) {
        refuse(picking, pick->allowed, name);
        return;
    }
    name_embed(picking, embed, path);
}

/* `director`, `director.country`, `awards.count` or `director.name`. */
static void
pick_path(const struct picking *picking, struct pick *pick, const char *path)
{
    struct arena *arena = picking->asking->exchange->arena;
    const char *at = path;
    size_t length;

    for (; at[length = strcspn(at, ".")] == '.'; at += length + 1) {
        const char *name = arena_strndup(arena, at, length);
        bool is_count = strcmp(at + length + 1, "count") == 0;
        struct pick *next = NULL;

        if (is_count)
            next = pick_embed(arena, pick, name, true);
        if (next) {
            name_embed(picking, next, path);
            return;
        }
        next = pick_embed(arena, pick, name, false);
        if (!next) {
            refuse(picking, pick->allowed, name);
            return;
        }
        if (!picking->takes_columns)
            next->is_whole = true;
        pick = next;
    }
    pick_last(picking, pick, at, path);
}

static void
pick_list(struct asking *asking, struct pick *root, const char *parameter,
          const char *text, bool takes_columns)
{
    const struct picking picking = {asking, parameter, takes_columns};
    size_t count;
    const char **paths = ask_split(asking->exchange->arena, text, &count);

    for (size_t i = 0; i < count; i++)
        pick_path(&picking, root, paths[i]);
}

/* --- the tree -------------------------------------------------------- */

static struct selection *make(struct arena *arena, const struct pick *pick);

/* What comes with an object that is whole. */
static struct selection *
make_part(struct arena *arena, const struct selection *allowed)
{
    struct pick *pick = pick_new(arena, allowed);

    pick->is_whole = true;
    return make(arena, pick);
}

static struct selection *
make(struct arena *arena, const struct pick *pick)
{
    const struct selection *allowed = pick->allowed;
    struct selection *made = arena_alloc(arena, sizeof *made);
    bool is_whole = pick->is_whole && !pick->is_narrowed;

    *made = *allowed;
    made->columns = arena_alloc(arena, (allowed->column_count + 1) *
                                           sizeof *made->columns);
    made->embeds =
        arena_alloc(arena, (allowed->embed_count + 1) * sizeof *made->embeds);
    made->column_count = 0;
    made->embed_count = 0;
    for (size_t i = 0; i < allowed->column_count; i++)
        if (is_whole || pick->columns[i])
            made->columns[made->column_count++] = allowed->columns[i];
    for (size_t i = 0; i < allowed->embed_count; i++)
        if (pick->embeds[i])
            made->embeds[made->embed_count++] = make(arena, pick->embeds[i]);
        else if (is_whole && allowed->embeds[i]->is_part)
            made->embeds[made->embed_count++] =
                make_part(arena, allowed->embeds[i]);
    return made;
}

void
ask_read_selection(struct asking *asking)
{
    struct exchange *exchange = asking->exchange;
    const char *with = ask_takes(exchange, "with")
                           ? request_parameter(exchange->request, "with")
                           : NULL;
    const char *fields = request_parameter(exchange->request, "fields");
    struct pick *root;

    if (!with && !fields)
        return;
    asking->is_default = false;
    root = pick_new(exchange->arena, exchange->route->allowed);
    root->is_whole = with;
    if (with)
        pick_list(asking, root, "with", with, false);
    if (fields && fields[0] == '\0')
        problem_add_field(exchange->problem, "fields", "min_length",
                          "at least one field is expected");
    else if (fields)
        pick_list(asking, root, "fields", fields, true);
    asking->ask.selection = make(exchange->arena, root);
}
