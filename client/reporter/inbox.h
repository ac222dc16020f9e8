/* SPDX-License-Identifier: ISC */
/* Inside of inbox and burn: what is found by visits, and how it is shown. */
#ifndef INBOX_H
#define INBOX_H

#include "answers.h"
#include "visiting.h"
#include "write.h"

enum burn_state {
    BURN_DONE,
    BURN_GONE,  /* no relay had it */
    BURN_PARTLY /* a relay of the directory did not answer: it may be there */
};

/* What was done with an organisation's answers: a bit for each number. */
struct inbox_org {
    uint8_t id[ORG_ID_LEN];
    uint64_t asked; /* fetched, or tried */
    uint64_t read;  /* had whole */
    uint64_t burn;  /* to be burned */
    uint64_t tried; /* to burn */
};

/* One answer. */
struct which {
    size_t org;
    uint8_t i;
};

/* What one visit does. */
struct turn {
    size_t n_gets, n_burns;
    struct which gets[VISIT_BLOCKS], burns[VISIT_BLOCKS];
    struct visit_get *got[VISIT_BLOCKS];
    struct visit_burn *burned[VISIT_BLOCKS];
};

/* Visits that look for the answers to a code. */
struct inbox {
    struct visit v;
    struct write w; /* code and seed */
    struct answers answers;
    struct inbox_org *orgs; /* as the directory has them; n of answers */
    uint32_t days;
    uint32_t since;
    bool reading; /* fetch what is new */
    bool all;
    bool burn;
    bool burn_all;       /* whatever is announced, of `only` if that is set */
    const char *only;    /* as she named it */
    struct turn turn;
    const char *save;
    unsigned whole;  /* bits in read */
    unsigned partly; /* shown, but its attachments could not be had */
    unsigned shown;
    unsigned wrong;
    unsigned damaged; /* from them, but not to be shown, or of a day to come */
    unsigned older;
    unsigned burned; /* of those that were to be burned: at every relay */
    unsigned gone;   /* nowhere */
    unsigned left;   /* perhaps at a relay that did not answer */
};

/* --- inboxshow.c --- */

/* From before her last visit, and not asked for. day: announced. */
bool inbox_is_older(const struct inbox *in, uint32_t day);
/* What was fetched: verified, or what is wrong with it. */
void inbox_show(struct inbox *in, const struct which *a,
                const struct visit_get *get);
void inbox_list_older(struct inbox *in);
/* Which organisations have read up to which day. */
void inbox_print_read(const struct inbox *in);
/* What came of a burn, at all relays together. What did not reach one is told. */
enum burn_state inbox_tell_burned(struct inbox *in, const struct which *a,
                                  const struct visit_burn *burn);
/* One that was shown, with --burn. */
void inbox_tell_shown_burned(const struct inbox *in, const struct which *a,
                             enum burn_state state);

#endif
