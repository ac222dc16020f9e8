/* SPDX-License-Identifier: ISC */
/* Effort of a cell, and what it is about, PROTOCOL.md section 3. */
#include "effort.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define HOUR ((int64_t)498700 * EFFORT_HOUR)

static const struct board answers = {0, 16, 600, 2, 64, 2};
static uint8_t relay[32], pk[32], sk[64];

static void
put(const uint8_t h[static 32], uint8_t board,
    const uint8_t cell[static CELL_LEN], const uint8_t *data, size_t len)
{
    uint8_t c[32], hash[32], zeroed[CELL_LEN];

    effort_challenge(c, relay, board, h);
    memcpy(zeroed, cell, CELL_LEN);
    memset(zeroed + CELL_NONCE_OFFSET, 0, CELL_NONCE_LEN);
    blake2b_256(hash, zeroed, CELL_LEN);
    vec_open();
    vec_put_string("kind", "cell");
    vec_put_hex("R", relay, 32);
    vec_put_number("board", board);
    vec_put_hex("h", h, 32);
    vec_put_hex("c", c, 32);
    vec_put_hex(len == ENTRY_ANSWER_LEN ? "entry" : "box", data, len);
    vec_put_hex("cell hash", hash, 32);
    vec_put_hex("nonce", cell + CELL_NONCE_OFFSET, CELL_NONCE_LEN);
    vec_put_number("effort", effort_of(cell, c));
    vec_close();
}

static void
cells(void)
{
    static const uint8_t none[32];
    uint8_t h[32], entry[16], address[32], burn[32], c[32], cell[CELL_LEN];
    static uint8_t box[CELL_BOX_LEN];
    const struct cell_request ring = {
        .op = CELL_RING, .data = entry, .data_len = sizeof entry};
    const struct cell_request drop = {.op = CELL_PUT,
                                      .address = address,
                                      .burn = burn,
                                      .data = box,
                                      .data_len = sizeof box};

    vec_seed(h, sizeof h, "effort h");
    vec_seed(entry, sizeof entry, "effort entry");
    memset(address, 1, sizeof address);
    memset(burn, 2, sizeof burn);
    effort_challenge(c, relay, 0, h);
    vec_must(cell_request_write(cell, &ring));
    put(h, 0, cell, entry, sizeof entry);
    put(none, 0, cell, entry, sizeof entry);
    for (unsigned want = 1; want <= EFFORT_MAX; want++) {
        /* One begins just before numbers begin anew. */
        uint64_t start = want == 3 ? UINT64_MAX : (uint64_t)want << 56;

        vec_must(effort_solve(cell, c, want, &start, UINT64_MAX));
        put(h, 0, cell, entry, sizeof entry);
    }
    vec_must(cell_request_write(cell, &drop));
    put(h, 1, cell, box, sizeof box);
}

static void
put_hour(const struct board *b, int64_t now)
{
    vec_open();
    vec_put_string("kind", "hour");
    vec_put_number("tick", b->tick);
    vec_put_number("now", now);
    vec_put_number("s", effort_hour(b, now));
    vec_close();
}

static void
hours(void)
{
    static const uint16_t ticks[] = {1, 30, 600, 3600};

    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        const struct board b = {1, 4096, ticks[i], 2, 32, 2};

        put_hour(&b, HOUR + ticks[i] + EFFORT_AFTER - 1);
        put_hour(&b, HOUR + ticks[i] + EFFORT_AFTER);
        put_hour(&b, HOUR);
    }
}

/* A page after `before` (NULL: the first), at out. Returns its length. */
static size_t
page_make(uint8_t *out, uint64_t number, const struct page_link *before,
          struct page_link *link)
{
    uint8_t entries[2 * ENTRY_ANSWER_LEN];
    struct page p = {.board = 0,
                     .tick = answers.tick,
                     .slots = 2,
                     .number = number,
                     .entries = entries};
    const size_t len = page_len(&answers, 2);
    char label[32];

    (void)snprintf(label, sizeof label, "effort page %u", (unsigned)number);
    vec_seed(entries, sizeof entries, label);
    if (before != NULL) {
        p.previous = before->number;
        memcpy(p.previous_hash, before->hash, sizeof p.previous_hash);
    }
    vec_must(page_write(out, &answers, &p, sk));
    link->number = number;
    page_hash(link->hash, out, len);
    return len;
}

/* result: "valid", "none", "refused". */
static void
put_file(const char *comment, const uint8_t *file, size_t len,
         const char *result)
{
    uint8_t h[32];
    enum rc rc = effort_page_hash(h, &answers, pk, HOUR, file, len);

    vec_must((rc == RC_OK) == (strcmp(result, "valid") == 0) &&
                     (rc == RC_MISSING) == (strcmp(result, "none") == 0)
                 ? RC_OK
                 : RC_FORMAT);
    vec_open();
    vec_put_string("kind", "file");
    vec_put_string("result", result);
    vec_put_string("comment", comment);
    vec_put_number("s", HOUR);
    vec_put_hex("pk", pk, 32);
    vec_put_hex("file", file, len);
    if (rc == RC_OK) {
        vec_put_hex("h", h, 32);
    }
    vec_close();
}

static void
files(void)
{
    const uint64_t at = (uint64_t)HOUR / answers.tick;
    uint8_t file[4096];
    struct page_link a, b, c;
    size_t n, m;

    n = page_make(file, at, NULL, &a);
    put_file("only the page of s", file, n, "none");
    m = page_make(file + n, at + 1, &a, &b);
    put_file("the hour", file, n + m, "valid");
    put_file("the page after s", file + n, m, "valid");
    put_file("nothing", file, 0, "none");
    file[n + m - 1] ^= 1;
    put_file("a bad signature", file + n, m, "refused");
    n = page_make(file, at + 2, &b, &c);
    put_file("not the first page after s", file, n, "refused");
    n = page_make(file, at - 3, NULL, &a);
    n = page_make(file, at + 3, &a, &b);
    put_file("pages left out", file, n, "valid");
    n = page_make(file, at + 3, NULL, &b);
    put_file("the first page of all", file, n, "valid");
}

int
main(void)
{
    uint8_t seed[32];

    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(relay, sizeof relay, "effort relay");
    vec_seed(seed, sizeof seed, "effort page key");
    vec_must(crypto_sign_seed_keypair(pk, sk, seed) == 0 ? RC_OK : RC_FORGED);
    vec_begin(stdout,
              "cell: a RING of entry on board 0, or a PUT of box, address 32 "
              "bytes 01, burn hash 32 bytes 02, with that nonce; cell hash: "
              "BLAKE2b-256 of the cell with its nonce zero. hour: s at now. "
              "file: pages of board 0 (tick 600, 2 to 64 slots), of the relay "
              "with page key pk: what the first page after s says");
    cells();
    hours();
    files();
    vec_end();
    return 0;
}
