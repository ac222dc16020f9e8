/* SPDX-License-Identifier: ISC */
#ifndef PAUSE_H
#define PAUSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Sleeps so long, but ends where *stop (may be NULL) is set: false. */
bool pause_ms(int64_t ms, const atomic_bool *stop);

#endif
