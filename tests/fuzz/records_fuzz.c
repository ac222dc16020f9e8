/* SPDX-License-Identifier: ISC */
/*
 * Rows of the desk's case store, as they are once opened. The first byte says
 * which kind, the second how long the id is. What is counted stays within its
 * array.
 */
#include "records.h"
#include "fuzz.h"

#include <stdint.h>
#include <stdlib.h>

static void
must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static union {
    struct case_rec a_case;
    struct orphan_rec orphan;
    struct body_rec body;
    struct answer_rec answer;
    struct own_rec own;
    struct alarm_rec alarm;
} out;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vault_row row;
    uint8_t root[32];

    if (size < 2 || data[1] > VAULT_ID_MAX || size - 2 < data[1]) {
        return 0;
    }
    row.id = data + 2;
    row.id_len = data[1];
    row.data = data + 2 + data[1];
    row.len = size - 2 - data[1];
    switch (data[0] % 7) {
    case 0:
        (void)!case_parse(&out.a_case, &row);
        break;
    case 1:
        (void)!orphan_parse(&out.orphan, &row);
        break;
    case 2:
        must(body_parse(&out.body, &row) != RC_OK ||
             out.body.n_asked <= RECORD_RELAYS_MAX);
        break;
    case 3:
        must(answer_parse(&out.answer, &row) != RC_OK ||
             (out.answer.n_relays <= RECORD_RELAYS_MAX &&
              out.answer.text_len <= sizeof out.answer.text));
        break;
    case 4:
        must(own_parse(&out.own, &row) != RC_OK ||
             out.own.n_relays <= RECORD_RELAYS_MAX);
        break;
    case 5:
        must(alarm_parse(&out.alarm, &row) != RC_OK ||
             (out.alarm.text_len < sizeof out.alarm.text &&
              out.alarm.text[out.alarm.text_len] == 0));
        break;
    case 6:
        must(dummy_parse(&out.answer, root, &row) != RC_OK ||
             out.answer.n_relays <= RECORD_RELAYS_MAX);
        break;
    }
    return 0;
}
