/* The log. */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"

/* With time and request it stays below what a pipe takes in one piece. */
#define MESSAGE_SIZE 2048

static const char *const level_names[] = {"debug", "info", "notice", "warning",
                                          "error"};
static const int syslog_priorities[] = {LOG_DEBUG, LOG_INFO, LOG_NOTICE,
                                        LOG_WARNING, LOG_ERR};

static struct {
    int descriptor; /* -1: syslog */
    enum log_format format;
    enum log_level level;
    const char *request_id;
    struct buffer line;
} logger = {.descriptor = STDERR_FILENO, .level = LOG_LEVEL_NOTICE};

static void
close_file(void)
{
    if (logger.descriptor == -1)
        closelog();
    else if (logger.descriptor != STDERR_FILENO)
        close(logger.descriptor);
}

int
log_open(const char *target, enum log_format format, enum log_level level)
{
    int descriptor = STDERR_FILENO;

    if (strcmp(target, "syslog") == 0) {
        descriptor = -1;
    } else if (strcmp(target, "stderr") != 0) {
        descriptor =
            open(target,
                 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
        if (descriptor == -1)
            return -1;
    }
    close_file();
    if (descriptor == -1)
        openlog("byline", LOG_PID, LOG_DAEMON);
    logger.descriptor = descriptor;
    logger.format = format;
    logger.level = level;
    return 0;
}

void
log_set_request(const char *request_id)
{
    logger.request_id = request_id;
}

static void
append_time(struct buffer *line)
{
    char text[32];
    struct timespec now;
    struct tm parts;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    buffer_printf(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

static void
append_text_line(struct buffer *line, enum log_level level,
                 const char *message)
{
    if (logger.descriptor != -1) {
        append_time(line);
        buffer_printf(line, " [%ld] %s: ", (long)getpid(), level_names[level]);
    }
    /* A line is a line, whatever a peer put into a message. */
    for (const char *at = message; *at; at++)
        buffer_append_char(line, (unsigned char)*at < ' ' ? ' ' : *at);
    if (logger.request_id)
        buffer_printf(line, " request=%s", logger.request_id);
}

static void
append_json_line(struct buffer *line, enum log_level level,
                 const char *message)
{
    buffer_append_text(line, "{\"time\":\"");
    append_time(line);
    buffer_printf(line, "\",\"pid\":%ld,\"level\":\"%s\",\"message\":",
                  (long)getpid(), level_names[level]);
    json_append_text(line, message);
    if (logger.request_id) {
        buffer_append_text(line, ",\"request\":");
        json_append_text(line, logger.request_id);
    }
    buffer_append_char(line, '}');
}

static void
write_line(enum log_level level, const char *message)
{
    struct buffer *line = &logger.line;

    buffer_clear(line);
    if (logger.format == LOG_FORMAT_JSON)
        append_json_line(line, level, message);
    else
        append_text_line(line, level, message);
    if (logger.descriptor == -1) {
        syslog(syslog_priorities[level], "%s", buffer_text(line));
        return;
    }
    buffer_append_char(line, '\n');
    /* One write a line, so that processes do not mix theirs. A log that
     * cannot be written has nobody to tell. */
    if (write(logger.descriptor, line->data, line->length) == -1)
        return;
}

static void __attribute__((format(printf, 2, 0)))
log_message(enum log_level level, const char *format, va_list args)
{
    char message[MESSAGE_SIZE];

    if (level < logger.level)
        return;
    vsnprintf(message, sizeof message, format, args);
    write_line(level, message);
}

#define DEFINE_LOG(name, level)           \
    void name(const char *format, ...)    \
    {                                     \
        va_list args;                     \
                                          \
        va_start(args, format);           \
        log_message(level, format, args); \
        va_end(args);                     \
    }

DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_notice, LOG_LEVEL_NOTICE)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
