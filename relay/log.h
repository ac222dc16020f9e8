/* SPDX-License-Identifier: ISC */
/*
 * The relay's own log: its faults, its starts and stops. A line has the day
 * and no finer time, no address, id, key or hash. Nothing that came from
 * outside is ever an argument.
 */
#ifndef LOG_H
#define LOG_H

#include "rc.h"

/* path "-": standard error. The descriptor stays open; a new file after
 * log_open of the same path (SIGHUP) is not made: logrotate copies. */
enum rc log_open(const char *path) MUST_CHECK;
/* From any thread. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Why the relay does not start: for whoever starts it, on standard error, and
 * in the log where that is a file, since nobody may be looking. */
void log_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_close(void);

#endif
