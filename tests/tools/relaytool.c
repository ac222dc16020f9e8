/* SPDX-License-Identifier: ISC */
/*
 * For end-to-end tests of the relay alone, without the other programs.
 *
 *   relaytool network OUT ID PK VERSION TICK   a network file with this relay
 *   relaytool cell WORD... >FILE               a request, words as in speak.h
 *   relaytool note d|s ORG VERSION >FILE       a NOTE request of the network
 *   relaytool answer OP <FILE                  an answer in words
 *   relaytool speak WHERE <LINES               a request a line, its answer
 *                                              after it, one connection
 *   relaytool speak-proxy WHERE FIRST <LINES   the same, after a first line
 *   relaytool pages BOARD TICK PK <FILE        checks a span, prints numbers
 *   relaytool has BOARD TICK NAME <FILE        the page an entry stands on
 *   relaytool solve FILE EFFORT ID PK S TICK <PAGES
 *                                              works on a RING cell in place
 */
#include "clock.h"
#include "effort.h"
#include "file.h"
#include "must.h"
#include "page.h"
#include "sample.h"
#include "speak.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define WORDS_MAX 8
#define SPAN_MAX  (64 * 1024 * 1024)

static void
die(const char *why)
{
    fprintf(stderr, "relaytool: %s\n", why);
    exit(1);
}

static void
put_out(const uint8_t *p, size_t len)
{
    must(file_write_all(STDOUT_FILENO, p, len), "standard output");
}

static uint8_t *
all_in(size_t *len)
{
    uint8_t *in;

    must(file_read(&in, len, "-", SPAN_MAX), "standard input");
    return in;
}

static void
unhex(uint8_t out[static 32], const char *hex)
{
    size_t n;

    if (sodium_hex2bin(out, 32, hex, strlen(hex), NULL, &n, NULL) != 0 ||
        n != 32) {
        die("32 bytes in hex are needed");
    }
}

static void
unbase64(uint8_t out[static 32], const char *in)
{
    size_t n;

    if (sodium_base642bin(out, 32, in, strlen(in), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        n != 32) {
        die("32 bytes in base64 are needed");
    }
}

static struct board
board_of(const char *id, const char *tick)
{
    struct board b = {.id = (uint8_t)atoi(id),
                      .entry_len = ENTRY_REPORT_LEN,
                      .tick = (uint16_t)atoi(tick),
                      .slots = 2,
                      .max = 4,
                      .spread = 2};

    if (b.id == 0) {
        b.entry_len = ENTRY_ANSWER_LEN;
        b.slots = 16;
        b.max = 64;
    }
    return b;
}

/* The sample network, with another first relay and quick boards. */
static int
run_network(char **a)
{
    static struct sample s;
    uint32_t today = clock_day(clock_now());
    struct directory *d;
    struct board boards[2] = {board_of("0", a[4]), board_of("1", a[4])};
    uint8_t *bytes = NULL, *note, id[32], pk[32];
    size_t len = 0, note_len;
    uint64_t version = strtoull(a[3], NULL, 10);

    unhex(id, a[1]);
    unbase64(pk, a[2]);
    sample_init(&s);
    d = sample_directory(&s, version, today - 1);
    d->retention = 3;
    if (d->n_boards != 2) {
        die("the sample has other boards now");
    }
    memcpy(d->boards, boards, sizeof boards);
    memcpy(d->relays[0].id, id, sizeof id);
    memcpy(d->relays[0].pk, pk, sizeof pk);
    note = sample_root(&s, 1, &note_len);
    sample_add(&bytes, &len, note, note_len);
    note = sample_directory_note(&s, d, &note_len);
    sample_add(&bytes, &len, note, note_len);
    must(file_write(a[0], bytes, len, 0644, true), a[0]);
    directory_free(d);
    free(bytes);
    return 0;
}

static int
run_note(char **a)
{
    static struct sample s;
    static struct desknote desk;
    static struct seen_note seen;
    uint8_t cell[CELL_LEN], *note;
    uint32_t today = clock_day(clock_now());
    size_t org = (size_t)atoi(a[1]), len;
    uint64_t version = strtoull(a[2], NULL, 10);
    struct cell_request q = {.op = CELL_NOTE};

    sample_init(&s);
    if (a[0][0] == 'd') {
        sample_desk(&s, &desk, org, version, today);
        note = sample_desk_note(&s, &desk, org, &len);
    } else {
        struct directory *d = sample_directory(&s, 1, today - 1);

        sample_seen(&s, &seen, org, (uint32_t)version, d);
        note = sample_seen_note(&seen, org, &len);
        directory_free(d);
    }
    q.data = note;
    q.data_len = len;
    must(cell_request_write(cell, &q), "a note that fits a cell");
    put_out(cell, sizeof cell);
    free(note);
    return 0;
}

static int
run_cell(size_t n, char **a)
{
    uint8_t cell[CELL_LEN];

    must(speak_cell(cell, a, n), "a request");
    put_out(cell, sizeof cell);
    return 0;
}

static void
print_answer(const uint8_t *cell, enum cell_op op, const char *box)
{
    uint8_t expected[CELL_BOX_LEN];
    struct cell_answer a;

    if (cell_answer_parse(&a, cell, op) != RC_OK) {
        puts("malformed");
        return;
    }
    (void)printf("%s", speak_status(a.status));
    if (op == CELL_PUT && a.status == CELL_STORED) {
        (void)printf(" %" PRIu32, a.expiry_day);
    }
    if (op == CELL_RING) {
        (void)printf(" %u %" PRIu64, a.effort, a.page);
    }
    if (a.box != NULL && box != NULL) {
        speak_box(expected, box);
        (void)printf(" %s", memcmp(expected, a.box, CELL_BOX_LEN) == 0
                                ? "intact"
                                : "other");
    }
    puts("");
}

static int
run_answer(char **a)
{
    size_t len;
    uint8_t *in = all_in(&len);

    if (len != CELL_LEN) {
        die("no cell");
    }
    print_answer(in, (enum cell_op)atoi(a[0]), NULL);
    free(in);
    return 0;
}

/* Each answer is printed at once: what is printed has been acknowledged. */
static int
run_speak(const char *where, const char *first)
{
    uint8_t up[CELL_LEN], down[CELL_LEN];
    char line[512];
    int fd = speak_open(where);

    if (fd < 0) {
        die("can't connect");
    }
    if (first != NULL) {
        must(file_write_all(fd, (const uint8_t *)first, strlen(first)), first);
        must(file_write_all(fd, (const uint8_t *)"\r\n", 2), first);
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS_MAX], *save = NULL, *w;
        unsigned http;
        size_t n = 0;

        line[strcspn(line, "\n")] = 0;
        (void)printf("%s: ", line);
        for (w = strtok_r(line, " ", &save); w != NULL && n < WORDS_MAX;
             w = strtok_r(NULL, " ", &save)) {
            words[n++] = w;
        }
        must(speak_cell(up, words, n), "a request");
        http = speak_exchange(fd, up, down);
        if (http == 0) {
            puts("broken");
            return 1;
        }
        if (http != 200) {
            (void)printf("http %u\n", http);
        } else {
            print_answer(down, (enum cell_op)up[1], n > 1 ? words[n - 1] : "");
        }
        (void)fflush(stdout);
    }
    (void)close(fd);
    return 0;
}

static int
run_pages(char **a)
{
    struct board b = board_of(a[0], a[1]);
    uint8_t pk[32];
    size_t len, at = 0;
    uint8_t *in = all_in(&len);

    unbase64(pk, a[2]);
    must(page_check_span(&b, in, len, pk, NULL), "the span");
    while (at < len) {
        struct page p;
        size_t used;

        must(page_parse(&p, &used, &b, in + at, len - at), "a page");
        (void)printf("%" PRIu64 " %u\n", p.number, p.slots);
        at += used;
    }
    free(in);
    return 0;
}

static int
run_has(char **a)
{
    struct board b = board_of(a[0], a[1]);
    char ring[] = "ring", *words[] = {ring, a[0], a[2]};
    uint8_t cell[CELL_LEN];
    size_t len, at = 0, found = 0;
    uint8_t *in = all_in(&len);

    must(speak_cell(cell, words, 3), "an entry");
    while (at < len) {
        struct page p;
        size_t used;

        must(page_parse(&p, &used, &b, in + at, len - at), "a page");
        for (size_t i = 0; i < p.slots; i++) {
            if (memcmp(p.entries + i * b.entry_len, cell + CELL_HEAD_LEN,
                       b.entry_len) == 0) {
                (void)printf("%" PRIu64 "\n", p.number);
                found++;
            }
        }
        at += used;
    }
    free(in);
    return found == 1 ? 0 : 1;
}

static int
run_solve(char **a)
{
    uint8_t c[KDF_LEN], id[32], pk[32], h[32], *cell, *pages;
    char number[4];
    struct board b;
    uint64_t start;
    size_t len, pages_len;

    unhex(id, a[2]);
    unbase64(pk, a[3]);
    must(file_read(&cell, &len, a[0], CELL_LEN), a[0]);
    if (len != CELL_LEN) {
        die("no cell");
    }
    (void)snprintf(number, sizeof number, "%u", cell[2]);
    b = board_of(number, a[5]);
    pages = all_in(&pages_len);
    must(effort_page_hash(h, &b, pk, atoll(a[4]), pages, pages_len),
         "the first page after s");
    effort_challenge(c, id, b.id, h);
    randombytes_buf(&start, sizeof start);
    must(effort_solve(cell, c, (unsigned)atoi(a[1]), &start, 1000000000),
         "effort");
    must(file_write(a[0], cell, len, 0600, true), a[0]);
    free(cell);
    free(pages);
    return 0;
}

int
main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    char **a = argv + 2;

    (void)signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        return 1;
    }
    if (strcmp(command, "network") == 0 && argc == 7) {
        return run_network(a);
    }
    if (strcmp(command, "cell") == 0 && argc > 2) {
        return run_cell((size_t)argc - 2, a);
    }
    if (strcmp(command, "note") == 0 && argc == 5) {
        return run_note(a);
    }
    if (strcmp(command, "answer") == 0 && argc == 3) {
        return run_answer(a);
    }
    if (strcmp(command, "speak") == 0 && argc == 3) {
        return run_speak(a[0], NULL);
    }
    if (strcmp(command, "speak-proxy") == 0 && argc == 4) {
        return run_speak(a[0], a[1]);
    }
    if (strcmp(command, "pages") == 0 && argc == 5) {
        return run_pages(a);
    }
    if (strcmp(command, "has") == 0 && argc == 5) {
        return run_has(a);
    }
    if (strcmp(command, "solve") == 0 && argc == 8) {
        return run_solve(a);
    }
    fprintf(stderr, "usage: relaytool COMMAND..., see its source\n");
    return 2;
}
