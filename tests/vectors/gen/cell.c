/* SPDX-License-Identifier: ISC */
/* Requests and answers of an exchange, PROTOCOL.md section 3. */
#include "cell.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>

static const struct board boards[] = {
    {0, 16, 600, 16, 64, 2},
    {1, 4096, 30, 2, 32, 2},
};
static uint8_t nonce[8], address[32], burn[32], box[CELL_BOX_LEN];
static uint8_t report[ENTRY_REPORT_LEN];

/* Without the zeros at its end. */
static void
put_cell(const char *key, const uint8_t cell[static CELL_LEN])
{
    size_t n = CELL_LEN;

    while (n > 0 && cell[n - 1] == 0) {
        n--;
    }
    vec_put_hex(key, cell, n);
}

static void
put_if(const char *key, const uint8_t *in, size_t n)
{
    if (in != NULL) {
        vec_put_hex(key, in, n);
    }
}

static void
put_request(const struct cell_request *q)
{
    uint8_t cell[CELL_LEN];

    vec_must(cell_request_write(cell, q));
    vec_open();
    vec_put_string("kind", "request");
    vec_put_string("result", "valid");
    vec_put_number("op", q->op);
    if (q->op == CELL_RING) {
        vec_put_number("board", q->board);
    }
    put_if("nonce", q->nonce, 8);
    put_if("address", q->address, 32);
    put_if(q->op == CELL_PUT ? "burn hash" : "burn secret", q->burn, 32);
    put_if(q->op == CELL_PUT    ? "box"
           : q->op == CELL_NOTE ? "note"
                                : "entry",
           q->data, q->data_len);
    put_cell("cell", cell);
    vec_close();
}

/* The request with one byte changed. */
static void
put_malformed(const char *comment, const struct cell_request *q, size_t at,
              uint8_t value)
{
    struct cell_request back;
    uint8_t cell[CELL_LEN];

    vec_must(cell_request_write(cell, q));
    cell[at] = value;
    if (cell_request_parse(&back, cell, boards, 2) == RC_OK) {
        exit(1);
    }
    vec_open();
    vec_put_string("kind", "request");
    vec_put_string("result", "malformed");
    vec_put_string("comment", comment);
    put_cell("cell", cell);
    vec_close();
}

static void
put_answer(enum cell_op op, const struct cell_answer *a)
{
    uint8_t cell[CELL_LEN];
    struct cell_answer back;

    vec_must(cell_answer_write(cell, a));
    vec_must(cell_answer_parse(&back, cell, op));
    vec_open();
    vec_put_string("kind", "answer");
    vec_put_string("result", "valid");
    vec_put_number("op", op);
    vec_put_number("status", a->status);
    vec_put_number("effort", a->effort);
    vec_put_number("expiry day", a->expiry_day);
    vec_put_number("page", (int64_t)a->page);
    put_if("box", a->box, CELL_BOX_LEN);
    put_cell("cell", cell);
    vec_close();
}

static void
put_bad_answer(const char *comment, enum cell_op op,
               const struct cell_answer *a, size_t at, uint8_t value)
{
    uint8_t cell[CELL_LEN];
    struct cell_answer back;

    vec_must(cell_answer_write(cell, a));
    cell[at] = value;
    if (cell_answer_parse(&back, cell, op) == RC_OK) {
        exit(1);
    }
    vec_open();
    vec_put_string("kind", "answer");
    vec_put_string("result", "malformed");
    vec_put_string("comment", comment);
    vec_put_number("op", op);
    put_cell("cell", cell);
    vec_close();
}

static void
requests(void)
{
    static const uint8_t note[] = "tocsin-seen v20778\n";
    const struct cell_request nop = {.op = CELL_NOP};
    const struct cell_request put = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = burn,
                                     .data = box,
                                     .data_len = CELL_BOX_LEN};
    const struct cell_request worked = {.op = CELL_PUT,
                                        .nonce = nonce,
                                        .address = address,
                                        .burn = burn,
                                        .data = box,
                                        .data_len = CELL_BOX_LEN};
    const struct cell_request get = {.op = CELL_GET, .address = address};
    const struct cell_request b = {
        .op = CELL_BURN, .address = address, .burn = burn};
    const struct cell_request clue = {
        .op = CELL_RING, .nonce = nonce, .data = box, .data_len = 16};
    const struct cell_request ring = {.op = CELL_RING,
                                      .board = 1,
                                      .nonce = nonce,
                                      .data = report,
                                      .data_len = sizeof report};
    const struct cell_request n = {
        .op = CELL_NOTE, .data = note, .data_len = sizeof note - 1};

    put_request(&nop);
    put_request(&put);
    put_request(&worked);
    put_request(&get);
    put_request(&b);
    put_request(&clue);
    put_request(&ring);
    put_request(&n);
    put_malformed("version 0", &nop, 0, 0);
    put_malformed("version 2", &nop, 0, 2);
    put_malformed("op 6", &nop, 1, 6);
    put_malformed("a board without RING", &get, 2, 1);
    put_malformed("a board that is not there", &ring, 2, 2);
    put_malformed("an entry longer than its board's", &ring, 2, 0);
    put_malformed("offset 3 not zero", &nop, 3, 1);
    put_malformed("a nonce in a GET", &get, 8, 1);
    put_malformed("an address in a RING", &clue, 16, 1);
    put_malformed("a burn hash in a GET", &get, 79, 1);
    put_malformed("a permit", &clue, 80, 1);
    put_malformed("offset 383 not zero", &get, 383, 1);
    put_malformed("a box in a GET", &get, CELL_LEN - 1, 1);
    put_malformed("a byte after the entry", &clue, 400, 1);
    put_malformed("a key with its top bit set", &ring, 384 + 31, 0xff);
    put_malformed("a note of length 0", &n, 387, 0);
    put_malformed("a note longer than its length says", &n, 387, 18);
    put_malformed("a note that does not fit", &n, 386, 0x3f);
}

static void
answers(void)
{
    const struct cell_answer ok = {.status = CELL_OK};
    const struct cell_answer stored = {.status = CELL_STORED,
                                       .expiry_day = 20809};
    const struct cell_answer noted = {.status = CELL_STORED};
    const struct cell_answer taken = {.status = CELL_TAKEN};
    const struct cell_answer present = {.status = CELL_PRESENT, .box = box};
    const struct cell_answer absent = {.status = CELL_ABSENT};
    const struct cell_answer burned = {.status = CELL_BURNED};
    const struct cell_answer queued = {
        .status = CELL_QUEUED, .effort = 10, .page = 59843520};
    const struct cell_answer sealed = {.status = CELL_SEALED, .page = 59843519};
    const struct cell_answer more = {.status = CELL_MORE_EFFORT, .effort = 15};
    const struct cell_answer again = {.status = CELL_AGAIN};

    put_answer(CELL_NOP, &ok);
    put_answer(CELL_PUT, &stored);
    put_answer(CELL_PUT, &taken);
    put_answer(CELL_PUT, &more);
    put_answer(CELL_GET, &present);
    put_answer(CELL_GET, &absent);
    put_answer(CELL_BURN, &burned);
    put_answer(CELL_RING, &queued);
    put_answer(CELL_RING, &sealed);
    put_answer(CELL_RING, &more);
    put_answer(CELL_NOTE, &noted);
    put_answer(CELL_GET, &again);
    put_bad_answer("version 2", CELL_NOP, &ok, 0, 2);
    put_bad_answer("stored for a GET", CELL_GET, &noted, 0, 1);
    put_bad_answer("ok for a PUT", CELL_PUT, &ok, 0, 1);
    put_bad_answer("absent for a RING", CELL_RING, &absent, 0, 1);
    put_bad_answer("status 8", CELL_NOP, &ok, 1, 8);
    put_bad_answer("status 20", CELL_NOP, &ok, 1, 20);
    put_bad_answer("an effort with taken", CELL_PUT, &taken, 2, 1);
    put_bad_answer("more effort for a BURN", CELL_BURN, &absent, 1, 17);
    put_bad_answer("effort 16", CELL_RING, &more, 2, 16);
    put_bad_answer("offset 3 not zero", CELL_NOP, &ok, 3, 1);
    put_bad_answer("an expiry day with taken", CELL_PUT, &taken, 7, 1);
    put_bad_answer("a page with more effort", CELL_RING, &more, 15, 1);
    put_bad_answer("offset 16 not zero", CELL_RING, &queued, 16, 1);
    put_bad_answer("a box with absent", CELL_GET, &absent, 384, 1);
}

int
main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(nonce, sizeof nonce, "cell nonce");
    vec_seed(address, sizeof address, "cell address");
    vec_seed(burn, sizeof burn, "cell burn");
    vec_seed(box, sizeof box, "cell box");
    vec_seed(report, sizeof report, "cell report");
    vec_must(entry_dummy(report, &boards[1], report));
    vec_begin(stdout, "zeros follow each cell up to 16,384 bytes; boards are 0 "
                      "(16 bytes) and 1 (4,096 bytes); a field that is not "
                      "there is zero in the cell");
    requests();
    answers();
    vec_end();
    return 0;
}
