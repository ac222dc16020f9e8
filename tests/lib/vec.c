/* SPDX-License-Identifier: ISC */
#include "vec.h"

#include <sodium.h>

#include <stdarg.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static FILE *out_file;
static bool first_test, first_value;

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vfprintf(stderr, format, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    exit(1);
}

json_t *
vec_load(const char *name)
{
    char path[512];
    json_error_t err;
    json_t *file;

    (void)snprintf(path, sizeof path, "tests/vectors/%s", name);
    file = json_load_file(path, JSON_ALLOW_NUL, &err);
    if (file == NULL) {
        die("%s: %s (line %d)", path, err.text, err.line);
    }
    return file;
}

json_t *
vec_tests(json_t *file)
{
    json_t *tests = json_object_get(file, "tests");

    if (json_array_size(tests) == 0) {
        die("a vector file without tests");
    }
    return tests;
}

const char *
vec_string(const json_t *test, const char *key)
{
    const char *text = json_string_value(json_object_get(test, key));

    if (text == NULL) {
        die("a vector without \"%s\"", key);
    }
    return text;
}

uint8_t *
vec_bytes(const json_t *test, const char *key, size_t *len)
{
    const char *hex = vec_string(test, key);
    size_t n = strlen(hex);
    uint8_t *out = malloc(n / 2 + 1);

    if (out == NULL || sodium_hex2bin(out, n / 2 + 1, hex, n, NULL, len,
                                      NULL) != 0 || *len * 2 != n) {
        die("\"%s\" is not hex", key);
    }
    return out;
}

void
vec_fixed(const json_t *test, const char *key, uint8_t *out, size_t len)
{
    size_t n;
    uint8_t *bytes = vec_bytes(test, key, &n);

    if (n != len) {
        die("\"%s\" has %zu bytes, not %zu", key, n, len);
    }
    memcpy(out, bytes, n);
    free(bytes);
}

int64_t
vec_number(const json_t *test, const char *key)
{
    const json_t *v = json_object_get(test, key);

    if (!json_is_integer(v)) {
        die("a vector without number \"%s\"", key);
    }
    return json_integer_value(v);
}

void
vec_begin(FILE *out, const char *format)
{
    out_file = out;
    first_test = true;
    fprintf(out, "{\"format\": \"%s\",\n \"origin\": \"made by "
                 "tests/vectors/gen from fixed seeds\",\n \"tests\": [\n",
            format);
}

void
vec_open(void)
{
    fputs(first_test ? "  {" : ",\n  {", out_file);
    first_test = false;
    first_value = true;
}

static void
put_key(const char *key)
{
    fprintf(out_file, "%s\"%s\": ", first_value ? "" : ", ", key);
    first_value = false;
}

void
vec_put_hex(const char *key, const uint8_t *in, size_t len)
{
    put_key(key);
    fputc('"', out_file);
    for (size_t i = 0; i < len; i++) {
        fprintf(out_file, "%02x", in[i]);
    }
    fputc('"', out_file);
}

void
vec_put_number(const char *key, int64_t v)
{
    put_key(key);
    fprintf(out_file, "%lld", (long long)v);
}

void
vec_put_string(const char *key, const char *text)
{
    char *json;
    json_t *s = json_string(text);

    put_key(key);
    if (s == NULL || (json = json_dumps(s, JSON_ENCODE_ANY)) == NULL) {
        die("\"%s\" is not UTF-8", key);
    }
    fputs(json, out_file);
    free(json);
    json_decref(s);
}

void
vec_put_text(const char *key, const uint8_t *in, size_t len)
{
    char *copy = strndup((const char *)in, len);

    if (copy == NULL) {
        die("out of memory");
    }
    vec_put_string(key, copy);
    free(copy);
}

void
vec_close(void)
{
    fputc('}', out_file);
}

void
vec_end(void)
{
    fputs("\n]}\n", out_file);
    if (fflush(out_file) != 0) {
        die("can't write");
    }
}

void
vec_seed(uint8_t *out, size_t n, const char *label)
{
    uint8_t block[64];
    char in[256];

    for (size_t i = 0; n > 0; i++) {
        size_t part = n < sizeof block ? n : sizeof block;
        unsigned len = (unsigned)snprintf(in, sizeof in, "%s %zu", label, i);

        if (crypto_generichash(block, sizeof block, (const uint8_t *)in,
                               len, NULL, 0) != 0) {
            die("BLAKE2b failed");
        }
        memcpy(out, block, part);
        out += part;
        n -= part;
    }
}

void
vec_noise(uint8_t *out, size_t n)
{
    static unsigned calls;
    char label[32];

    (void)snprintf(label, sizeof label, "noise %u", calls++);
    vec_seed(out, n, label);
}

void
vec_must(enum rc rc)
{
    if (rc != RC_OK) {
        die("%s", rc_text(rc));
    }
}
