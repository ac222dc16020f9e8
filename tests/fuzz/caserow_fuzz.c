/* SPDX-License-Identifier: ISC */
/*
 * Rows of the desk's case store that only its own functions read, through the
 * store: the first byte says which kind; what is read and written again stays
 * the same from then on.
 */
#include "notes.h"
#include "fuzz.h"
#include "record_io.h"
#include "records.h"
#include "witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "desknote.h"

#define DAY 20000

static char dir[64];
static struct vault *v;
static const uint8_t relay[32] = {7};

static void
clean(void)
{
    static const char *const names[] = {"cases.db", "cases.db-journal"};

    vault_close(v);
    for (size_t i = 0; i < 2; i++) {
        char path[96];

        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

static void
start(void)
{
    static const uint8_t key[VAULT_KEY_LEN] = {3};
    const char *shm = "/dev/shm", *base = access(shm, W_OK) == 0 ? shm : "/tmp";
    char path[96];

    (void)snprintf(dir, sizeof dir, "%s/caserow-fuzz.XXXXXX", base);
    require(sodium_init() >= 0 && mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof path, "%s/cases.db", dir);
    require(vault_open(&v, path, key, true) == RC_OK && atexit(clean) == 0);
}

/* The row's bytes, with their length before them. */
static uint8_t *
bytes_of(enum vault_kind kind, const void *id, size_t id_len, size_t *len)
{
    uint8_t *out;

    require(vault_get(v, kind, id, id_len, &out, len) == RC_OK);
    return out;
}

/* Reads a record, writes it, twice: GET and PUT name it `out`. */
#define STAYS(kind, id, id_len, GET, PUT)                                      \
    do {                                                                       \
        enum rc rc_ = (GET);                                                   \
        uint8_t *one_, *two_;                                                  \
        size_t n_, m_;                                                         \
        require(rc_ == RC_OK || rc_ == RC_FORGED);                             \
        if (rc_ == RC_FORGED) {                                                \
            break;                                                             \
        }                                                                      \
        require((PUT) == RC_OK);                                               \
        one_ = bytes_of((kind), (id), (id_len), &n_);                          \
        require((GET) == RC_OK && (PUT) == RC_OK);                             \
        two_ = bytes_of((kind), (id), (id_len), &m_);                          \
        require(n_ == m_ && memcmp(one_, two_, n_) == 0);                      \
        vault_release(one_, n_);                                               \
        vault_release(two_, m_);                                               \
    } while (0)

static void
put(enum vault_kind kind, const void *id, size_t id_len, const uint8_t *in,
    size_t len)
{
    require(vault_put(v, kind, id, id_len, in, len) == RC_OK);
}

static void
a_config(const uint8_t *in, size_t len)
{
    struct desk_config out;

    put(VAULT_CONFIG, "desk", 4, in, len);
    STAYS(VAULT_CONFIG, "desk", 4, config_get(v, &out), config_put(v, &out));
}

static void
a_message(const uint8_t *in, size_t len)
{
    static struct message_rec out;
    uint8_t id[8];

    record_id2(id, 5, 6);
    put(VAULT_MESSAGE, id, sizeof id, in, len);
    STAYS(VAULT_MESSAGE, id, sizeof id, message_get(v, &out, 5, 6),
          message_put(v, &out));
}

static void
a_week(const uint8_t *in, size_t len)
{
    static struct desknote_week out;
    uint8_t id[4];

    record_id1(id, 9);
    put(VAULT_WEEK, id, sizeof id, in, len);
    STAYS(VAULT_WEEK, id, sizeof id, week_get(v, &out, 9), week_put(v, &out));
}

static void
a_position(const uint8_t *in, size_t len)
{
    struct position_rec out;
    uint8_t id[33] = {0};

    memcpy(id, relay, 32);
    id[32] = 1;
    put(VAULT_POSITION, id, sizeof id, in, len);
    STAYS(VAULT_POSITION, id, sizeof id, position_get(v, &out, relay, 1),
          position_put(v, &out));
}

static void
a_number(const uint8_t *in, size_t len)
{
    uint64_t n = 0;

    put(VAULT_NUMBER, "n", 1, in, len);
    require((vault_number(v, "n", &n) == RC_OK) == (len == 8));
}

/* An hour of page hashes. */
static void
hashes(const uint8_t *in, size_t len)
{
    const uint8_t hash[PAGE_HASH_LEN] = {1};
    struct witness_page page = {relay, 1, 30, 0};
    uint8_t id[41] = {0}, got[PAGE_HASH_LEN];
    struct page_link last;
    struct witness w;
    enum rc rc;

    memcpy(id, relay, 32);
    id[32] = 1;
    put(VAULT_HASHES, id, sizeof id, in, len);
    witness_init(&w, v);
    for (page.number = 0; page.number < 120; page.number += 7) {
        rc = witness_get(&w, &page, got);
        require(rc == RC_OK || rc == RC_MISSING || rc == RC_FORGED);
        require((rc == RC_FORGED) == (len % 40 != 0));
        rc = witness_add(&w, &page, hash);
        require(rc == RC_OK || rc == RC_TAKEN || rc == RC_FORGED);
    }
    rc = witness_last_of_day(&w, &page, 0, &last);
    require(rc == RC_OK || rc == RC_FORGED);
    require(witness_flush(&w) == RC_OK && witness_prune(&w, 0) == RC_OK);
    witness_wipe(&w);
}

/* A note that waits for its day; the row's id has any length. */
static void
a_note(const uint8_t *in, size_t len)
{
    struct desk d = {.vault = v};
    uint64_t version;
    uint8_t *note;
    size_t note_len, id_len;
    uint32_t last;
    enum rc rc;

    if (len == 0 || (id_len = in[0] % 12) > len - 1) {
        return;
    }
    put(VAULT_NOTE, in + 1, id_len, in + 1 + id_len, len - 1 - id_len);
    rc = notes_due(&d, DAY, &note, &note_len, &version);
    require(rc == RC_OK || rc == RC_MISSING);
    require((rc == RC_OK) == (note != NULL) &&
            (rc != RC_OK || (id_len == 8 && note_len + 8 == len - 9)));
    free(note);
    require(notes_last_day(&d, DAY, &last) == RC_OK);
    require(last == 0 || last >= DAY);
    require(rc != RC_OK || last >= DAY);
}

static void
a_day_page(const uint8_t *in, size_t len)
{
    if (len <= VAULT_ID_MAX) {
        put(VAULT_DAY_PAGE, in, len, in, len);
        require(day_pages_prune(v, DAY) == RC_OK);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(const uint8_t *in, size_t len) = {
        a_config, a_message, a_week, a_position,
        a_number, hashes,    a_note, a_day_page};

    if (size == 0 || size > VAULT_ROW_MAX / 2) {
        return 0;
    }
    if (v == NULL) {
        start();
    }
    require(vault_begin(v) == RC_OK);
    kinds[data[0] % 8](data + 1, size - 1);
    vault_abort(v);
    return 0;
}
