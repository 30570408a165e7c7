/* What a connection sets before anything else. */
#ifndef BYLINE_DB_SETTINGS_H
#define BYLINE_DB_SETTINGS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "config/config.h"
#include "config/diagnostics.h"

/* Statements that say how values look, and when the server gives up; never,
 * if `is_patient`. */
void db_settings_append(struct buffer *sql, const struct database *database,
                        bool is_patient);

/* Adds to `diagnostics` what only libpq can tell of a connection string. */
void db_settings_check(const struct config *config,
                       struct diagnostics *diagnostics);

#endif
