/* SPDX-License-Identifier: ISC */
#include "sealplain.h"

#include "head.h"
#include "hpke.h"
#include "vec.h"
#include "writer.h"

#include <sodium.h>

#include <string.h>

#define SIGNED_LEN (ANSWER_PLAIN_LEN - crypto_sign_BYTES)

void
seal_plain(uint8_t inner[static ANSWER_INNER_LEN],
           const struct answer_with *with,
           uint8_t plain[static ANSWER_PLAIN_LEN], const uint8_t *v_sk,
           const uint8_t eseed[static ANSWER_ESEED_LEN])
{
    uint8_t info[48] = "tocsin/1 answer", message[117] = "tocsin/1 answer\n";
    const struct hpke_info hpke = {HPKE_X25519, info, 48, with->root, 32,
                                   (const uint8_t *)"tocsin/1 root", 13, NULL};
    const struct hpke_text text = {NULL, 0, plain, ANSWER_PLAIN_LEN};
    struct hpke_ctx ctx;

    memcpy(info + 15, with->org, 32);
    info[47] = with->i;
    memcpy(message + 16, with->org, 32);
    memcpy(message + 48, with->reply, 32);
    message[80] = with->i;
    memcpy(message + 81, plain + 16, 4);
    blake2b_256(message + 85, plain, SIGNED_LEN);
    if (v_sk != NULL &&
        crypto_sign_detached(plain + SIGNED_LEN, NULL, message, sizeof message,
                             v_sk) != 0) {
        vec_must(RC_FORGED);
    }
    vec_must(hpke_setup_s(&ctx, inner, &hpke, with->reply, eseed));
    vec_must(hpke_seal(&ctx, inner + 32, &text));
    hpke_wipe(&ctx);
}

void
seal_damaged(uint8_t inner[static ANSWER_INNER_LEN],
             const struct answer_with *with, const struct answer *a,
             const uint8_t v_sk[static 64],
             const uint8_t eseed[static ANSWER_ESEED_LEN])
{
    static uint8_t plain[ANSWER_PLAIN_LEN];
    struct writer w;

    wr_init(&w, plain, sizeof plain);
    wr_u8(&w, HEAD_VERSION);
    wr_u8(&w, HEAD_ANSWER);
    wr_u16(&w, a->text_len);
    wr_zero(&w, 12);
    wr_u32(&w, a->day);
    wr_u8(&w, 1);
    wr_zero(&w, 123);
    wr_bytes(&w, a->text, a->text_len);
    wr_zeroes(&w);
    vec_must(wr_end(&w));
    seal_plain(inner, with, plain, v_sk, eseed);
}
