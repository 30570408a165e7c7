/* What a connection sets before anything else. */
#include "db/settings.h"

#include "db/db.h"

void
db_settings_append(struct buffer *sql, const struct database *database,
                   bool is_patient)
{
    /* To compile the expressions of many embeds takes seconds, where to
     * evaluate them takes milliseconds: no JIT. */
    buffer_append_text(sql, "SET TimeZone = 'UTC';"
                            "SET DateStyle = 'ISO, YMD';"
                            "SET IntervalStyle = 'postgres';"
                            "SET extra_float_digits = 1;"
                            "SET bytea_output = 'hex';"
                            "SET xmloption = 'content';"
                            "SET standard_conforming_strings = on;"
                            "SET jit = off;");
    buffer_printf(sql, "SET lock_timeout = %lld;",
                  (long long)database->lock_timeout_ms);
    buffer_printf(sql, "SET statement_timeout = %lld",
                  is_patient ? 0LL
                             : (long long)database->statement_timeout_ms);
}

void
db_settings_check(const struct config *config, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < config->database_count; i++) {
        const struct database *database = &config->databases[i];
        const char *mistake =
            db_check_conninfo(config->arena, database->conninfo);

        if (mistake)
            diagnostics_error(diagnostics,
                              ini_place(database->section, "conninfo"), "%s",
                              mistake);
    }
}
