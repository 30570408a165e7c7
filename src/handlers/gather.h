/* From a JSON body to the parameters of a write. */
#ifndef BYLINE_HANDLERS_GATHER_H
#define BYLINE_HANDLERS_GATHER_H

#include "handlers/handler.h"
#include "http/body.h"
#include "query/write.h"

/* What a body comes to. */
struct gathered {
    const char **values;       /* of all parameters of the write, and room
                                  for those of a claim */
    struct problem malformed;  /* fields that only a role may set, which are
                                  wrong: told to those who have it, */
    const char **roles;        /* a role each */
    struct problem incomplete; /* members of owned rows that are missing, if
                                  there is no row to be changed */
};

/* Reads the body of the request: an object. -1 and a problem otherwise. */
int gather_parse(struct exchange *exchange, const struct body **body);

/* Fills in the values; `body` NULL: there is none, and there are only those
 * of the path and of who asks. All that is wrong with a body is told at once:
 * -1 and a problem then. */
int gather(struct exchange *exchange, const struct write *write,
           const struct body *body, struct gathered *gathered);

/* Checks a member of the body that must be there. -1, and the field added to
 * the exchange's problem, otherwise. */
int gather_member(struct exchange *exchange, const struct body *body,
                  const struct write_field *field, const char **text);

/* Puts the hash of a new password in its place. -1 and a problem, if it can
 * have none. */
int gather_hash(struct exchange *exchange, const char **text);

#endif
