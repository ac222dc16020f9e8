/* SPDX-License-Identifier: ISC */
/*
 * HPKE with HKDF-SHA256 and ChaCha20-Poly1305 over two KEMs, modes base and
 * psk, exporter. Deterministic: the ephemeral secret is an argument.
 * source   RFC 9180; KEM 0x647a after draft-ietf-hpke-pq
 *          (crypto_scalarmult, crypto_auth_hmacsha256,
 *          crypto_aead_chacha20poly1305_ietf, xwing.h)
 */
#ifndef HPKE_H
#define HPKE_H

#include "rc.h"
#include "xwing.h"

#include <stddef.h>
#include <stdint.h>

#define HPKE_TAG_LEN 16
#define HPKE_ENC_MAX XWING_CT_LEN

enum hpke_kem {
    HPKE_X25519 = 0x0020, /* enc 32, pk 32, sk 32, eseed 32 (the scalar) */
    HPKE_XWING = 0x647a   /* enc 1,120, pk 1,216, sk 32, eseed 64 */
};

/* Secret. The caller's own; hpke_wipe it. */
struct hpke_ctx {
    uint8_t key[32];
    uint8_t base_nonce[12];
    uint8_t exporter[32];
    uint64_t seq;
    enum hpke_kem kem;
};

/* What both sides agree on. psk NULL means mode base. Borrowed. */
struct hpke_info {
    enum hpke_kem kem;
    const uint8_t *info;
    size_t info_len;
    const uint8_t *psk;
    size_t psk_len;
    const uint8_t *psk_id;
    size_t psk_id_len;
    /* Only for hpke_setup_r with HPKE_X25519: the public key of sk, if it is
     * known already. Computing it, as for NULL, doubles the time. A wrong one
     * opens nothing. */
    const uint8_t *own_pk;
};

size_t hpke_enc_len(enum hpke_kem kem);

/*
 * SetupBaseS or SetupPSKS.
 * enc      hpke_enc_len(kem) bytes out
 * pk       the recipient's public key, its length as above
 * eseed    the ephemeral secret, its length as above
 * returns  RC_OK; RC_FORMAT for a psk without id or the reverse, or an
 *          unusable ML-KEM key; RC_FORGED for an all-zero X25519 result
 */
enum rc hpke_setup_s(struct hpke_ctx *ctx, uint8_t *enc,
                     const struct hpke_info *in, const uint8_t *pk,
                     const uint8_t *eseed) MUST_CHECK;
/* SetupBaseR or SetupPSKR; sk 32 bytes. */
enum rc hpke_setup_r(struct hpke_ctx *ctx, const struct hpke_info *in,
                     const uint8_t *enc, const uint8_t *sk) MUST_CHECK;

struct hpke_text {
    const uint8_t *aad; /* may be NULL with aad_len 0 */
    size_t aad_len;
    const uint8_t *in;
    size_t in_len;
};

/* out: in_len + HPKE_TAG_LEN bytes. May not overlap the input. */
enum rc hpke_seal(struct hpke_ctx *ctx, uint8_t *out,
                  const struct hpke_text *text) MUST_CHECK;
/* out: in_len - HPKE_TAG_LEN bytes, all zero on failure. RC_TRUNCATED,
 * RC_FORGED. seq moves on success only. */
enum rc hpke_open(struct hpke_ctx *ctx, uint8_t *out,
                  const struct hpke_text *text) MUST_CHECK;
/* Secret export, out_len at most 255 x 32. */
enum rc hpke_export(const struct hpke_ctx *ctx, uint8_t *out, size_t out_len,
                    const uint8_t *context, size_t context_len) MUST_CHECK;
void hpke_wipe(struct hpke_ctx *ctx);

#endif
