/* The function of each handler. */
#include "handlers/handler.h"

static handler_run *const functions[HANDLER_KINDS] = {
    [HANDLER_CREATE] = handler_create,
    [HANDLER_HEALTH] = handler_health,
    [HANDLER_ITEM] = handler_item,
    [HANDLER_LIST] = handler_list,
    [HANDLER_LOG_IN] = handler_log_in,
    [HANDLER_LOG_OUT] = handler_log_out,
    [HANDLER_METRICS] = handler_metrics,
    [HANDLER_REMOVE] = handler_remove,
    [HANDLER_REPLACE] = handler_replace,
    [HANDLER_SET_PASSWORD] = handler_set_password,
    [HANDLER_SQL] = handler_sql,
    [HANDLER_UPDATE] = handler_update,
};

handler_run *
handler_of(enum handler_kind kind)
{
    return functions[kind];
}
