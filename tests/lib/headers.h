/* SPDX-License-Identifier: ISC */
/* The header blocks that browsers were recorded with. */
#ifndef TEST_HEADERS_H
#define TEST_HEADERS_H

#define HEADERS_MAX 2048

/* The block of tests/vectors/headers.txt called so ("GET", "POST https"), its
 * lines ended as on the wire; ends the program if there is none. */
void headers_recorded(char out[static HEADERS_MAX], const char *name);

#endif
