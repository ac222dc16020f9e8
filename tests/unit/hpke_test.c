/* SPDX-License-Identifier: ISC */
#include "hpke.h"
#include "vec.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY_MAX XWING_PK_LEN
#define INFO    "tocsin/1 test"

/* The parts of a vector that both sides need; freed by sample_free. */
struct sample {
    struct hpke_info info;
    uint8_t *bytes[3];
    uint8_t pk[KEY_MAX];
    uint8_t sk[32];
    uint8_t eseed[64];
    uint8_t enc[HPKE_ENC_MAX];
};

static size_t
pk_len(enum hpke_kem kem)
{
    return kem == HPKE_XWING ? XWING_PK_LEN : 32;
}

static void
info_load(struct sample *s, const json_t *t)
{
    memset(s, 0, sizeof *s);
    s->info.kem = (enum hpke_kem)vec_number(t, "kem_id");
    assert_true(s->info.kem == HPKE_X25519 || s->info.kem == HPKE_XWING);
    assert_int_equal(vec_number(t, "kdf_id"), 1);
    assert_int_equal(vec_number(t, "aead_id"), 3);
    s->bytes[0] = vec_bytes(t, "info", &s->info.info_len);
    s->info.info = s->bytes[0];
    if (vec_number(t, "mode") == 1) {
        s->bytes[1] = vec_bytes(t, "psk", &s->info.psk_len);
        s->bytes[2] = vec_bytes(t, "psk_id", &s->info.psk_id_len);
        s->info.psk = s->bytes[1];
        s->info.psk_id = s->bytes[2];
    }
    vec_fixed(t, "skRm", s->sk, sizeof s->sk);
}

static void
sample_free(struct sample *s)
{
    for (size_t i = 0; i < 3; i++) {
        free(s->bytes[i]);
    }
}

static void
check_schedule(const json_t *t, const struct hpke_ctx *ctx)
{
    uint8_t want[32];

    vec_fixed(t, "key", want, 32);
    assert_memory_equal(ctx->key, want, 32);
    vec_fixed(t, "base_nonce", want, 12);
    assert_memory_equal(ctx->base_nonce, want, 12);
    vec_fixed(t, "exporter_secret", want, 32);
    assert_memory_equal(ctx->exporter, want, 32);
}

static void
check_messages(const json_t *t, struct hpke_ctx *s, struct hpke_ctx *r)
{
    json_t *list = json_object_get(t, "encryptions");
    size_t i;
    const json_t *e;

    assert_true(json_array_size(list) > 0);
    json_array_foreach(list, i, e)
    {
        size_t aad_len, pt_len, ct_len;
        uint8_t *aad = vec_bytes(e, "aad", &aad_len);
        uint8_t *pt = vec_bytes(e, "pt", &pt_len);
        uint8_t *ct = vec_bytes(e, "ct", &ct_len);
        uint8_t *out = malloc(ct_len);
        struct hpke_text seal = {aad, aad_len, pt, pt_len};
        struct hpke_text open = {aad, aad_len, ct, ct_len};

        assert_non_null(out);
        s->seq = r->seq = (uint64_t)vec_number(e, "seq");
        assert_int_equal(ct_len, pt_len + HPKE_TAG_LEN);
        assert_int_equal(hpke_seal(s, out, &seal), RC_OK);
        assert_memory_equal(out, ct, ct_len);
        memset(out, 0xa5, ct_len);
        assert_int_equal(hpke_open(r, out, &open), RC_OK);
        assert_memory_equal(out, pt, pt_len);
        assert_true(s->seq == r->seq);
        free(aad);
        free(pt);
        free(ct);
        free(out);
    }
}

static void
check_exports(const json_t *t, const struct hpke_ctx *ctx)
{
    json_t *list = json_object_get(t, "exports");
    size_t i;
    const json_t *e;

    assert_true(json_array_size(list) > 0);
    json_array_foreach(list, i, e)
    {
        size_t context_len, len;
        uint8_t *context = vec_bytes(e, "exporter_context", &context_len);
        uint8_t *want = vec_bytes(e, "exported_value", &len);
        uint8_t *out = malloc(len);

        assert_non_null(out);
        assert_int_equal(vec_number(e, "L"), len);
        assert_int_equal(hpke_export(ctx, out, len, context, context_len),
                         RC_OK);
        assert_memory_equal(out, want, len);
        free(context);
        free(want);
        free(out);
    }
}

static void
check_case(const json_t *t)
{
    struct hpke_ctx tx, rx;
    struct sample s;
    uint8_t enc[HPKE_ENC_MAX];
    size_t enc_len;

    info_load(&s, t);
    enc_len = hpke_enc_len(s.info.kem);
    vec_fixed(t, "pkRm", s.pk, pk_len(s.info.kem));
    vec_fixed(t, "enc", s.enc, enc_len);
    if (s.info.kem == HPKE_XWING) {
        vec_fixed(t, "ikmE", s.eseed, 64);
    } else {
        vec_fixed(t, "skEm", s.eseed, 32);
    }
    assert_int_equal(hpke_setup_s(&tx, enc, &s.info, s.pk, s.eseed), RC_OK);
    assert_memory_equal(enc, s.enc, enc_len);
    check_schedule(t, &tx);
    assert_int_equal(hpke_setup_r(&rx, &s.info, s.enc, s.sk), RC_OK);
    check_schedule(t, &rx);
    check_messages(t, &tx, &rx);
    check_exports(t, &rx);
    hpke_wipe(&tx);
    hpke_wipe(&rx);
    sample_free(&s);
}

static void
check_file(const char *name)
{
    json_t *file = vec_load(name);
    size_t i;
    const json_t *t;

    json_array_foreach(vec_tests(file), i, t)
    {
        check_case(t);
    }
    json_decref(file);
}

static void
one_wrong_thing_never_opens(void **state)
{
    json_t *file = vec_load("official/hpke/x25519_negative_derived.json");
    size_t i, tried = 0;
    const json_t *t;

    (void)state;
    json_array_foreach(vec_tests(file), i, t)
    {
        size_t enc_len, aad_len, ct_len;
        uint8_t *enc = vec_bytes(t, "enc", &enc_len);
        uint8_t *aad = vec_bytes(t, "aad", &aad_len);
        uint8_t *ct = vec_bytes(t, "ct", &ct_len);
        uint8_t *out = malloc(ct_len + 1);
        struct hpke_text text = {aad, aad_len, ct, ct_len};
        struct hpke_ctx ctx;
        struct sample s;

        assert_non_null(out);
        info_load(&s, t);
        if (enc_len == hpke_enc_len(s.info.kem)) {
            tried++;
            if (hpke_setup_r(&ctx, &s.info, enc, s.sk) == RC_OK) {
                assert_int_not_equal(hpke_open(&ctx, out, &text), RC_OK);
                assert_true(ctx.seq == 0);
            } else {
                assert_true(sodium_is_zero((uint8_t *)&ctx, sizeof ctx));
            }
        }
        sample_free(&s);
        free(enc);
        free(aad);
        free(ct);
        free(out);
    }
    assert_int_equal(tried, 23); /* two have an enc of another length */
    json_decref(file);
}

static void
rfc_9180(void **state)
{
    (void)state;
    check_file(
        "official/hpke/rfc9180_x25519_hkdf_sha256_chacha20poly1305.json");
}

static void
rfc_9180_edge_cases(void **state)
{
    (void)state;
    check_file("official/hpke/x25519_edge_derived.json");
}

static void
xwing_base(void **state)
{
    (void)state;
    check_file("official/hpke/hpke_pq_xwing_hkdf_sha256_chacha20poly1305.json");
}

static void
xwing_psk(void **state)
{
    (void)state;
    check_file("official/hpke/xwing_psk_derived.json");
}

/* A pair of contexts that fit, for either KEM. */
static void
pair(struct hpke_ctx *tx, struct hpke_ctx *rx, enum hpke_kem kem)
{
    struct hpke_info info = {
        .kem = kem, .info = (const uint8_t *)INFO, .info_len = sizeof INFO - 1};
    uint8_t sk[32], eseed[64], pk[KEY_MAX], enc[HPKE_ENC_MAX];

    vec_seed(sk, sizeof sk, "hpke sk");
    vec_seed(eseed, sizeof eseed, "hpke eseed");
    if (kem == HPKE_XWING) {
        assert_int_equal(xwing_public(pk, sk), RC_OK);
    } else {
        assert_int_equal(crypto_scalarmult_base(pk, sk), 0);
    }
    assert_int_equal(hpke_setup_s(tx, enc, &info, pk, eseed), RC_OK);
    assert_int_equal(hpke_setup_r(rx, &info, enc, sk), RC_OK);
    assert_memory_equal(tx, rx, sizeof *tx);
}

static void
a_known_own_key_changes_nothing(void **state)
{
    uint8_t sk[32], eseed[32], pk[32], enc[32];
    struct hpke_info info = {.kem = HPKE_X25519, .own_pk = pk};
    struct hpke_ctx tx, rx;

    (void)state;
    vec_seed(sk, sizeof sk, "hpke sk");
    vec_seed(eseed, sizeof eseed, "hpke eseed");
    assert_int_equal(crypto_scalarmult_base(pk, sk), 0);
    assert_int_equal(hpke_setup_s(&tx, enc, &info, pk, eseed), RC_OK);
    assert_int_equal(hpke_setup_r(&rx, &info, enc, sk), RC_OK);
    assert_memory_equal(&tx, &rx, sizeof tx);
    pk[0] ^= 1;
    assert_int_equal(hpke_setup_r(&rx, &info, enc, sk), RC_OK);
    assert_memory_not_equal(tx.key, rx.key, sizeof tx.key);
}

static void
psk_and_its_id_come_together(void **state)
{
    const uint8_t some[32] = {1};
    struct hpke_info wrong[] = {
        {.kem = HPKE_X25519, .psk = some, .psk_len = 32},
        {.kem = HPKE_X25519, .psk_id = some, .psk_id_len = 32},
        {.kem = HPKE_X25519, .psk = some, .psk_id = some, .psk_id_len = 32},
        {.kem = HPKE_X25519, .psk = some, .psk_len = 32, .psk_id = some},
    };
    uint8_t sk[32], pk[32], enc[32];
    struct hpke_ctx ctx;

    (void)state;
    vec_seed(sk, sizeof sk, "hpke sk");
    assert_int_equal(crypto_scalarmult_base(pk, sk), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(&ctx, 0xa5, sizeof ctx);
        assert_int_equal(hpke_setup_s(&ctx, enc, &wrong[i], pk, sk), RC_FORMAT);
        assert_true(sodium_is_zero((uint8_t *)&ctx, sizeof ctx));
        assert_true(sodium_is_zero(enc, sizeof enc));
        memset(&ctx, 0xa5, sizeof ctx);
        assert_int_equal(hpke_setup_r(&ctx, &wrong[i], pk, sk), RC_FORMAT);
        assert_true(sodium_is_zero((uint8_t *)&ctx, sizeof ctx));
    }
}

static void
keys_that_cannot_be_are_refused(void **state)
{
    struct hpke_info info = {.kem = HPKE_X25519};
    uint8_t sk[32], eseed[64], pk[KEY_MAX], enc[HPKE_ENC_MAX];
    struct hpke_ctx ctx;

    (void)state;
    vec_seed(sk, sizeof sk, "hpke sk");
    vec_seed(eseed, sizeof eseed, "hpke eseed");
    memset(pk, 0, sizeof pk);
    assert_int_equal(hpke_setup_s(&ctx, enc, &info, pk, eseed), RC_FORGED);
    assert_true(sodium_is_zero(enc, 32));
    info.kem = HPKE_XWING;
    assert_int_equal(hpke_setup_s(&ctx, enc, &info, pk, eseed), RC_FORGED);
    assert_int_equal(xwing_public(pk, sk), RC_OK);
    pk[0] = 0xff;
    pk[1] |= 0x0f;
    assert_int_equal(hpke_setup_s(&ctx, enc, &info, pk, eseed), RC_FORMAT);
    assert_true(sodium_is_zero((uint8_t *)&ctx, sizeof ctx));
    assert_true(sodium_is_zero(enc, sizeof enc));
}

static void
each_flipped_bit_and_each_prefix_is_refused(void **state)
{
    const uint8_t pt[] = "twelve hours", aad[] = "shift";
    uint8_t ct[sizeof pt + HPKE_TAG_LEN], out[sizeof ct];
    struct hpke_text seal = {aad, sizeof aad, pt, sizeof pt};
    struct hpke_text open = {aad, sizeof aad, ct, sizeof ct};
    struct hpke_ctx tx, rx;

    (void)state;
    pair(&tx, &rx, HPKE_X25519);
    assert_int_equal(hpke_seal(&tx, ct, &seal), RC_OK);
    for (size_t n = 0; n < sizeof ct; n++) {
        open.in_len = n;
        assert_int_equal(hpke_open(&rx, out, &open),
                         n < HPKE_TAG_LEN ? RC_TRUNCATED : RC_FORGED);
    }
    open.in_len = sizeof ct;
    for (size_t bit = 0; bit < 8 * sizeof ct; bit++) {
        ct[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(out, 0xa5, sizeof out);
        assert_int_equal(hpke_open(&rx, out, &open), RC_FORGED);
        assert_true(sodium_is_zero(out, sizeof pt));
        ct[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    open.aad_len--;
    assert_int_equal(hpke_open(&rx, out, &open), RC_FORGED);
    open.aad_len++;
    assert_true(rx.seq == 0);
    assert_int_equal(hpke_open(&rx, out, &open), RC_OK);
    assert_memory_equal(out, pt, sizeof pt);
    assert_true(rx.seq == 1);
    assert_int_equal(hpke_open(&rx, out, &open), RC_FORGED); /* replayed */
}

static void
messages_are_numbered(void **state)
{
    const enum hpke_kem kems[] = {HPKE_X25519, HPKE_XWING};
    const uint8_t pt[3] = {1, 2, 3};
    uint8_t ct[sizeof pt + HPKE_TAG_LEN], out[sizeof pt];
    struct hpke_text seal = {NULL, 0, pt, sizeof pt};
    struct hpke_text open = {NULL, 0, ct, sizeof ct};
    struct hpke_ctx tx, rx;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        pair(&tx, &rx, kems[k]);
        for (int i = 0; i < 300; i++) {
            assert_int_equal(hpke_seal(&tx, ct, &seal), RC_OK);
            assert_int_equal(hpke_open(&rx, out, &open), RC_OK);
            assert_memory_equal(out, pt, sizeof pt);
        }
        tx.seq = rx.seq = UINT64_MAX;
        assert_int_equal(hpke_seal(&tx, ct, &seal), RC_FULL);
        assert_int_equal(hpke_open(&rx, out, &open), RC_FULL);
    }
}

static void
exports_are_bounded(void **state)
{
    static uint8_t out[255 * 32 + 1];
    struct hpke_ctx tx, rx;

    (void)state;
    pair(&tx, &rx, HPKE_X25519);
    assert_int_equal(hpke_export(&tx, out, sizeof out, NULL, 0), RC_FULL);
    assert_int_equal(hpke_export(&tx, out, sizeof out - 1, NULL, 0), RC_OK);
    assert_false(sodium_is_zero(out + sizeof out - 33, 32));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_wrong_thing_never_opens),
        cmocka_unit_test(psk_and_its_id_come_together),
        cmocka_unit_test(keys_that_cannot_be_are_refused),
        cmocka_unit_test(each_flipped_bit_and_each_prefix_is_refused),
        cmocka_unit_test(exports_are_bounded),
        cmocka_unit_test(a_known_own_key_changes_nothing),
        cmocka_unit_test(messages_are_numbered),
        cmocka_unit_test(rfc_9180),
        cmocka_unit_test(rfc_9180_edge_cases),
        cmocka_unit_test(xwing_base),
        cmocka_unit_test(xwing_psk),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
