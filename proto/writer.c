/* SPDX-License-Identifier: ISC */
#include "writer.h"

#include <string.h>

static uint8_t *
wr_take(struct writer *w, size_t n)
{
    uint8_t *p = w->p;

    if (w->rc != RC_OK || n > w->left) {
        w->rc = RC_FULL;
        w->left = 0;
        return NULL;
    }
    if (n > 0) {
        w->p += n;
        w->left -= n;
        w->len += n;
    }
    return p;
}

void
wr_init(struct writer *w, uint8_t *out, size_t cap)
{
    w->p = out;
    w->left = cap;
    w->len = 0;
    w->rc = RC_OK;
}

static void
wr_uint(struct writer *w, uint64_t v, size_t n)
{
    uint8_t *p = wr_take(w, n);

    for (size_t i = n; p != NULL && i > 0; i--) {
        p[i - 1] = (uint8_t)(v & 0xff);
        v >>= 8;
    }
}

void
wr_u8(struct writer *w, uint8_t v)
{
    wr_uint(w, v, 1);
}

void
wr_u16(struct writer *w, uint16_t v)
{
    wr_uint(w, v, 2);
}

void
wr_u32(struct writer *w, uint32_t v)
{
    wr_uint(w, v, 4);
}

void
wr_u64(struct writer *w, uint64_t v)
{
    wr_uint(w, v, 8);
}

void
wr_bytes(struct writer *w, const uint8_t *in, size_t n)
{
    uint8_t *p = wr_take(w, n);

    if (p != NULL && n > 0) {
        memcpy(p, in, n);
    }
}

void
wr_zero(struct writer *w, size_t n)
{
    uint8_t *p = wr_take(w, n);

    if (p != NULL && n > 0) {
        memset(p, 0, n);
    }
}

void
wr_zeroes(struct writer *w)
{
    wr_zero(w, w->left);
}

enum rc
wr_end(const struct writer *w)
{
    return w->rc;
}
