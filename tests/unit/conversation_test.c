/* SPDX-License-Identifier: ISC */
#include "conversation.h"
#include "vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

/* KDF as the protocol writes it, with nothing of the project's. */
static void
by_hand(uint8_t out[static 32], const uint8_t *key, size_t key_len,
        const char *label, const uint8_t *data, size_t len)
{
    uint8_t in[128];
    size_t n = strlen(label);

    in[0] = (uint8_t)n;
    memcpy(in + 1, label, n);
    memcpy(in + 1 + n, data, len);
    assert_int_equal(
        crypto_generichash(out, 32, in, 1 + n + len, key, key_len), 0);
}

static void
formulas_are_the_protocols(void **state)
{
    uint8_t code[16], org[32], seed[32], root[32], id[32], r[32], R[32];
    uint8_t want[32];

    (void)state;
    vec_seed(code, sizeof code, "conversation code");
    vec_seed(org, sizeof org, "conversation org");
    conversation_seed(seed, code);
    by_hand(want, code, 16, "tocsin/1 seed", org, 0);
    assert_memory_equal(seed, want, 32);
    conversation_root(root, seed, org);
    by_hand(want, seed, 32, "tocsin/1 conversation", org, 32);
    assert_memory_equal(root, want, 32);
    conversation_id(id, root);
    by_hand(want, root, 32, "tocsin/1 conversation id", org, 0);
    assert_memory_equal(id, want, 32);
    assert_int_equal(conversation_reply_key(r, R, seed, org), RC_OK);
    by_hand(want, seed, 32, "tocsin/1 reply key", org, 32);
    assert_memory_equal(r, want, 32);
    assert_int_equal(crypto_scalarmult_base(want, r), 0);
    assert_memory_equal(R, want, 32);
}

/* No two organisations, and no two codes, have anything in common. */
static void
organisations_and_codes_share_nothing(void **state)
{
    uint8_t code[16], org[32], seed[32], other_seed[32];
    uint8_t a[3][32], b[3][32];

    (void)state;
    vec_seed(code, sizeof code, "conversation code");
    vec_seed(org, sizeof org, "conversation org");
    conversation_seed(seed, code);
    code[15] ^= 1;
    conversation_seed(other_seed, code);
    assert_memory_not_equal(seed, other_seed, 32);
    conversation_root(a[0], seed, org);
    assert_int_equal(conversation_reply_key(a[1], a[2], seed, org), RC_OK);
    org[31] ^= 1;
    conversation_root(b[0], seed, org);
    assert_int_equal(conversation_reply_key(b[1], b[2], seed, org), RC_OK);
    for (int i = 0; i < 3; i++) {
        assert_memory_not_equal(a[i], b[i], 32);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_are_the_protocols),
        cmocka_unit_test(organisations_and_codes_share_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
