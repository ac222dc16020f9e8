/* SPDX-License-Identifier: ISC */
/*
 * Who is not the reporter, and rings for the first organisation of a network.
 *
 *   forge NETWORK HOW <CODE
 *
 * NETWORK has its desk note. HOW: twin (a report of the code's conversation
 * with another reply key, as one can who has root_O), lost (a follow-up of a
 * conversation without a report).
 */
#include "code.h"
#include "entry.h"
#include "must.h"
#include "net.h"
#include "network.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

/* The head of a forger, who has root: kind 1, or 2 if that is `lost`. */
static void
forge_head(uint8_t bytes[static HEAD_LEN], const struct entry_to *to,
           const uint8_t *eseed, bool lost)
{
    static const char text[] = "\nIt was not me.";
    uint8_t code[CODE_LEN], seed[32], root[32], r[32], e[32];
    const struct head_proof of = {root, e, to->week, r, to->k};
    struct head h = {.kind = lost ? HEAD_FOLLOW_UP : HEAD_REPORT,
                     .text = (const uint8_t *)text,
                     .text_len = sizeof text - 1};
    char typed[256];
    struct code_error why;

    must(fgets(typed, sizeof typed, stdin) != NULL ? RC_OK : RC_IO, "stdin");
    must(code_parse(code, &why, typed, strcspn(typed, "\n")), "the code");
    conversation_seed(seed, code);
    conversation_root(root, seed, to->org);
    randombytes_buf(r, sizeof r);
    if (lost) {
        randombytes_buf(root, sizeof root);
        conversation_id(h.a, root);
    } else {
        memcpy(h.a, root, sizeof h.a);
        must(crypto_scalarmult_base(h.b, r) == 0 ? RC_OK : RC_FORGED, "R_O");
    }
    must(entry_key(e, eseed), "E");
    must(head_write(bytes, &h), "a head");
    must(head_prove(bytes + HEAD_P_OFFSET, bytes, &of), "P");
}

/* At every relay. */
static void
ring(const struct network *w, uint8_t board, const uint8_t *entry)
{
    const struct cell_request req = {.op = CELL_RING,
                                     .board = board,
                                     .data = entry,
                                     .data_len = ENTRY_REPORT_LEN};
    const struct net_options opt = {.no_tor = true};
    uint8_t up[CELL_LEN], down[CELL_LEN];
    struct net_circuit circuit;
    struct net *net;

    must(net_new(&net, &opt), "net");
    net_circuit_fresh(&circuit);
    must(cell_request_write(up, &req), "a request");
    for (size_t i = 0; i < w->n_relays; i++) {
        struct cell_answer ans;

        must(net_exchange(net, &circuit, w->relays[i].url, up, down),
             w->relays[i].url);
        must(cell_answer_parse(&ans, down, CELL_RING), "an answer");
        must(ans.status == CELL_QUEUED ? RC_OK : RC_AGAIN, "RING");
    }
    net_free(net);
}

int
main(int argc, char **argv)
{
    static struct network w;
    const struct desknote_week *keys;
    const struct directory_org *org;
    struct entry_to to;
    uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN], entry[ENTRY_REPORT_LEN];

    if (argc != 3 || sodium_init() < 0) {
        fprintf(stderr, "usage: forge NETWORK twin|lost <CODE\n");
        return 2;
    }
    must(network_load(&w, argv[1]), argv[1]);
    org = &w.bundle->directory->orgs[0];
    must(w.bundle->desk[0] != NULL ? RC_OK : RC_MISSING, "a desk note");
    keys = &w.bundle->desk[0]->keys;
    to = (struct entry_to){org->id, keys->week, keys->k, keys->q};
    randombytes_buf(eseed, sizeof eseed);
    forge_head(head, &to, eseed, strcmp(argv[2], "lost") == 0);
    must(entry_seal(entry, &to, head, eseed), "an entry");
    ring(&w, org->board, entry);
    network_wipe(&w);
    return 0;
}
