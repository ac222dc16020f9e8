/* SPDX-License-Identifier: ISC */
/* Hashing and key derivation, PROTOCOL.md section 2. */
#include "kdf.h"
#include "vec.h"

#include <sodium.h>

static void
put(const char *function, const char *label, const uint8_t *key, size_t key_len,
    const uint8_t *data, size_t len, const uint8_t *out, size_t out_len)
{
    vec_open();
    vec_put_string("function", function);
    vec_put_string("label", label);
    vec_put_hex("key", key, key_len);
    vec_put_hex("data", data, len);
    vec_put_hex("out", out, out_len);
    vec_close();
}

int
main(void)
{
    const char *const labels[] = {"effort", "burn", "seed", "conversation",
                                  "answer clue"};
    const size_t lengths[] = {0, 1, 32, 64, 68, 127, 128, 129};
    uint8_t key[KDF_LEN], data[129], out[KDF_WIDE_LEN];

    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(key, sizeof key, "kdf key");
    vec_seed(data, sizeof data, "kdf data");
    vec_begin(stdout, "KDF(key, label, data), H(label, data), BLAKE2b-256; "
                      "an output of 64 bytes is BLAKE2b with that length");
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const char *label = labels[i % 5];
        size_t len = lengths[i];

        blake2b_256(out, data, len);
        put("BLAKE2b-256", "", NULL, 0, data, len, out, KDF_LEN);
        kdf_hash(out, label, data, len);
        put("H", label, NULL, 0, data, len, out, KDF_LEN);
        kdf(out, key, label, data, len);
        put("KDF", label, key, KDF_LEN, data, len, out, KDF_LEN);
        kdf_code(out, key, label, data, len);
        put("KDF", label, key, KDF_CODE_LEN, data, len, out, KDF_LEN);
        kdf_wide(out, key, label, data, len);
        put("KDF", label, key, KDF_LEN, data, len, out, KDF_WIDE_LEN);
    }
    vec_end();
    return 0;
}
