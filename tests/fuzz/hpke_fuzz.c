/* SPDX-License-Identifier: ISC */
/*
 * One byte: bit 0 the KEM is X-Wing, bit 1 the mode is psk; one byte: length
 * of the aad; then enc, aad, ciphertext. The private key is fixed. What
 * opens must seal to the same bytes under the same keys.
 */
#include "hpke.h"
#include "fuzz.h"
#include "reader.h"
#include "vec.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void
opened(struct hpke_ctx ctx, const struct hpke_text *ct, const uint8_t *pt)
{
    struct hpke_text text = {ct->aad, ct->aad_len, pt,
                             ct->in_len - HPKE_TAG_LEN};
    uint8_t *again = malloc(ct->in_len);

    check(again != NULL && ctx.seq == 1);
    ctx.seq = 0;
    check(hpke_seal(&ctx, again, &text) == RC_OK);
    check(memcmp(again, ct->in, ct->in_len) == 0);
    free(again);
}

static void
try_open(struct hpke_ctx *ctx, const struct hpke_text *ct)
{
    uint8_t *pt = malloc(ct->in_len + 1);
    enum rc rc;

    check(pt != NULL);
    rc = hpke_open(ctx, pt, ct);
    if (rc == RC_OK) {
        opened(*ctx, ct, pt);
    } else {
        check(rc == (ct->in_len < HPKE_TAG_LEN ? RC_TRUNCATED : RC_FORGED));
        check(ctx->seq == 0);
        check(ct->in_len < HPKE_TAG_LEN ||
              sodium_is_zero(pt, ct->in_len - HPKE_TAG_LEN));
    }
    free(pt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t sk[32], psk[32];
    struct hpke_info info = {.info = (const uint8_t *)"fuzz", .info_len = 4};
    const uint8_t *enc;
    struct hpke_text ct;
    struct hpke_ctx ctx;
    struct reader r;
    uint8_t flags;
    enum rc rc;

    rd_init(&r, data, size);
    flags = rd_u8(&r);
    info.kem = flags & 1 ? HPKE_XWING : HPKE_X25519;
    ct.aad_len = rd_u8(&r);
    enc = rd_bytes(&r, hpke_enc_len(info.kem));
    ct.aad = rd_bytes(&r, ct.aad_len);
    ct.in_len = r.left;
    ct.in = rd_bytes(&r, r.left);
    if (rd_end(&r) != RC_OK) {
        return 0;
    }
    vec_seed(sk, sizeof sk, "fuzz seed");
    vec_seed(psk, sizeof psk, "fuzz psk");
    if (flags & 2) {
        info.psk = psk;
        info.psk_len = sizeof psk;
        info.psk_id = (const uint8_t *)"id";
        info.psk_id_len = 2;
    }
    rc = hpke_setup_r(&ctx, &info, enc, sk);
    check(rc == RC_OK || rc == RC_FORGED);
    if (rc == RC_OK) {
        try_open(&ctx, &ct);
    } else {
        check(sodium_is_zero((const uint8_t *)&ctx, sizeof ctx));
    }
    hpke_wipe(&ctx);
    return 0;
}
