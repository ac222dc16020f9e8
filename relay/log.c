/* SPDX-License-Identifier: ISC */
#include "log.h"

#include "clock.h"
#include "file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LEN 512

static int log_fd = STDERR_FILENO;

enum rc
log_open(const char *path)
{
    int fd;

    if (strcmp(path, "-") == 0) {
        return RC_OK;
    }
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
              0640);
    if (fd < 0) {
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

/* Year, month and day of days since 1970 (Gregorian, from a March year). */
static void
civil(uint32_t day, unsigned *y, unsigned *m, unsigned *d)
{
    uint32_t z = day + 719468, era = z / 146097, doe = z % 146097;
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;

    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

void
log_line(const char *format, ...)
{
    char line[LINE_MAX_LEN];
    unsigned y, m, d;
    size_t len;
    va_list ap;

    civil(clock_day(clock_now()), &y, &m, &d);
    (void)snprintf(line, sizeof line, "%04u-%02u-%02u ", y, m, d);
    len = strlen(line);
    va_start(ap, format);
    (void)vsnprintf(line + len, sizeof line - len - 1, format, ap);
    va_end(ap);
    len = strlen(line);
    line[len++] = '\n';
    /* One write: lines of threads don't mix. A log that can't be written
     * must not stop the relay. */
    (void)!write(log_fd, line, len);
}
