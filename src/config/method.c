/* The request methods. */
#include "config/method.h"

#include <string.h>

static const char *const names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",     [METHOD_POST] = "POST",     [METHOD_PUT] = "PUT",
    [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
};

enum method
method_parse(const char *name)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum method)i;
    return METHOD_NONE;
}

const char *
method_name(enum method method)
{
    return names[method];
}
