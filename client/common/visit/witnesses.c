/* SPDX-License-Identifier: ISC */
#include "witnesses.h"

#include <stdlib.h>
#include <string.h>

static const struct seen_page *
line_of(const struct witnesses *w, size_t org)
{
    return bundle_seen_line(w->bundle, org, w->relay, w->board, w->today);
}

enum rc
witnesses_init(struct witnesses *w, const struct bundle *bundle,
               const uint8_t *relay, const struct board *board, uint32_t today)
{
    size_t n = bundle->directory->n_orgs;

    *w = (struct witnesses){bundle, relay, board, today, 0, 0, NULL};
    if ((w->disagrees = calloc(n + 1, sizeof *w->disagrees)) == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        w->lines += line_of(w, i) != NULL;
    }
    return RC_OK;
}

void
witnesses_wipe(struct witnesses *w)
{
    free(w->disagrees);
    memset(w, 0, sizeof *w);
}

static bool
most_agree(const struct witnesses *w)
{
    return 2 * w->against <= w->lines;
}

static void
note(struct witnesses *w, size_t org)
{
    w->against += !w->disagrees[org];
    w->disagrees[org] = true;
}

bool
witnesses_page(struct witnesses *w, const struct page *page,
               const uint8_t hash[static PAGE_HASH_LEN])
{
    for (size_t i = 0; w->lines > 0 && i < w->bundle->directory->n_orgs; i++) {
        const struct seen_page *s = line_of(w, i);

        if (s != NULL &&
            (s->number == page->number
                 ? memcmp(s->hash, hash, PAGE_HASH_LEN) != 0
                 : page->previous < s->number && s->number < page->number)) {
            note(w, i);
        }
    }
    return most_agree(w);
}

bool
witnesses_end(struct witnesses *w, uint64_t first, uint64_t last)
{
    for (size_t i = 0; w->lines > 0 && i < w->bundle->directory->n_orgs; i++) {
        const struct seen_page *s = line_of(w, i);

        if (s != NULL && s->number >= first && s->number > last) {
            note(w, i);
        }
    }
    return most_agree(w);
}
