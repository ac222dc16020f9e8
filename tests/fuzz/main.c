/* SPDX-License-Identifier: ISC */
/*
 * Runs a fuzz target without a fuzzer: on every file of a corpus folder, on
 * each proper prefix of small ones, and on random mutations. The seed is
 * printed; FUZZ_SEED repeats a run, FUZZ_ROUNDS sets mutations a file.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INPUT_MAX (1 << 20)

static uint64_t state;

static uint64_t
next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* An exact heap copy, so that a read past the end is seen. */
static void
run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, data, len);
    }
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void
run_file(const char *path, unsigned long rounds)
{
    static uint8_t data[INPUT_MAX], changed[INPUT_MAX];
    FILE *f = fopen(path, "rb");
    size_t len;

    if (f == NULL) {
        perror(path);
        exit(1);
    }
    len = fread(data, 1, sizeof data, f);
    (void)fclose(f);
    run(data, len);
    for (size_t i = 0; i < len && i < 256; i++) {
        run(data, i);
    }
    for (unsigned long n = 0; n < rounds && len > 0; n++) {
        size_t m = len;

        memcpy(changed, data, len);
        for (uint64_t k = next_random() % 4 + 1; k > 0; k--) {
            size_t at = next_random() % m;

            switch (next_random() % 4) {
            case 0:
                changed[at] ^= (uint8_t)(1u << (next_random() % 8));
                break;
            case 1:
                changed[at] = (uint8_t)next_random();
                break;
            case 2:
                m = at + 1;
                break;
            default:
                changed[at] = (uint8_t)("\n \0\xff-+0,"[next_random() % 8]);
                break;
            }
        }
        run(changed, m);
    }
}

int
main(int argc, char **argv)
{
    const char *seed = getenv("FUZZ_SEED"), *rounds = getenv("FUZZ_ROUNDS");
    unsigned long n = rounds != NULL ? strtoul(rounds, NULL, 10) : 300;
    struct dirent *e;
    size_t files = 0;
    DIR *dir;

    if (argc != 2 || (dir = opendir(argv[1])) == NULL) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER (not empty)\n", argv[0]);
        return 2;
    }
    state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    state |= 1;
    printf("FUZZ_SEED=%llu\n", (unsigned long long)state);
    (void)fflush(stdout);
    run((const uint8_t *)"", 0);
    while ((e = readdir(dir)) != NULL) {
        char path[4096];

        if (e->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name);
        run_file(path, n);
        files++;
    }
    (void)closedir(dir);
    if (files == 0) {
        fprintf(stderr, "%s: an empty corpus tests nothing\n", argv[1]);
        return 1;
    }
    return 0;
}
