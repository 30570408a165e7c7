/* The function of each handler. */
#include "handlers/handler.h"

static handler_run *const functions[HANDLER_KINDS] = {
    [HANDLER_HEALTH] = handler_health,
    [HANDLER_ITEM] = handler_item,
    [HANDLER_LIST] = handler_list,
};

handler_run *
handler_of(enum handler_kind kind)
{
    return functions[kind];
}
