/* SPDX-License-Identifier: ISC */
/*
 * What a relay shows of a board against what organisations have signed that
 * they saw there. PROTOCOL.md section 7.
 */
#ifndef WITNESSES_H
#define WITNESSES_H

#include "bundle.h"
#include "page.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct witnesses {
    const struct bundle *bundle; /* borrowed */
    const uint8_t *relay;        /* its id, borrowed */
    const struct board *board;   /* borrowed */
    uint32_t today;
    size_t lines;    /* organisations whose line counts */
    size_t against;  /* of these, those that saw something else */
    bool *disagrees; /* by the directory's organisations */
};

/* RC_OK, RC_NOMEM. witnesses_wipe in any case. */
enum rc witnesses_init(struct witnesses *w, const struct bundle *bundle,
                       const uint8_t *relay, const struct board *board,
                       uint32_t today) MUST_CHECK;
void witnesses_wipe(struct witnesses *w);
/* A page that the relay shows. false: more than half of them disagree. */
bool witnesses_page(struct witnesses *w, const struct page *page,
                    const uint8_t hash[static PAGE_HASH_LEN]);
/* It was read from page first on, and last was the newest (0: none). What they
 * saw of that and does not stand there is hidden. false: as above. */
bool witnesses_end(struct witnesses *w, uint64_t first, uint64_t last);

#endif
