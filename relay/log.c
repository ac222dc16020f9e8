/* SPDX-License-Identifier: ISC */
#include "log.h"

#include "cli.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_LEN 512

static int log_fd = STDERR_FILENO;

enum rc
log_open(const char *path)
{
    struct stat st;
    int fd;

    if (strcmp(path, "-") == 0) {
        return RC_OK;
    }
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
              0640);
    if (fd < 0) {
        return RC_IO;
    }
    /* By another name it may be somebody else's. */
    if (fstat(fd, &st) != 0 || (S_ISREG(st.st_mode) && st.st_nlink != 1)) {
        (void)close(fd);
        errno = EMLINK;
        return RC_IO;
    }
    log_close();
    log_fd = fd;
    return RC_OK;
}

void
log_close(void)
{
    if (log_fd != STDERR_FILENO) {
        (void)close(log_fd);
        log_fd = STDERR_FILENO;
    }
}

__attribute__((format(printf, 1, 0))) static void
add_line(const char *format, va_list ap)
{
    char line[LINE_MAX_LEN], date[CLOCK_DATE_LEN];
    size_t len;

    clock_date(date, clock_day(clock_now()));
    (void)snprintf(line, sizeof line, "%s ", date);
    len = strlen(line);
    (void)vsnprintf(line + len, sizeof line - len - 1, format, ap);
    len = strlen(line);
    line[len++] = '\n';
    /* One write: lines of threads don't mix. A log that can't be written
     * must not stop the relay. */
    (void)!write(log_fd, line, len);
}

void
log_line(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add_line(format, ap);
    va_end(ap);
}

void
log_fault(const char *format, ...)
{
    char text[LINE_MAX_LEN];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    cli_error("%s", text);
    if (log_fd != STDERR_FILENO) {
        log_line("%s", text);
    }
}
