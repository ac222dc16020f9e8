/* SPDX-License-Identifier: ISC */
#include "must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void
must(enum rc rc, const char *what)
{
    if (rc != RC_OK) {
        (void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name,
                      what, rc_text(rc));
        exit(1);
    }
}
