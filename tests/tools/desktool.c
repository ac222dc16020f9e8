/* SPDX-License-Identifier: ISC */
/*
 * The organisations of the sample network, for end-to-end tests of the
 * reporter without desk and root programs; and a relay that lies.
 *
 *   desktool network OUT TICK WORD... RELAY...
 *       a network file; a RELAY is id,pk,url; words: expired (the directory),
 *       nokeys (no desk note of organisation 0), stale (an old one), badkeys
 *       (one whose keys nobody can seal to), revoked (organisation 0), closing
 *       (the last relay), old (a directory of five days ago, and no seen note
 *       but organisation 0's), unseen (nobody's), seen N PAGEHASH (a seen note of organisation 1 that
 *       names page N of the first relay's board 0)
 *   (what follows reaches relays through $SOCKS, if that is set)
 *   desktool read NETWORK ORG [URL]
 *       the entries that open, with the items of their bodies
 *   desktool answer NETWORK ORG I HOW TEXT
 *       answer I to the newest report; HOW: good, forged (signed by nobody),
 *       garbage (nonsense, by who has the root), junk (a random box), absent
 *       (announced, never put), lost (its body is nowhere), many (its body is
 *       300 empty files), damaged (signed, but it breaks the table), days+N
 *       (good, but of so many days later)
 *   desktool flood NETWORK 0 COUNT
 *       so many dummies rung at the first relay, with the effort it asks for
 *   desktool flip FILE OFFSET [BIT]
 *       a bit of a file turned over; from the end for a negative offset
 *   desktool liar SOCKET BUNDLE [CELL]
 *       serves this bundle, this answer (16,384 bytes) to every exchange, and
 *       404 for the rest; prints "ready"
 */
#include "answer.h"
#include "body.h"
#include "clock.h"
#include "effort.h"
#include "file.h"
#include "must.h"
#include "network.h"
#include "sample.h"
#include "scan.h"
#include "sealplain.h"
#include "toll.h"
#include "vec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

static void
relay_from(struct directory_relay *r, char *spec)
{
    char *id = strtok(spec, ",");
    char *pk = strtok(NULL, ",");
    char *url = strtok(NULL, "");

    if (url == NULL || sodium_hex2bin(r->id, 32, id, 64, NULL, NULL, NULL) ||
        sodium_base642bin(r->pk, 32, pk, strlen(pk), NULL, NULL, NULL,
                          sodium_base64_VARIANT_ORIGINAL)) {
        must(RC_FORMAT, "a relay");
    }
    free(r->urls[0]); /* the sample's own */
    r->urls[0] = strdup(url);
    r->n_urls = 1;
}

struct wishes {
    bool expired;
    bool nokeys;
    bool stale;
    bool badkeys;
    bool revoked;
    bool closing;
    bool old;
    bool unseen;
    const char *seen_page;
    const char *seen_hash;
};

static void
add_desk_notes(uint8_t **bytes, size_t *len, const struct sample *s,
               const struct directory *d, const struct wishes *w,
               uint32_t today)
{
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        struct desknote desk;
        struct seen_note seen;
        uint8_t *note;
        size_t n;

        if (w->nokeys && i == 0) {
            continue;
        }
        sample_desk(s, &desk, i, 1, w->stale && i == 0 ? today - 15 : today);
        if (w->badkeys && i == 0) {
            memset(desk.keys.k, 0, sizeof desk.keys.k);
        }
        note = sample_desk_note(s, &desk, i, &n);
        sample_add(bytes, len, note, n);
        if (w->unseen || (w->old && i > 0)) {
            continue;
        }
        sample_seen(s, &seen, i, today - 1, d);
        if (w->seen_page != NULL && i == 0) {
            memcpy(seen.pages[0].relay, d->relays[0].id, 32);
            seen.pages[0].number = strtoull(w->seen_page, NULL, 10);
            (void)sodium_hex2bin(seen.pages[0].hash, 32, w->seen_hash, 64, NULL,
                                 NULL, NULL);
            seen.n_pages = 1;
        }
        note = sample_seen_note(&seen, i, &n);
        sample_add(bytes, len, note, n);
    }
}

/* What the words ask for, and the relays among them. */
static void
read_wishes(struct wishes *w, struct directory *d, int argc, char **a)
{
    for (int i = 0; i < argc; i++) {
        w->expired = w->expired || strcmp(a[i], "expired") == 0;
        w->nokeys = w->nokeys || strcmp(a[i], "nokeys") == 0;
        w->stale = w->stale || strcmp(a[i], "stale") == 0;
        w->badkeys = w->badkeys || strcmp(a[i], "badkeys") == 0;
        w->closing = w->closing || strcmp(a[i], "closing") == 0;
        w->old = w->old || strcmp(a[i], "old") == 0;
        w->unseen = w->unseen || strcmp(a[i], "unseen") == 0;
        w->revoked = w->revoked || strcmp(a[i], "revoked") == 0;
        if (strcmp(a[i], "seen") == 0 && i + 2 < argc) {
            w->seen_page = a[++i];
            w->seen_hash = a[++i];
        } else if (strchr(a[i], ',') != NULL) {
            relay_from(&d->relays[d->n_relays++], a[i]);
        }
    }
}

/* Those of them that are of the directory. */
static void
grant_wishes(struct directory *d, const struct wishes *w, uint32_t today)
{
    if (w->closing) {
        d->relays[d->n_relays - 1].closing_day = today + 5;
    }
    if (w->expired) {
        d->issued = today - 50;
        d->expires = today - 1;
    }
    if (w->old) {
        d->issued = today - 5;
    }
    if (w->revoked) {
        d->orgs[0].revoked_day = today;
        d->revoked = calloc(1, sizeof *d->revoked);
        must(d->revoked == NULL ? RC_NOMEM : RC_OK, "revoked");
        memcpy(d->revoked[0].id, d->orgs[0].id, 32);
        d->revoked[0].day = today;
        d->n_revoked = 1;
    }
}

static int
run_network(int argc, char **a)
{
    static struct sample s;
    struct wishes w = {0};
    uint32_t today = clock_day(clock_now());
    uint16_t tick = (uint16_t)atoi(a[1]);
    uint8_t *bytes = NULL, *note;
    size_t len = 0, n;
    struct directory *d;

    sample_init(&s);
    d = sample_directory(&s, 3, today - 1);
    d->retention = 3;
    d->boards[0].tick = tick;
    d->boards[1] = (struct board){1, 4096, tick, 2, 4, 2};
    free(d->orgs[0].codes); /* the sample's are none of schema 1's */
    d->orgs[0].codes = strdup("FIRED,WAGES");
    must(d->orgs[0].codes == NULL ? RC_NOMEM : RC_OK, "codes");
    d->n_relays = 0;
    read_wishes(&w, d, argc - 2, a + 2);
    grant_wishes(d, &w, today);
    note = sample_root(&s, 1, &n);
    sample_add(&bytes, &len, note, n);
    note = sample_directory_note(&s, d, &n);
    {
        struct directory *again;

        must(directory_open(&again, note, n, &s.root), "the directory");
        memcpy(d->hash, again->hash, 32);
        directory_free(again);
    }
    sample_add(&bytes, &len, note, n);
    add_desk_notes(&bytes, &len, &s, d, &w, today);
    must(file_write(a[0], bytes, len, 0644, true), a[0]);
    for (size_t i = d->n_relays; i < SAMPLE_RELAYS; i++) {
        free(d->relays[i].urls[0]);
    }
    directory_free(d);
    free(bytes);
    return 0;
}

/* What a desk of the sample holds, and where it reads. */
struct desk {
    struct sample sample;
    struct network w;
    struct net *net;
    struct net_circuit circuit;
    size_t org;
    const char *url;
    struct entry_keys keys[4];
    bool quiet;
    size_t n; /* reports read; root and R of each */
    struct {
        uint8_t root[32];
        uint8_t reply[32];
    } reports[64];
};

static void
desk_open(struct desk *k, char **a)
{
    const struct net_options opt = {.socks = getenv("SOCKS")};
    uint32_t week = clock_week(clock_now());

    sample_init(&k->sample);
    must(network_load(&k->w, a[0]), a[0]);
    must(net_new(&k->net, &opt), "net");
    net_circuit_fresh(&k->circuit);
    k->org = (size_t)atoi(a[1]);
    k->url = k->w.bundle->directory->relays[0].urls[0];
    for (uint32_t i = 0; i < 4; i++) {
        char label[64];

        k->keys[i].week = week - 1 + i;
        snprintf(label, sizeof label, "K Q %zu %u", k->org, k->keys[i].week);
        vec_seed(k->keys[i].k, 32, label);
        memcpy(k->keys[i].q, k->keys[i].k, 32);
    }
}

/* The one that k->url is of. */
static const struct directory_relay *
relay_of(const struct desk *k)
{
    const struct directory *d = k->w.bundle->directory;

    for (size_t i = 0; i < d->n_relays; i++) {
        if (strcmp(d->relays[i].urls[0], k->url) == 0) {
            return &d->relays[i];
        }
    }
    must(RC_MISSING, k->url);
    return NULL;
}

static void
desk_close(struct desk *k)
{
    net_free(k->net);
    network_wipe(&k->w);
}

static enum rc
exchange(struct desk *k, const struct cell_request *req, uint8_t down[CELL_LEN],
         struct cell_answer *ans)
{
    uint8_t up[CELL_LEN];

    must(cell_request_write(up, req), "a request");
    must(net_exchange(k->net, &k->circuit, k->url, up, down), k->url);
    return cell_answer_parse(ans, down, req->op);
}

static void
print_body(struct desk *k, const struct head *head)
{
    uint8_t *body = malloc((size_t)head->boxes * BODY_CHUNK_LEN);
    uint8_t digest[32], hash[32];
    char hex[65];
    struct body_item item;
    struct reader r;

    for (uint32_t i = 0; i < head->boxes; i++) {
        uint8_t address[32], down[CELL_LEN];
        const struct cell_request req = {.op = CELL_GET, .address = address};
        const struct body_place at = {head->body_key, relay_of(k)->id, i};
        struct cell_answer ans;

        body_address(address, &at);
        must(exchange(k, &req, down, &ans), "GET");
        if (ans.status != CELL_PRESENT) {
            printf("box %u is absent\n", i);
            free(body);
            return;
        }
        must(body_box_open(body + (size_t)i * BODY_CHUNK_LEN, &at, ans.box),
             "a box");
    }
    blake2b_256(digest, body, head->body_len);
    printf("digest %s\n", memcmp(digest, head->digest, 32) ? "WRONG" : "good");
    rd_init(&r, body, head->body_len);
    while (body_item_next(&item, &r) == RC_OK) {
        crypto_hash_sha256(hash, item.data, item.len);
        printf("item %.*s %.*s %" PRIu64 " %s\n", (int)item.type_len, item.type,
               (int)item.name_len, item.name, item.len,
               sodium_bin2hex(hex, sizeof hex, hash, 32));
        if (strncmp(item.type, "text/plain", item.type_len) == 0 &&
            item.name_len == 0) {
            printf("%.*s\n", (int)item.len, (const char *)item.data);
        }
    }
    free(body);
}

/* Is an entry its owner's; a follow-up that of a report read before it? */
static bool
proof_is_good(const struct desk *k, const struct head *head,
              const uint8_t *bytes, const uint8_t *e,
              const struct entry_keys *keys)
{
    struct head_proof of = {head->a, e, keys->week, keys->k, head->b};

    if (head->kind == HEAD_REPORT) {
        return head_is_proven(bytes, &of);
    }
    for (size_t i = 0; i < k->n; i++) {
        uint8_t id[32];

        of.root = k->reports[i].root;
        of.point = k->reports[i].reply;
        conversation_id(id, of.root);
        if (memcmp(id, head->a, 32) == 0 && head_is_proven(bytes, &of)) {
            return true;
        }
    }
    return false;
}

static enum rc
on_page(const struct page *page, const uint8_t *bytes, size_t len, void *arg)
{
    struct desk *k = arg;

    (void)bytes;
    (void)len;
    for (size_t i = 0; i < page->slots; i++) {
        const uint8_t *entry = page->entries + i * ENTRY_REPORT_LEN;
        uint8_t bytes_of_head[HEAD_LEN];
        struct head head;
        size_t which;

        if (entry_open(bytes_of_head, &which, entry, k->sample.org_ids[k->org],
                       k->keys, 4) != RC_OK) {
            continue;
        }
        must(head_parse(&head, bytes_of_head), "a head");
        if (head.kind == HEAD_REPORT && k->n < 64) {
            memcpy(k->reports[k->n].root, head.a, 32);
            memcpy(k->reports[k->n++].reply, head.b, 32);
        }
        if (head.kind != HEAD_OWN && !k->quiet) {
            printf("proof %s\n", proof_is_good(k, &head, bytes_of_head, entry,
                                               &k->keys[which])
                                     ? "good"
                                     : "WRONG");
        }
        if (!k->quiet) {
            printf("entry kind %d boxes %u\n%.*s\n", (int)head.kind, head.boxes,
                   (int)head.text_len, (const char *)head.text);
            if (head.boxes > 0) {
                print_body(k, &head);
            }
        }
    }
    return RC_OK;
}

static void
desk_scan(struct desk *k)
{
    const struct directory *d = k->w.bundle->directory;
    struct scan_position pos = {0};
    /* Two hours, or as many pages as a scenario lets come. */
    const unsigned tick = d->boards[1].tick;
    const unsigned pages = tick < 24 ? 7200 / tick : 300;
    struct scan s = {
        .net = k->net,
        .circuit = &k->circuit,
        .url = k->url,
        .board = &d->boards[1],
        .relay_pk = d->relays[0].pk,
        .retention = d->retention,
        .today = k->w.today,
        .page = on_page,
        .arg = k,
    };

    for (size_t i = 0; i < d->n_relays; i++) {
        if (strcmp(d->relays[i].urls[0], k->url) == 0) {
            s.relay_pk = d->relays[i].pk;
        }
    }
    must(scan_from(&s, &pos, (uint64_t)clock_now() / d->boards[1].tick - pages),
         "the board");
}

static int
run_read(int argc, char **a)
{
    static struct desk k;

    desk_open(&k, a);
    if (argc > 2) {
        k.url = a[2];
    }
    desk_scan(&k);
    desk_close(&k);
    return 0;
}

/* A body of 300 files without a byte in them, at the first relay. */
static void
put_many(struct desk *k, const struct answer_with *with, struct answer *answer)
{
    const struct body_place at = {answer->body_key, relay_of(k)->id, 0};
    const struct body_item item = {.type = "a/b", .type_len = 3};
    uint8_t body[300 * 13], address[32], burn[32] = {1}, box[CELL_BOX_LEN];
    uint8_t down[CELL_LEN];
    const struct cell_request put = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = burn,
                                     .data = box,
                                     .data_len = sizeof box};
    struct cell_answer ans;
    struct writer w;

    wr_init(&w, body, sizeof body);
    for (int i = 0; i < 300; i++) {
        must(body_item_head_write(&w, &item), "an item");
    }
    answer->boxes = body_boxes(answer->body_len = sizeof body);
    blake2b_256(answer->digest, body, sizeof body);
    body_key_answer(answer->body_key, with->root, with->i, answer->digest);
    must(body_box_seal(box, &at, body, sizeof body), "a box");
    body_address(address, &at);
    must(exchange(k, &put, down, &ans), "PUT");
}

/* To every relay. how: as on the command line; nothing is put if it is absent,
 * and a random box if it is junk. */
static void
bring(struct desk *k, const struct answer_with *with, const uint8_t *inner,
      const char *how)
{
    uint8_t address[32], secret[32], burn[32], box[CELL_BOX_LEN];
    uint8_t nonce[ANSWER_NONCE_LEN], entry[ENTRY_ANSWER_LEN], down[CELL_LEN];
    const struct cell_request put = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = burn,
                                     .data = box,
                                     .data_len = sizeof box};
    const struct cell_request ring = {
        .op = CELL_RING, .data = entry, .data_len = sizeof entry};
    struct cell_answer ans;

    answer_entry(entry, with->root, with->i);
    for (size_t i = 0; i < k->w.bundle->directory->n_relays; i++) {
        const struct directory_relay *r = &k->w.bundle->directory->relays[i];
        const struct answer_place at = {with->root, r->id, with->i};

        k->url = r->urls[0];
        answer_address(address, &at);
        answer_burn_secret(secret, &at);
        drop_burn_hash(burn, secret);
        randombytes_buf(nonce, sizeof nonce);
        answer_wrap(box, &at, inner, nonce);
        if (strcmp(how, "junk") == 0) {
            randombytes_buf(box, sizeof box);
        }
        if (strcmp(how, "absent") != 0) {
            must(exchange(k, &put, down, &ans), "PUT");
            must(ans.status == CELL_STORED ? RC_OK : RC_TAKEN, "PUT");
        }
        must(exchange(k, &ring, down, &ans), "RING");
        must(ans.status == CELL_QUEUED || ans.status == CELL_SEALED ? RC_OK
                                                                    : RC_AGAIN,
             "RING");
    }
}

static int
run_answer(char **a)
{
    static struct desk k;
    const char *how = a[3];
    const uint8_t *root;
    struct sample_key v;
    uint8_t inner[ANSWER_INNER_LEN], eseed[ANSWER_ESEED_LEN];
    struct answer answer = {.day = clock_day(clock_now())};
    struct answer_with with;

    desk_open(&k, a);
    k.quiet = true;
    desk_scan(&k);
    if (k.n == 0) {
        must(RC_MISSING, "a report");
    }
    root = k.reports[k.n - 1].root;
    with = (struct answer_with){k.sample.org_ids[k.org], root,
                                k.reports[k.n - 1].reply, (uint8_t)atoi(a[2])};
    answer.text = (const uint8_t *)a[4];
    answer.text_len = (uint16_t)strlen(a[4]);
    if (strncmp(how, "days+", 5) == 0) {
        answer.day += (uint32_t)atoi(how + 5);
    }
    sample_v(&v, k.org, answer.day / 7);
    if (strcmp(how, "forged") == 0) {
        crypto_sign_keypair(v.pk, v.sk);
    }
    randombytes_buf(eseed, sizeof eseed);
    if (strcmp(how, "many") == 0) {
        put_many(&k, &with, &answer);
    }
    if (strcmp(how, "lost") == 0) { /* a body that is nowhere */
        answer.boxes = body_boxes(answer.body_len = 100);
        randombytes_buf(answer.body_key, sizeof answer.body_key);
        randombytes_buf(answer.digest, sizeof answer.digest);
    }
    must(answer_seal(inner, &with, &answer, v.sk, eseed), "the answer");
    if (strcmp(how, "damaged") == 0) {
        seal_damaged(inner, &with, &answer, v.sk, eseed);
    }
    if (strcmp(how, "garbage") == 0) {
        randombytes_buf(inner, sizeof inner);
    }
    bring(&k, &with, inner, how);
    desk_close(&k);
    return 0;
}

/* One entry of the flood: whatever the relay asks for it gets, until the entry
 * waits for its page. */
static void
flood_one(struct desk *k, const struct toll_at *at)
{
    uint8_t noise[ENTRY_REPORT_LEN], entry[ENTRY_REPORT_LEN];
    uint8_t up[CELL_LEN], down[CELL_LEN];
    const struct cell_request ring = {
        .op = CELL_RING, .board = 1, .data = entry, .data_len = sizeof entry};
    struct cell_answer ans;
    uint8_t c[KDF_LEN];
    uint64_t start = 0;

    randombytes_buf(noise, sizeof noise);
    must(entry_dummy(entry, at->board, noise), "a dummy");
    must(cell_request_write(up, &ring), "a request");
    for (int tries = 0; tries < 50; tries++) {
        must(net_exchange(k->net, &k->circuit, k->url, up, down), k->url);
        must(cell_answer_parse(&ans, down, CELL_RING), "RING");
        if (ans.status == CELL_QUEUED || ans.status == CELL_SEALED) {
            return;
        }
        if (ans.status == CELL_MORE_EFFORT) {
            must(toll_challenge(c, at), "what the work is about");
            must(effort_solve(up, c, ans.effort, &start, UINT64_MAX), "effort");
        } else if (ans.status == CELL_QUOTA) {
            net_circuit_fresh(&k->circuit);
        } else {
            break;
        }
    }
    must(RC_AGAIN, "the flood is not let in");
}

static int
run_flood(char **a)
{
    static struct desk k;
    struct toll_at at;

    desk_open(&k, a);
    at = (struct toll_at){.net = k.net,
                          .circuit = &k.circuit,
                          .url = k.url,
                          .relay_id = k.w.bundle->directory->relays[0].id,
                          .relay_pk = k.w.bundle->directory->relays[0].pk,
                          .board = &k.w.bundle->directory->boards[1],
                          .now = clock_now()};
    for (int i = atoi(a[2]); i > 0; i--) {
        flood_one(&k, &at);
    }
    desk_close(&k);
    return 0;
}

static int
run_flip(int argc, char **a)
{
    long offset = atol(a[1]);
    uint8_t *bytes;
    size_t len;

    must(file_read(&bytes, &len, a[0], 1 << 28), a[0]);
    bytes[offset < 0 ? len - (size_t)-offset : (size_t)offset] ^=
        (uint8_t)(1 << (argc > 2 ? atoi(a[2]) : 0));
    must(file_write(a[0], bytes, len, 0644, true), a[0]);
    free(bytes);
    return 0;
}

static void
reply(int fd, const char *status, const uint8_t *body, size_t len)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n",
                     status, len);

    if (file_write_all(fd, (const uint8_t *)head, (size_t)n) != RC_OK ||
        (len > 0 && file_write_all(fd, body, len) != RC_OK)) {
        return;
    }
}

/* One request a connection: its head, and the cell of an exchange. */
static void
lie(int fd, const uint8_t *bundle, size_t bundle_len, const uint8_t *cell,
    size_t cell_len)
{
    static char in[CELL_LEN + 4096];
    size_t n = 0;
    char *body;

    do {
        ssize_t got = read(fd, in + n, sizeof in - 1 - n);

        if (got <= 0) {
            return;
        }
        n += (size_t)got;
        in[n] = '\0';
        body = strstr(in, "\r\n\r\n");
    } while (body == NULL ||
             (in[0] == 'P' && n < (size_t)(body - in) + 4 + CELL_LEN));
    if (strncmp(in, "GET /v1/status ", 15) == 0) {
        uint8_t hash[KDF_LEN];
        char hex[2 * KDF_LEN + 1], text[200];

        blake2b_256(hash, bundle, bundle_len);
        (void)snprintf(text, sizeof text, "tocsin 1\nbundle %s\n",
                       sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
        reply(fd, "200 OK", (const uint8_t *)text, strlen(text));
    } else if (strncmp(in, "GET /v1/directory ", 18) == 0) {
        reply(fd, "200 OK", bundle, bundle_len);
    } else if (in[0] == 'P' && cell != NULL) {
        reply(fd, "200 OK", cell, cell_len);
    } else {
        reply(fd, "404 Not Found", NULL, 0);
    }
}

static _Noreturn void
run_liar(int argc, char **a)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    uint8_t *bundle, *cell = NULL;
    size_t bundle_len, cell_len = 0;
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    must(file_read(&bundle, &bundle_len, a[1], 1 << 24), a[1]);
    if (argc > 2) {
        must(file_read(&cell, &cell_len, a[2], 1 << 24), a[2]);
    }
    snprintf(at.sun_path, sizeof at.sun_path, "%s", a[0]);
    (void)unlink(a[0]);
    if (bind(s, (struct sockaddr *)&at, sizeof at) != 0 || listen(s, 8) != 0) {
        must(RC_IO, a[0]);
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        int fd = accept(s, NULL, NULL);

        if (fd >= 0) {
            lie(fd, bundle, bundle_len, cell, cell_len);
            close(fd);
        }
    }
}

int
main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        return 1;
    }
    if (argc > 4 && strcmp(argv[1], "network") == 0) {
        return run_network(argc - 2, argv + 2);
    }
    if (argc > 3 && strcmp(argv[1], "read") == 0) {
        return run_read(argc - 2, argv + 2);
    }
    if (argc > 4 && strcmp(argv[1], "flood") == 0) {
        return run_flood(argv + 2);
    }
    if (argc == 7 && strcmp(argv[1], "answer") == 0) {
        return run_answer(argv + 2);
    }
    if (argc > 3 && strcmp(argv[1], "flip") == 0) {
        return run_flip(argc - 2, argv + 2);
    }
    if (argc > 3 && strcmp(argv[1], "liar") == 0) {
        run_liar(argc - 2, argv + 2);
    }
    fprintf(stderr, "usage: desktool COMMAND..., see its source\n");
    return 2;
}
