/* SPDX-License-Identifier: ISC */
#include "hpke.h"

#include "hkdf.h"

#include <sodium.h>

#include <string.h>

#define SECRET_LEN             32
#define HASH_LEN               HKDF_PRK_LEN
#define NONCE_LEN              crypto_aead_chacha20poly1305_ietf_NPUBBYTES
#define KDF_HKDF_SHA256        1
#define AEAD_CHACHA20_POLY1305 3

enum mode {
    MODE_BASE = 0,
    MODE_PSK = 1
};

/* What the labels of one suite begin with. */
struct suite {
    uint8_t id[10];
    size_t len;
};

static struct hkdf_part
part(const uint8_t *in, size_t len)
{
    return (struct hkdf_part){in, len};
}

static struct hkdf_part
text_part(const char *text)
{
    return (struct hkdf_part){(const uint8_t *)text, strlen(text)};
}

static struct suite
kem_suite(enum hpke_kem kem)
{
    return (struct suite){{'K', 'E', 'M', (uint8_t)(kem >> 8), (uint8_t)kem},
                          5};
}

static struct suite
hpke_suite(enum hpke_kem kem)
{
    return (struct suite){{'H', 'P', 'K', 'E', (uint8_t)(kem >> 8),
                           (uint8_t)kem, 0, KDF_HKDF_SHA256, 0,
                           AEAD_CHACHA20_POLY1305},
                          10};
}

static void
labeled_extract(uint8_t prk[static HASH_LEN], const struct suite *suite,
                struct hkdf_part salt, const char *label, struct hkdf_part ikm)
{
    const struct hkdf_part parts[] = {
        text_part("HPKE-v1"),
        part(suite->id, suite->len),
        text_part(label),
        ikm,
    };

    hkdf_extract(prk, salt, parts, sizeof parts / sizeof parts[0]);
}

static enum rc
labeled_expand(struct hkdf_part prk, const struct suite *suite,
               const char *label, struct hkdf_part info, uint8_t *out,
               size_t out_len)
{
    const uint8_t size[2] = {(uint8_t)(out_len >> 8), (uint8_t)out_len};
    const struct hkdf_part parts[] = {
        part(size, sizeof size),
        text_part("HPKE-v1"),
        part(suite->id, suite->len),
        text_part(label),
        info,
    };

    return hkdf_expand(out, out_len, prk.in, parts,
                       sizeof parts / sizeof parts[0]);
}

/* ExtractAndExpand of DHKEM over context = enc || pk of the recipient. */
static enum rc
dh_secret(uint8_t secret[static SECRET_LEN],
          const uint8_t dh[static crypto_scalarmult_BYTES],
          const uint8_t context[static 2 * crypto_scalarmult_BYTES])
{
    const struct suite suite = kem_suite(HPKE_X25519);
    uint8_t prk[HASH_LEN];
    enum rc rc;

    labeled_extract(prk, &suite, part(NULL, 0), "eae_prk",
                    part(dh, crypto_scalarmult_BYTES));
    rc = labeled_expand(part(prk, sizeof prk), &suite, "shared_secret",
                        part(context, 2 * crypto_scalarmult_BYTES), secret,
                        SECRET_LEN);
    sodium_memzero(prk, sizeof prk);
    return rc;
}

static enum rc
x25519_encaps(uint8_t secret[static SECRET_LEN],
              uint8_t enc[static crypto_scalarmult_BYTES], const uint8_t *pk,
              const uint8_t *eseed)
{
    uint8_t dh[crypto_scalarmult_BYTES];
    uint8_t context[2 * crypto_scalarmult_BYTES];
    enum rc rc;

    if (crypto_scalarmult_base(enc, eseed) != 0 ||
        crypto_scalarmult(dh, eseed, pk) != 0) {
        rc = RC_FORGED;
        goto out;
    }
    memcpy(context, enc, crypto_scalarmult_BYTES);
    memcpy(context + crypto_scalarmult_BYTES, pk, crypto_scalarmult_BYTES);
    rc = dh_secret(secret, dh, context);
out:
    sodium_memzero(dh, sizeof dh);
    return rc;
}

static enum rc
x25519_decaps(uint8_t secret[static SECRET_LEN], const uint8_t *enc,
              const uint8_t *sk, const uint8_t *own_pk)
{
    uint8_t dh[crypto_scalarmult_BYTES];
    uint8_t context[2 * crypto_scalarmult_BYTES];
    uint8_t *pk = context + crypto_scalarmult_BYTES;
    enum rc rc = RC_FORGED;

    if (crypto_scalarmult(dh, sk, enc) != 0) {
        goto out;
    }
    memcpy(context, enc, crypto_scalarmult_BYTES);
    if (own_pk != NULL) {
        memcpy(pk, own_pk, crypto_scalarmult_BYTES);
    } else if (crypto_scalarmult_base(pk, sk) != 0) {
        goto out;
    }
    rc = dh_secret(secret, dh, context);
out:
    sodium_memzero(dh, sizeof dh);
    return rc;
}

static enum rc
check_psk(const struct hpke_info *in)
{
    if (in->psk == NULL) {
        return in->psk_id_len == 0 ? RC_OK : RC_FORMAT;
    }
    return in->psk_len > 0 && in->psk_id_len > 0 ? RC_OK : RC_FORMAT;
}

/* KeySchedule; check_psk has passed. */
static enum rc
key_schedule(struct hpke_ctx *ctx, const struct hpke_info *in,
             const uint8_t shared[static SECRET_LEN])
{
    const struct suite suite = hpke_suite(in->kem);
    uint8_t context[1 + 2 * HASH_LEN];
    uint8_t secret[HASH_LEN];
    const struct hkdf_part prk = part(secret, sizeof secret);
    const struct hkdf_part info = part(context, sizeof context);
    enum rc rc;

    context[0] = in->psk != NULL ? MODE_PSK : MODE_BASE;
    labeled_extract(context + 1, &suite, part(NULL, 0), "psk_id_hash",
                    part(in->psk_id, in->psk_id_len));
    labeled_extract(context + 1 + HASH_LEN, &suite, part(NULL, 0), "info_hash",
                    part(in->info, in->info_len));
    labeled_extract(secret, &suite, part(shared, SECRET_LEN), "secret",
                    part(in->psk, in->psk != NULL ? in->psk_len : 0));
    if ((rc = labeled_expand(prk, &suite, "key", info, ctx->key,
                             sizeof ctx->key)) == RC_OK &&
        (rc = labeled_expand(prk, &suite, "base_nonce", info, ctx->base_nonce,
                             sizeof ctx->base_nonce)) == RC_OK) {
        rc = labeled_expand(prk, &suite, "exp", info, ctx->exporter,
                            sizeof ctx->exporter);
    }
    ctx->kem = in->kem;
    sodium_memzero(secret, sizeof secret);
    return rc;
}

static void
next_nonce(uint8_t nonce[static NONCE_LEN], const struct hpke_ctx *ctx)
{
    memcpy(nonce, ctx->base_nonce, NONCE_LEN);
    for (unsigned i = 0; i < sizeof ctx->seq; i++) {
        nonce[NONCE_LEN - 1 - i] ^= (uint8_t)(ctx->seq >> (8 * i));
    }
}

size_t
hpke_enc_len(enum hpke_kem kem)
{
    return kem == HPKE_XWING ? XWING_CT_LEN : crypto_scalarmult_BYTES;
}

enum rc
hpke_setup_s(struct hpke_ctx *ctx, uint8_t *enc, const struct hpke_info *in,
             const uint8_t *pk, const uint8_t *eseed)
{
    uint8_t shared[SECRET_LEN];
    enum rc rc;

    memset(ctx, 0, sizeof *ctx);
    memset(enc, 0, hpke_enc_len(in->kem));
    if ((rc = check_psk(in)) != RC_OK) {
        goto out;
    }
    rc = in->kem == HPKE_XWING ? xwing_encaps(enc, shared, pk, eseed)
                               : x25519_encaps(shared, enc, pk, eseed);
    if (rc == RC_OK) {
        rc = key_schedule(ctx, in, shared);
    }
out:
    if (rc != RC_OK) {
        hpke_wipe(ctx);
        memset(enc, 0, hpke_enc_len(in->kem));
    }
    sodium_memzero(shared, sizeof shared);
    return rc;
}

enum rc
hpke_setup_r(struct hpke_ctx *ctx, const struct hpke_info *in,
             const uint8_t *enc, const uint8_t *sk)
{
    uint8_t shared[SECRET_LEN];
    enum rc rc;

    memset(ctx, 0, sizeof *ctx);
    if ((rc = check_psk(in)) != RC_OK) {
        goto out;
    }
    rc = in->kem == HPKE_XWING ? xwing_decaps(shared, enc, sk)
                               : x25519_decaps(shared, enc, sk, in->own_pk);
    if (rc == RC_OK) {
        rc = key_schedule(ctx, in, shared);
    }
out:
    if (rc != RC_OK) {
        hpke_wipe(ctx);
    }
    sodium_memzero(shared, sizeof shared);
    return rc;
}

enum rc
hpke_seal(struct hpke_ctx *ctx, uint8_t *out, const struct hpke_text *text)
{
    uint8_t nonce[NONCE_LEN];

    /* The last number stays unused, so that it can never come round. */
    if (ctx->seq == UINT64_MAX ||
        text->in_len > crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX) {
        return RC_FULL;
    }
    next_nonce(nonce, ctx);
    if (crypto_aead_chacha20poly1305_ietf_encrypt(
            out, NULL, text->in, text->in_len, text->aad, text->aad_len, NULL,
            nonce, ctx->key) != 0) {
        return RC_FULL;
    }
    ctx->seq++;
    return RC_OK;
}

enum rc
hpke_open(struct hpke_ctx *ctx, uint8_t *out, const struct hpke_text *text)
{
    uint8_t nonce[NONCE_LEN];

    if (text->in_len < HPKE_TAG_LEN) {
        return RC_TRUNCATED;
    }
    memset(out, 0, text->in_len - HPKE_TAG_LEN);
    if (ctx->seq == UINT64_MAX ||
        text->in_len - HPKE_TAG_LEN >
            crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX) {
        return RC_FULL;
    }
    next_nonce(nonce, ctx);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(
            out, NULL, NULL, text->in, text->in_len, text->aad, text->aad_len,
            nonce, ctx->key) != 0) {
        return RC_FORGED; /* libsodium leaves zeros in out */
    }
    ctx->seq++;
    return RC_OK;
}

enum rc
hpke_export(const struct hpke_ctx *ctx, uint8_t *out, size_t out_len,
            const uint8_t *context, size_t context_len)
{
    const struct suite suite = hpke_suite(ctx->kem);

    return labeled_expand(part(ctx->exporter, sizeof ctx->exporter), &suite,
                          "sec", part(context, context_len), out, out_len);
}

void
hpke_wipe(struct hpke_ctx *ctx)
{
    sodium_memzero(ctx, sizeof *ctx);
}
