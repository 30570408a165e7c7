/*
 * The log: one line an event, to stderr, syslog or a file. Each line of a
 * request carries its id. Never log bodies, values of rows, or secrets.
 *
 * This is the one module with state of its own: a log that had to be passed
 * to everybody who may fail would be in every signature.
 */
#ifndef BYLINE_BASE_LOG_H
#define BYLINE_BASE_LOG_H

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

enum log_format {
    LOG_FORMAT_TEXT,
    LOG_FORMAT_JSON,
};

/*
 * Sends what follows to `target`: "stderr", "syslog" or the path of a file,
 * which is appended to. Before it is called the log is text on stderr.
 * Returns -1, with errno set and the log unchanged, if a file will not open.
 */
int log_open(const char *target, enum log_format format, enum log_level level);

/* The id that lines carry until the next call, borrowed; NULL for none. */
void log_set_request(const char *request_id);

void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
