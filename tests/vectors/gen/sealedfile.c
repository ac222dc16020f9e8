/* SPDX-License-Identifier: ISC */
/* Heads of sealed files, and the order of what follows, PROTOCOL.md section
 * 5. */
#include "sealedfile.h"

#include "vec.h"

#include <stdlib.h>
#include <string.h>

static void
put(const char *comment, uint32_t week, uint32_t records, size_t offset,
    uint8_t change)
{
    static uint8_t file[SEALEDFILE_HEAD_LEN + 2 * SEALEDFILE_RECORD_LEN];
    const char *result = change == 0 ? "valid" : "invalid";
    struct sealedfile_head head = {week, records, {0}};

    memset(file, 0, sizeof file);
    file[SEALEDFILE_HEAD_LEN] = 1;
    file[SEALEDFILE_HEAD_LEN + SEALEDFILE_RECORD_LEN] = 1;
    for (int i = 0; i < 2; i++) { /* first without, then with the hash */
        vec_must(sealedfile_head_write(file, &head));
        sealedfile_hash(head.hash, file, sizeof file);
    }
    file[offset] ^= change;
    if ((sealedfile_head_parse(&head, file) == RC_OK) !=
        (strcmp(result, "valid") == 0)) {
        exit(1);
    }
    vec_open();
    vec_put_string("op", "head");
    vec_put_string("result", result);
    if (strcmp(result, "valid") == 0) {
        vec_put_number("last_week", week);
        vec_put_number("records", records);
    } else {
        vec_put_string("comment", comment);
    }
    vec_put_hex("head_start", file, 64);
    vec_close();
}

/* A word of `order`: A, B, C: a PUT for that relay; -: a RING. */
static enum rc
read_one(struct sealedfile_state *st, char word)
{
    static const struct board boards[] = {
        {.id = 1, .entry_len = 4096, .tick = 30, .slots = 2, .max = 32,
         .spread = 2}};
    static uint8_t record[SEALEDFILE_RECORD_LEN], cell[CELL_LEN];
    static uint8_t bytes[CELL_BOX_LEN];
    const uint8_t relay[SEALEDFILE_RELAY_LEN] = {(uint8_t)word};
    const bool rings = word == '-';
    const struct cell_request req = {.op = rings ? CELL_RING : CELL_PUT,
                                     .board = rings,
                                     .address = rings ? NULL : bytes,
                                     .burn = rings ? NULL : bytes,
                                     .data = bytes,
                                     .data_len = rings ? ENTRY_REPORT_LEN
                                                       : CELL_BOX_LEN};
    struct cell_request out;

    vec_must(cell_request_write(cell, &req));
    vec_must(sealedfile_record_write(record, rings ? NULL : relay, cell));
    return sealedfile_record_parse(&out, st, record, boards, 1);
}

static void
put_order(const char *result, const char *order)
{
    struct sealedfile_state st = {.n_relays = 0};
    enum rc rc = RC_OK;

    for (const char *p = order; rc == RC_OK && *p != '\0'; p++) {
        rc = read_one(&st, *p);
    }
    if (rc == RC_OK) {
        rc = sealedfile_end(&st);
    }
    if ((rc == RC_OK) != (strcmp(result, "valid") == 0)) {
        exit(1);
    }
    vec_open();
    vec_put_string("op", "records");
    vec_put_string("result", result);
    vec_put_string("order", order);
    vec_close();
}

int
main(void)
{
    vec_begin(stdout, "head: head_start is 64 bytes of the head block, zeros "
                      "follow to 16,384 (but in the last one); the hash in it "
                      "is of that block and two records, a byte 1 and zeros "
                      "each; records: A, B, C a PUT for that relay, - a RING");
    put("", 2970, 2, 0, 0);
    put("", UINT32_MAX, 70000, 0, 0);
    put("no records", 2970, 1, 23, 1);
    put("another version", 2970, 1, 9, 3);
    put("not LF", 2970, 1, 15, 7);
    put("offset 56 not zero", 2970, 1, 56, 1);
    put("the last byte not zero", 2970, 1, SEALEDFILE_HEAD_LEN - 1, 1);
    put_order("valid", "-");
    put_order("valid", "A-");
    put_order("valid", "AAABBB--");
    put_order("invalid", "");
    put_order("invalid", "AABB");
    put_order("invalid", "AAB-");
    put_order("invalid", "ABAB-");
    put_order("invalid", "ABC-");
    put_order("invalid", "A-A");
    vec_end();
    return 0;
}
