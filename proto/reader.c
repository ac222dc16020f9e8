/* SPDX-License-Identifier: ISC */
#include "reader.h"

#include <sodium.h>

#include <string.h>

static void
rd_fail(struct reader *r, enum rc rc)
{
    if (r->rc == RC_OK) {
        r->rc = rc;
    }
    r->left = 0;
}

void
rd_init(struct reader *r, const uint8_t *in, size_t len)
{
    r->p = in;
    r->left = len;
    r->rc = RC_OK;
}

const uint8_t *
rd_bytes(struct reader *r, size_t n)
{
    const uint8_t *p = r->p;

    if (r->rc != RC_OK || n > r->left) {
        rd_fail(r, RC_TRUNCATED);
        return NULL;
    }
    if (n > 0) {
        r->p += n;
        r->left -= n;
    }
    return p;
}

static uint64_t
rd_uint(struct reader *r, size_t n)
{
    const uint8_t *p = rd_bytes(r, n);
    uint64_t v = 0;

    for (size_t i = 0; p != NULL && i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

uint8_t
rd_u8(struct reader *r)
{
    return (uint8_t)rd_uint(r, 1);
}

uint16_t
rd_u16(struct reader *r)
{
    return (uint16_t)rd_uint(r, 2);
}

uint32_t
rd_u32(struct reader *r)
{
    return (uint32_t)rd_uint(r, 4);
}

uint64_t
rd_u64(struct reader *r)
{
    return rd_uint(r, 8);
}

void
rd_copy(struct reader *r, uint8_t *out, size_t n)
{
    const uint8_t *p = rd_bytes(r, n);

    if (p == NULL) {
        if (n > 0) {
            memset(out, 0, n);
        }
    } else if (n > 0) {
        memcpy(out, p, n);
    }
}

/* As sodium_is_zero, the same time whatever the bytes, eight at a time: a
 * relay looks at 16,000 of them in most requests. */
static bool
is_zero(const uint8_t *p, size_t n)
{
    uint64_t all = 0, word;

    for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        all |= word;
    }
    for (; n > 0; n--, p++) {
        all |= *p;
    }
    return sodium_is_zero((const uint8_t *)&all, sizeof all) == 1;
}

void
rd_zero(struct reader *r, size_t n)
{
    const uint8_t *p = rd_bytes(r, n);

    if (p != NULL && n > 0 && !is_zero(p, n)) {
        rd_fail(r, RC_FORMAT);
    }
}

void
rd_zeroes(struct reader *r)
{
    rd_zero(r, r->left);
}

void
rd_require(struct reader *r, bool ok)
{
    if (!ok) {
        rd_fail(r, RC_FORMAT);
    }
}

enum rc
rd_end(struct reader *r)
{
    if (r->left != 0) {
        rd_fail(r, RC_FORMAT);
    }
    return r->rc;
}
