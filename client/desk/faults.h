/* SPDX-License-Identifier: ISC */
/* What somebody did to the case store while it was closed, in words. */
#ifndef FAULTS_H
#define FAULTS_H

#include "desk.h"

/* Says each fault that was found when the vault was opened, and keeps it as an
 * alarm. */
void faults_tell(struct desk *d);

#endif
