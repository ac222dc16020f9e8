/* SPDX-License-Identifier: ISC */
/*
 * A small blocking client for tests and figures: exchanges over one
 * kept-alive connection.
 */
#ifndef SPEAK_H
#define SPEAK_H

#include "cell.h"

#include <stddef.h>
#include <stdint.h>

#define SPEAK_HEAD                                                             \
    "POST /v1/exchange HTTP/1.1\r\nHost: relay\r\nContent-Length: 16384\r\n\r\n"
#define SPEAK_REQUEST_LEN (sizeof SPEAK_HEAD - 1 + CELL_LEN)

/* "/path" of a Unix socket, or "HOST:PORT". -1 after a failure. */
int speak_open(const char *where);
/* The HTTP status, or 0 when the connection broke. down: the body of a 200
 * that is one cell. */
unsigned speak_exchange(int fd, const uint8_t up[static CELL_LEN],
                        uint8_t down[static CELL_LEN]);

/*
 * A request from words: nop | put A [BOX [BURN]] | get A | burn [A [SECRET]]
 * | ring BOARD E. Names stand for bytes that are the same in every run; BOX
 * and BURN are A where they are not given.
 */
enum rc speak_cell(uint8_t out[static CELL_LEN], char *const *words,
                   size_t n) MUST_CHECK;
/* The box that a name stands for. */
void speak_box(uint8_t out[static CELL_BOX_LEN], const char *name);
const char *speak_status(enum cell_status s);

#endif
