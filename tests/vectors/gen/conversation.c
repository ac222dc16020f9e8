/* SPDX-License-Identifier: ISC */
/* What a code and an organisation have between them, PROTOCOL.md
 * section 6. */
#include "conversation.h"
#include "vec.h"

#include <sodium.h>

int
main(void)
{
    uint8_t code[CODE_LEN], org[ORG_ID_LEN], seed[KDF_LEN], root[KDF_LEN];
    uint8_t r[32], reply[32], id[KDF_LEN];

    if (sodium_init() < 0) {
        return 1;
    }
    vec_begin(stdout, "from code and O: seed, root_O, r_O, R_O and A of a "
                      "follow-up, conversation_id");
    for (unsigned i = 0; i < 6; i++) {
        char label[] = "conversation code 0";

        label[18] = (char)('0' + i / 2);
        vec_seed(code, sizeof code, label);
        label[18] = (char)('a' + i);
        vec_seed(org, sizeof org, label);
        conversation_seed(seed, code);
        conversation_root(root, seed, org);
        conversation_id(id, root);
        if (conversation_reply_key(r, reply, seed, org) != RC_OK) {
            return 1;
        }
        vec_open();
        vec_put_hex("code", code, sizeof code);
        vec_put_hex("O", org, sizeof org);
        vec_put_hex("seed", seed, sizeof seed);
        vec_put_hex("root_O", root, sizeof root);
        vec_put_hex("r_O", r, sizeof r);
        vec_put_hex("R_O", reply, sizeof reply);
        vec_put_hex("conversation_id", id, sizeof id);
        vec_close();
    }
    vec_end();
    return 0;
}
