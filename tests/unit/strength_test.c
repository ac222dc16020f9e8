/* SPDX-License-Identifier: ISC */
/* What people take for pass phrases is refused, for the right reason; what dice
 * have drawn is not. */
#include "strength.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "bip39_english.h"

static const char *const own[] = {"Garment Workers' Union", NULL};

static struct strength
of(const char *pass)
{
    struct strength s;

    assert_int_equal(strength_of(&s, pass, strlen(pass), own), RC_OK);
    return s;
}

static void
what_people_choose_is_weak(void **state)
{
    static const struct {
        const char *pass;
        enum strength_part weak;
    } cases[] = {
        {"", STRENGTH_CHARACTERS},
        {"x7Kq9z", STRENGTH_CHARACTERS},
        {"lamp", STRENGTH_WORD},
        {"glide onion tractor", STRENGTH_WORD},
        {"password", STRENGTH_COMMON},
        {"P@ssw0rd", STRENGTH_COMMON},
        {"drowssap", STRENGTH_COMMON},
        {"correct horse battery staple", STRENGTH_COMMON},
        {"correcthorsebatterystaple", STRENGTH_COMMON},
        {"kamranali1987 dhaka", STRENGTH_UNKNOWN},
        {"KamranAli 1987 Dhaka!", STRENGTH_NAME},
        {"Fatima@2001 chittagong", STRENGTH_NAME},
        {"mohammad1990!", STRENGTH_NAME},
        {"nomvula durban 1984", STRENGTH_UNKNOWN},
        {"abebech hawassa 12.03.1994", STRENGTH_YEAR},
        {"GarmentWorkersUnion2024", STRENGTH_OWN},
        {"garment workers' union dhaka", STRENGTH_OWN},
        {"19871231 19900101", STRENGTH_YEAR},
        {"abcdefghijklmnopqrstuvwxyz0123456789", STRENGTH_SEQUENCE},
        {"987654321987654321", STRENGTH_SEQUENCE},
        {"qwertyuiopasdfghjklzxcvbnm", STRENGTH_SEQUENCE},
        {"1qaz2wsx3edc4rfv5tgb", STRENGTH_SEQUENCE},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", STRENGTH_REPEATED},
        {"xk7!xk7!xk7!xk7!xk7!xk7!xk7!", STRENGTH_REPEATED},
        {"\xe0\xa6\xa2\xe0\xa6\xbe\xe0\xa6\x95\xe0\xa6\xbe 1971",
         STRENGTH_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strength s = of(cases[i].pass);

        if (s.bits >= STRENGTH_MIN || s.weak != cases[i].weak) {
            print_message("%s: %u bits, part %d\n", cases[i].pass, s.bits,
                          (int)s.weak);
        }
        assert_true(s.bits < STRENGTH_MIN);
        assert_int_equal(s.weak, cases[i].weak);
        assert_int_equal(strength_demand(cases[i].pass, strlen(cases[i].pass),
                                         own),
                         RC_FORMAT);
    }
}

static void
what_is_drawn_is_strong(void **state)
{
    static const char *const cases[] = {
        "glide-onion-tractor-velvet-monsoon",
        "seven lamps over quiet canals",
        "x7Kq9zPw2mRt5vLs",
        "4f1b9c2e7a6d3058b1c7e94f",
        "\xff\xfe\x80 not even utf-8 but long enough \xc3",
    };
    static char long_one[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(of(cases[i]).bits >= STRENGTH_MIN);
        assert_int_equal(strength_demand(cases[i], strlen(cases[i]), own),
                         RC_OK);
    }
    for (size_t i = 0; i < sizeof long_one - 1; i++) { /* as long as may be */
        long_one[i] = (char)('a' + randombytes_uniform(26));
    }
    assert_true(of(long_one).bits > 1000);
}

/* As the advice says: six words by lot, whichever they are. */
static void
six_words_by_lot_are_always_enough(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        char pass[6 * (BIP39_WORD_MAX + 1) + 1] = "";

        for (int k = 0; k < 6; k++) {
            (void)strcat(pass, k > 0 ? " " : "");
            (void)strcat(pass,
                         bip39_english[randombytes_uniform(BIP39_WORDS)]);
        }
        if (of(pass).bits < STRENGTH_MIN) {
            fail_msg("%s: %u bits", pass, of(pass).bits);
        }
    }
}

/* A name makes no difference to those who do not have it. */
static void
only_ones_own_name_is_cheap(void **state)
{
    const char *pass = "Zimbelwerk Quartett";
    const char *const zimbel[] = {"Zimbelwerk Quartett e. V.", NULL};
    struct strength with, without;

    (void)state;
    assert_int_equal(strength_of(&with, pass, strlen(pass), zimbel), RC_OK);
    assert_int_equal(strength_of(&without, pass, strlen(pass), NULL), RC_OK);
    assert_true(with.bits < 12 && without.bits > with.bits + 10);
    assert_int_equal(with.weak, STRENGTH_OWN);
}

/* What tocsin-desk(1) has in the place of words: 16 are refused now and then. */
static void
mixed_characters_by_lot_are_enough(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        char pass[18 + 1] = "";

        for (size_t k = 0; k < sizeof pass - 1; k++) {
            pass[k] = (char)('!' + randombytes_uniform('~' - '!' + 1));
        }
        if (of(pass).bits < STRENGTH_MIN) {
            fail_msg("%s: %u bits", pass, of(pass).bits);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_choose_is_weak),
        cmocka_unit_test(what_is_drawn_is_strong),
        cmocka_unit_test(mixed_characters_by_lot_are_enough),
        cmocka_unit_test(six_words_by_lot_are_always_enough),
        cmocka_unit_test(only_ones_own_name_is_cheap),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
