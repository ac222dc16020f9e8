/* SPDX-License-Identifier: ISC */
#include "listener.h"

#include <string.h>

#include "reader.h"
#include "text.h"

#define STATE_LISTEN 0x0a

/* How well a socket fits an address; the best take the connections. */
enum {
    NOT,
    ANY_V6, /* at every address of IPv6, which may take IPv4, too */
    ANY,
    EXACT
};

static bool
is_next(const struct reader *r, char from, char to)
{
    return r->left > 0 && *r->p >= (uint8_t)from && *r->p <= (uint8_t)to;
}

static void
spaces(struct reader *r)
{
    text_word(r, " ");
    while (text_is(r, " ")) {
        text_word(r, " ");
    }
}

/* Upper-case hex, exactly so many digits, or with width 0 one to 16. */
static uint64_t
hex(struct reader *r, unsigned width)
{
    uint64_t v = 0;
    unsigned n = 0;

    while (n < (width > 0 ? width : 16) &&
           (is_next(r, '0', '9') || is_next(r, 'A', 'F'))) {
        uint8_t c = rd_u8(r);

        v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'A' + 10);
        n++;
    }
    rd_require(r, n > 0 && (width == 0 || n == width));
    return v;
}

/* A decimal number that fits, without leading zeros. */
static uint64_t
decimal(struct reader *r, uint64_t most)
{
    uint64_t v = 0;
    unsigned n = 0;

    while (is_next(r, '0', '9') && (n == 0 || v > 0)) {
        uint64_t digit = (uint64_t)(rd_u8(r) - '0');

        if (digit > most || v > (most - digit) / 10) {
            rd_require(r, false);
            return 0;
        }
        v = 10 * v + digit;
        n++;
    }
    rd_require(r, n > 0);
    return v;
}

/* "0100007F:235A"; four words in IPv6. */
static void
address(struct reader *r, struct listener_addr *out, bool v6)
{
    memset(out, 0, sizeof *out);
    out->v6 = v6;
    for (size_t i = 0; i < (v6 ? 4u : 1u); i++) {
        uint32_t word = (uint32_t)hex(r, 8);

        memcpy(out->ip + 4 * i, &word, sizeof word);
    }
    text_word(r, ":");
    out->port = (uint16_t)hex(r, 4);
}

/* One socket: where it is bound, its state and its user. */
static void
row(struct reader *r, struct listener_addr *local, unsigned *state,
    uint32_t *uid, bool v6)
{
    struct listener_addr remote;

    spaces(r);
    (void)decimal(r, UINT32_MAX); /* the number of the row */
    text_word(r, ":");
    spaces(r);
    address(r, local, v6);
    spaces(r);
    address(r, &remote, v6);
    spaces(r);
    *state = (unsigned)hex(r, 2);
    spaces(r);
    (void)hex(r, 8); /* queues */
    text_word(r, ":");
    (void)hex(r, 8);
    spaces(r);
    (void)hex(r, 2); /* a timer, and when it ends */
    text_word(r, ":");
    (void)hex(r, 0);
    spaces(r);
    (void)hex(r, 8); /* retransmissions */
    spaces(r);
    *uid = (uint32_t)decimal(r, UINT32_MAX);
    spaces(r);
    (void)decimal(r, UINT32_MAX); /* probes */
    spaces(r);
    (void)decimal(r, UINT64_MAX);  /* the inode */
    while (is_next(r, ' ', '~')) { /* what differs from kernel to kernel */
        (void)rd_u8(r);
    }
    text_word(r, "\n");
}

static unsigned
fits(const struct listener_addr *at, const struct listener_addr *to)
{
    static const uint8_t any[16] = {0};
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    size_t n = to->v6 ? 16 : 4;

    if (at->port != to->port) {
        return NOT;
    }
    if (at->v6 == to->v6) {
        return memcmp(at->ip, to->ip, n) == 0 ? EXACT
               : memcmp(at->ip, any, n) == 0  ? ANY
                                              : NOT;
    }
    if (!at->v6) {
        return NOT; /* IPv4 takes no connections of IPv6 */
    }
    if (memcmp(at->ip, mapped, sizeof mapped) == 0) {
        return memcmp(at->ip + 12, to->ip, 4) == 0 ? EXACT
               : memcmp(at->ip + 12, any, 4) == 0  ? ANY
                                                   : NOT;
    }
    return memcmp(at->ip, any, sizeof any) == 0 ? ANY_V6 : NOT;
}

static enum rc
note_owner(struct listener_owners *o, unsigned how, uint32_t uid)
{
    if (how > o->how) {
        o->how = how;
        o->n = 0;
    }
    if (how == NOT || how < o->how) {
        return RC_OK;
    }
    for (size_t i = 0; i < o->n; i++) {
        if (o->uid[i] == uid) {
            return RC_OK;
        }
    }
    if (o->n == LISTENER_OWNERS_MAX) {
        return RC_FULL;
    }
    o->uid[o->n++] = uid;
    return RC_OK;
}

enum rc
listener_add(struct listener_owners *owners, const struct listener_addr *addr,
             bool v6, const char *table, size_t len)
{
    const char *end = len > 0 ? memchr(table, '\n', len) : NULL;
    enum rc rc = RC_OK;
    struct reader r;

    rd_init(&r, (const uint8_t *)table, len);
    text_word(&r, "  sl  local_address ");
    if (r.rc != RC_OK || end == NULL) {
        return RC_FORMAT;
    }
    (void)rd_bytes(&r, (size_t)(end + 1 - (const char *)r.p));
    while (rc == RC_OK && r.left > 0) {
        struct listener_addr local;
        unsigned state;
        uint32_t uid;

        row(&r, &local, &state, &uid, v6);
        if (r.rc == RC_OK && state == STATE_LISTEN) {
            rc = note_owner(owners, fits(&local, addr), uid);
        }
    }
    if (rc == RC_OK && rd_end(&r) != RC_OK) {
        rc = RC_FORMAT;
    }
    return rc;
}
