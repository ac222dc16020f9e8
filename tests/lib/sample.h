/* SPDX-License-Identifier: ISC */
/*
 * A small network whose keys are the same in every run: three signers of
 * which two must sign, two relays, three organisations on board 1. Every
 * failure ends the test program.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "bundle.h"

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_SIGNERS 3
#define SAMPLE_RELAYS  2
#define SAMPLE_ORGS    3

struct sample_key {
    uint8_t pk[32];
    uint8_t sk[64];
};

struct sample {
    struct root root; /* version 1, with its hash */
    struct sample_key signers[SAMPLE_SIGNERS];
    struct sample_key relays[SAMPLE_RELAYS];
    struct sample_key orgs[SAMPLE_ORGS]; /* in the order of their ids */
    uint8_t relay_ids[SAMPLE_RELAYS][32];
    uint8_t org_ids[SAMPLE_ORGS][32];
};

void sample_init(struct sample *s);
/* The text signed once; heap. */
uint8_t *sample_sign(const char *text, size_t text_len,
                     const struct note_key *key, const uint8_t sk[static 64],
                     size_t *len);
/* The text with its first `from` replaced by `to`; heap. There must be one. */
char *sample_replace(const char *text, size_t text_len, const char *from,
                     const char *to, size_t *len);
/* A note with the signatures of the signers whose bits are in `by`. Frees
 * the text. */
uint8_t *sample_signed(const struct sample *s, char *text, size_t text_len,
                       unsigned by, size_t *len);
/* The root of that version; all three keys, threshold 2, signed by two. */
uint8_t *sample_root(const struct sample *s, uint64_t version, size_t *len);
/* Issued on that day, expires 60 days later. The caller may change it. */
struct directory *sample_directory(const struct sample *s, uint64_t version,
                                   uint32_t issued);
uint8_t *sample_directory_note(const struct sample *s,
                               const struct directory *d, size_t *len);
/* V of an organisation's week. */
void sample_v(struct sample_key *out, size_t org, uint32_t week);
/* Issued on that day for its week and the next, past: the week before. */
void sample_desk(const struct sample *s, struct desknote *out, size_t org,
                 uint64_t version, uint32_t issued);
uint8_t *sample_desk_note(const struct sample *s, const struct desknote *d,
                          size_t org, size_t *len);
/* Of that day, naming this directory, with a page of each board and relay. */
void sample_seen(const struct sample *s, struct seen_note *out, size_t org,
                 uint32_t day, const struct directory *d);
uint8_t *sample_seen_note(const struct seen_note *n, size_t org, size_t *len);
/* Appends to a bundle and frees the note. */
void sample_add(uint8_t **bundle, size_t *len, uint8_t *note, size_t note_len);
/*
 * A whole bundle: root 1, this directory (with its hash set), and for each
 * organisation a desk note issued that day and a seen note of the day before.
 */
uint8_t *sample_bundle(const struct sample *s, struct directory *d,
                       uint32_t day, size_t *len);

/* A bundle that grows: the root and the directory, then notes. in is heap. */
struct sample_notes {
    uint8_t *in;
    size_t len;
};
struct sample_notes sample_notes_begin(const struct sample *s,
                                       const struct directory *d);
/* As sample_desk and sample_seen, signed. */
void sample_notes_desk(struct sample_notes *n, const struct sample *s,
                       size_t org, uint64_t version, uint32_t day);
void sample_notes_seen(struct sample_notes *n, const struct sample *s,
                       size_t org, uint32_t day, const struct directory *d);

#endif
