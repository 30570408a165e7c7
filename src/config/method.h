/* The request methods that a route can match (RFC 9110, section 9). */
#ifndef BYLINE_CONFIG_METHOD_H
#define BYLINE_CONFIG_METHOD_H

enum method {
    METHOD_GET,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_COUNT,
    METHOD_NONE = METHOD_COUNT, /* any other */
};

/* Methods are case-sensitive (RFC 9110, section 9.1). */
enum method method_parse(const char *name);

/* Static text, for every method but METHOD_NONE. */
const char *method_name(enum method method);

#endif
