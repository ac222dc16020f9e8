/* SPDX-License-Identifier: ISC */
/* Whose sockets listen at an address, by the tables of Linux. */
#include "listener.h"

#include "file.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define TCP "/proc/net/tcp" /* lint: because we look for our own port */

#define HEAD                                                                   \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "      \
    "retrnsmt   uid  timeout inode                                       \n"
#define HEAD6                                                                  \
    "  sl  local_address                         remote_address            "   \
    "            st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "    \
    "inode\n"
/* A row of a machine whose words begin with the low byte. */
#define ROW(at, state, uid)                                                    \
    "   0: " at " 00000000:0000 " state                                        \
    " 00000000:00000000 00:00000000 00000000 " uid                             \
    "        0 20321 1 0000000000000000 100 0 0 10 0\n"
#define ROW6(at, state, uid)                                                   \
    "   0: " at " 00000000000000000000000000000000:0000 " state                \
    " 00000000:00000000 00:00000000 00000000 " uid " 0 7 1 0 100 0 0 10 0\n"
#define NONE   "00000000000000000000000000000000"
#define MAPPED "0000000000000000FFFF00000100007F"

static const struct listener_addr local = {.ip = {127, 0, 0, 1}, .port = 9050};
static const struct listener_addr local6 = {
    .v6 = true, .ip = {[15] = 1}, .port = 9050};

static bool
is_little(void)
{
    const uint16_t one = 1;

    return *(const uint8_t *)&one == 1;
}

static enum rc
add(struct listener_owners *o, const struct listener_addr *a, bool v6,
    const char *table)
{
    size_t len = strlen(table);
    char *copy = malloc(len > 0 ? len : 1);
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, table, len);
    rc = listener_add(o, a, v6, copy, len);
    free(copy);
    return rc;
}

/* Whose it is; -1 nobody's, -2 several people's. */
static long
owner(const struct listener_addr *a, const char *v4, const char *v6)
{
    struct listener_owners o = {0};

    assert_int_equal(add(&o, a, false, v4), RC_OK);
    assert_int_equal(add(&o, a, true, v6), RC_OK);
    return o.n == 0 ? -1 : o.n > 1 ? -2 : (long)o.uid[0];
}

static void
other_tables_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "\n",
        HEAD "x",
        HEAD "\n",
        " sl  local_address \n",
        "  sl  local_address",
        HEAD "   0: 0100007F:235A 00000000:0000 0A\n",
        HEAD ROW("0100007f:235A", "0A", "109"),
        HEAD ROW("0100007F:235", "0A", "109"),
        HEAD ROW("0100007F:235A0", "0A", "109"),
        HEAD ROW("00100007F:235A", "0A", "109"),
        HEAD ROW("0100007F:235A", "A", "109"),
        HEAD ROW("0100007F:235A", "0A0", "109"),
        HEAD ROW("0100007F:235A", "0A", "4294967296"),
        HEAD ROW("0100007F:235A", "0A", "-1"),
        HEAD ROW("0100007F:235A", "0A", "x"),
        HEAD ROW("0100007F:235A", "0A", "0109"),
        HEAD ROW("0100007F:235A", "0A", "1\t"),
        HEAD ROW("0100007F:235A", "0A", "109") "x\n",
        HEAD ROW6(MAPPED ":235A", "0A", "109"),
    };
    static const char whole[] = HEAD ROW("0100007F:235A", "0A", "109");
    struct listener_owners o;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(&o, 0, sizeof o);
        if (add(&o, &local, false, bad[i]) != RC_FORMAT) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    memset(&o, 0, sizeof o);
    assert_int_equal(add(&o, &local, true, whole), RC_FORMAT);
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        memset(&o, 0, sizeof o);
        assert_int_equal(listener_add(&o, &local, false, whole, n),
                         n == sizeof HEAD - 1 ? RC_OK : RC_FORMAT);
    }
}

static void
the_best_fit_counts(void **state)
{
    (void)state;
    if (!is_little()) {
        fail_msg("these tables are of a machine with the low byte first");
    }
    assert_int_equal(owner(&local, HEAD, HEAD6), -1);
    assert_int_equal(
        owner(&local, HEAD ROW("0100007F:235A", "0A", "109"), HEAD6), 109);
    /* Connections to it and other ports are none. */
    assert_int_equal(owner(&local,
                           HEAD ROW("0100007F:235A", "01", "5")
                               ROW("0100007F:235B", "0A", "6")
                                   ROW("0200007F:235A", "0A", "7"),
                           HEAD6),
                     -1);
    assert_int_equal(owner(&local, HEAD ROW("00000000:235A", "0A", "8"), HEAD6),
                     8);
    assert_int_equal(owner(&local, HEAD, HEAD6 ROW6(NONE ":235A", "0A", "9")),
                     9);
    assert_int_equal(
        owner(&local, HEAD, HEAD6 ROW6(MAPPED ":235A", "0A", "10")), 10);
    assert_int_equal(owner(&local,
                           HEAD ROW("00000000:235A", "0A", "8")
                               ROW("0100007F:235A", "0A", "109"),
                           HEAD6 ROW6(NONE ":235A", "0A", "9")),
                     109);
    assert_int_equal(owner(&local, HEAD ROW("00000000:235A", "0A", "8"),
                           HEAD6 ROW6(NONE ":235A", "0A", "9")),
                     8);
    /* Two that fit alike: both are named. */
    assert_int_equal(owner(&local,
                           HEAD ROW("0100007F:235A", "0A", "109")
                               ROW("0100007F:235A", "0A", "1000"),
                           HEAD6),
                     -2);
    assert_int_equal(owner(&local,
                           HEAD ROW("0100007F:235A", "0A", "109")
                               ROW("0100007F:235A", "0A", "109"),
                           HEAD6),
                     109);
    assert_int_equal(
        owner(&local6, HEAD ROW("00000000:235A", "0A", "8"),
              HEAD6 ROW6("00000000000000000000000001000000:235A", "0A", "3")),
        3);
    assert_int_equal(
        owner(&local6, HEAD ROW("0100007F:235A", "0A", "8"), HEAD6), -1);
    assert_int_equal(
        owner(&local, HEAD ROW("0100007F:235A", "0A", "4294967295"), HEAD6),
        4294967295);
}

static void
too_many_owners(void **state)
{
    char table[4096] = HEAD, row[256];
    struct listener_owners o = {0};

    (void)state;
    for (unsigned i = 0; i <= LISTENER_OWNERS_MAX; i++) {
        memset(&o, 0, sizeof o);
        assert_int_equal(add(&o, &local, false, table), RC_OK);
        assert_int_equal(o.n, i);
        (void)snprintf(row, sizeof row,
                       "   0: 0100007F:235A 00000000:0000 0A 00000000:00000000 "
                       "00:00000000 00000000 %u 0 1\n",
                       i);
        strcat(table, row);
    }
    memset(&o, 0, sizeof o);
    assert_int_equal(add(&o, &local, false, table), RC_FULL);
}

/* What this Linux says of a socket of ours, at one address and at all. */
static void
this_machine_is_read(void **state)
{
    static const char *const at[] = {"127.0.0.1", "0.0.0.0"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET};
        struct listener_addr addr = {.ip = {127, 0, 0, 1}};
        struct listener_owners o = {0};
        socklen_t len = sizeof a;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        uint8_t *table;
        size_t n;

        assert_int_equal(inet_pton(AF_INET, at[i], &a.sin_addr), 1);
        assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
        assert_int_equal(listen(fd, 1), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
        addr.port = ntohs(a.sin_port);
        assert_int_equal(file_read(&table, &n, TCP, 1 << 24), RC_OK);
        assert_int_equal(listener_add(&o, &addr, false, (const char *)table, n),
                         RC_OK);
        free(table);
        assert_int_equal(o.n, 1);
        assert_int_equal(o.uid[0], geteuid());
        assert_int_equal(close(fd), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_tables_are_refused),
        cmocka_unit_test(the_best_fit_counts),
        cmocka_unit_test(too_many_owners),
        cmocka_unit_test(this_machine_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
