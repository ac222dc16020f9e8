/* SPDX-License-Identifier: ISC */
/* Effort of a RING, PROTOCOL.md section 3. */
#include "effort.h"
#include "vec.h"

#include <sodium.h>

#include <string.h>

static void
put(const uint8_t relay[static 32], const uint8_t directory[static 32],
    const uint8_t cell[static CELL_LEN], const uint8_t entry[static 16])
{
    uint8_t c[32], h[32], zeroed[CELL_LEN];

    effort_challenge(c, relay, directory);
    memcpy(zeroed, cell, CELL_LEN);
    memset(zeroed + CELL_NONCE_OFFSET, 0, CELL_NONCE_LEN);
    blake2b_256(h, zeroed, CELL_LEN);
    vec_open();
    vec_put_hex("relay id", relay, 32);
    vec_put_hex("directory hash", directory, 32);
    vec_put_hex("c", c, 32);
    vec_put_hex("entry", entry, 16);
    vec_put_hex("cell hash", h, 32);
    vec_put_hex("nonce", cell + CELL_NONCE_OFFSET, CELL_NONCE_LEN);
    vec_put_number("effort", effort_of(cell, c));
    vec_close();
}

int
main(void)
{
    uint8_t relay[32], directory[32], entry[16], c[32], cell[CELL_LEN];
    struct cell_request q = {.op = CELL_RING, .data = entry, .data_len = 16};

    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(relay, sizeof relay, "effort relay");
    vec_seed(directory, sizeof directory, "effort directory");
    vec_seed(entry, sizeof entry, "effort entry");
    effort_challenge(c, relay, directory);
    if (cell_request_write(cell, &q) != RC_OK) {
        return 1;
    }
    vec_begin(stdout, "a RING of entry on board 0 with that nonce; cell hash: "
                      "BLAKE2b-256 of the cell with its nonce zero");
    put(relay, directory, cell, entry);
    for (unsigned want = 1; want <= EFFORT_MAX; want++) {
        uint64_t start = (uint64_t)want << 56;

        if (effort_solve(cell, c, want, &start, UINT64_MAX) != RC_OK) {
            return 1;
        }
        put(relay, directory, cell, entry);
    }
    vec_end();
    return 0;
}
