/* SPDX-License-Identifier: ISC */
/*
 * What `tocsin-desk watch` is made of: a thread for each board of each relay
 * (feeds), and one loop for all else, in which every part says when it wants
 * to be called next. Who runs holds the lock, and gives it away while a relay
 * is waited for (desklock.h). So the feeds use nothing of the directory but
 * what was copied for them. PROTOCOL.md section 8.
 */
#ifndef WATCH_H
#define WATCH_H

#include "clocks.h"
#include "desk.h"
#include "desklock.h"
#include "numbers.h"
#include "scan.h"
#include "witness.h"
#include "toll.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Means in seconds. Settable for tests; the defaults are the protocol's. */
struct watch_means {
    double answer;          /* wait of an answer; at most 6 times this */
    double body;            /* between bodies */
    double own_per_day;     /* less than 0: the protocol's formula */
    double dummies_per_day; /* less than 0: the protocol's formula */
    double gap;             /* between the RINGs of a visit, at most */
    double fetch;           /* until an own dummy answer is fetched */
    double poll;            /* least time between two looks at a relay */
    double refresh;         /* between looks at the bundle */
    double seen;            /* within it, of a day, the last one's is noted */
    unsigned grace;         /* pages an entry may be late */
    unsigned body_in;       /* one own visit in so many has a body */
};

#define FEEDS_MAX (DIRECTORY_RELAYS_MAX * (DIRECTORY_ANSWERS_MAX + 1))
#define FEED_URL_MAX 256
/* A relay that shows one of them other pages is found out by the next. */
#define FEED_CIRCUITS 3

/* One board at one relay, and its thread. */
struct feed {
    struct watch *watch;
    pthread_t thread;
    bool started, gone, ended;
    struct feed *next; /* of those that are gone */
    struct net *net;
    struct board board; /* these as in the directory */
    uint32_t retention;
    uint32_t today;
    uint8_t pk[32];
    char url[FEED_URL_MAX];
    struct position_rec pos;
    struct scan_position at; /* what scan_from moves on; without the lock */
    uint8_t *page; /* pos.last, as it came; heap, NULL: not here */
    size_t page_len;
    bool page_kept; /* in the store, too */
    struct feed_circuit {
        struct net_circuit circuit;
        int64_t until_ms;
    } circuits[FEED_CIRCUITS];
    int64_t next_ms;
    int64_t answered; /* unix time of the last answer, or of the start */
    int64_t gap_retry; /* unix time */
    uint64_t hour;    /* being read; state is kept when it changes */
    unsigned failures;
    bool settled; /* came as far as it goes, since the start */
    bool silent; /* said already that it does not answer */
};

/* A dummy answer of ours that lies at the relays, to be fetched as its
 * receiver would, or to be burned. In memory only. */
struct cover_dummy {
    uint8_t root[32];
    uint8_t i;
    uint32_t boxes; /* of its body */
    uint8_t digest[32];
    int64_t due; /* unix time */
    bool burn;
};
#define COVER_DUMMIES_MAX 256
struct cover_dummies {
    size_t n;
    struct cover_dummy list[COVER_DUMMIES_MAX];
};

struct cover; /* cover.h */

/* A body being fetched. */
struct fetching {
    bool active;
    struct body_rec rec;
    struct net_circuit circuit;
    int fd;
    uint32_t unsaved; /* boxes since the record was written */
    bool deleted;     /* with its case, by somebody: to be dropped */
};

/* An answer that is on its way, or whose entry stands on a board. */
struct outgoing_answer {
    struct answer_rec rec;
    uint8_t root[32];
    uint8_t entry[ENTRY_ANSWER_LEN]; /* of rec.i, once it is sealed */
    int64_t retry_ms;
    unsigned failures;
    /* Of the RING or PUT that is next, by rec.relays. */
    struct toll tolls[RECORD_RELAYS_MAX];
    /* Of the body's boxes, by rec.relays; zeros: none yet. */
    struct net_circuit circuits[RECORD_RELAYS_MAX];
    bool dummy; /* of no case; all else is as with others */
};

struct outgoing {
    struct outgoing_answer **list; /* n of cap; heap */
    size_t n, cap;
    size_t dummies; /* among them */
    bool loaded, dummies_loaded;
    struct numbers numbers; /* what boards may announce */
};

/* A relay that kept us waiting in vain is not asked for some time: answers for
 * others wait in the same thread. */
struct resting {
    uint8_t relay[32];
    int64_t until_ms;
};

struct watch {
    struct desk *d;
    struct watch_means means;
    const char *notify;
    uint64_t keep_free; /* bytes of the disk that attachments leave */
    const char *const *page_copies;
    size_t n_page_copies;
    const struct board *board;   /* ours */
    const struct board *answers; /* that with the highest id */
    struct witness witness;
    struct desklock lock;
    bool started; /* the feeds' threads */
    struct feed *feeds[FEEDS_MAX];
    size_t n_feeds;
    struct feed *retired;
    struct clocks_poisson own, dummies, bodies;
    struct cover *cover; /* the own visit that is under way; NULL: none */
    unsigned own_owed;   /* events of the clock that found one under way */
    struct cover_dummies kept;
    struct fetching fetch;
    struct outgoing out;
    struct resting resting[DIRECTORY_RELAYS_MAX];
    int64_t look_ms;      /* when own reports are looked after next */
    unsigned bodies_owed; /* events of the clock that found one at work */
    int64_t refresh_ms;
    struct clocks_daily seen_at; /* not to tell when what was read */
    uint32_t daily_day; /* the last day's chores were done */
    uint32_t posted_day;
    uint64_t posted_version;
    bool seen_posted;
    int64_t chores_ms;
    bool verbose;
    bool failed; /* what stopped it is no signal */
    bool news; /* somebody is to be notified */
    int notify_pid;
    int64_t notify_until_ms; /* then it is ended */
    int64_t notify_at_ms;    /* not before, after a failure */
    unsigned notify_failed;  /* in a row */
};

/* Set by SIGTERM and SIGINT. */
extern atomic_bool watch_stop;

/* --- wire.c: exchanges --------------------------------------------------- */

struct cell_request;
struct cell_answer;
/*
 * One exchange with a relay. RC_IO where it did not answer, or rests since it
 * did not.
 * down     the caller's buffer that *ans leads into, CELL_LEN bytes
 * circuit  NULL: a fresh one
 */
enum rc watch_exchange(struct watch *w, const struct directory_relay *relay,
                       const struct net_circuit *circuit,
                       const struct cell_request *req, uint8_t *down,
                       struct cell_answer *ans) MUST_CHECK;
/*
 * A RING, or the next try of it, as reporters' clients do it.
 * toll     the caller's, for this entry at this relay; zero at first
 * page     due or sealed there
 * returns  RC_OK; RC_AGAIN: the next try is due at toll->at_ms; RC_FULL: it is
 *          over, toll is zero again; others as watch_exchange
 */
enum rc watch_ring(struct watch *w, const struct directory_relay *relay,
                   const struct board *board, const uint8_t *entry,
                   struct toll *toll, uint64_t *page) MUST_CHECK;
/* The page that a relay named for an entry, or the last that it can be: a lie
 * must not keep an alarm waiting. */
uint64_t watch_near_page(const struct board *board, uint64_t page);
/*
 * PUT, or the next try of it.
 * circuit  NULL: a fresh one. One whose quota is used up becomes another.
 * toll     as in watch_ring, RC_FULL too
 * returns  RC_OK with *expiry; RC_TAKEN; RC_AGAIN when refused for now
 */
struct watch_put {
    const uint8_t *address;
    const uint8_t *burn_hash;
    const uint8_t *box;
};
enum rc watch_put(struct watch *w, const struct directory_relay *relay,
                  struct net_circuit *circuit, const struct watch_put *put,
                  struct toll *toll, uint32_t *expiry) MUST_CHECK;
/* NOTE, to all relays of the directory at once, so that they agree; waits for
 * the last. out: in the directory's order. */
struct watch_posted {
    enum rc rc; /* RC_OK; RC_TAKEN: it holds a newer one; RC_FORMAT: refused */
    char error[NET_ERROR_MAX]; /* the line's, where it failed */
};
void watch_post(struct watch *w, const uint8_t *note, size_t len,
                struct watch_posted out[static DIRECTORY_RELAYS_MAX]);
/* The answers board to ring at a relay; NULL: it has none now. */
const struct board *watch_answers_board(const struct watch *w,
                                        const struct directory_relay *relay);
/* The relays that are written to: those that are open. */
size_t watch_writers(const struct watch *w,
                     const struct directory_relay *out[static 2]);
/* Milliseconds to wait after so many failures in a row: 2 s up to 15 min. */
int64_t watch_backoff_ms(const struct watch *w, unsigned failures);
/* The means that depend on the directory; an unchanged one goes on. */
void watch_set_clocks(struct watch *w);

/* --- parts; each does what is due and says when it is next --------------- */

/* feeds.c: the list of feeds, and their threads. */
void feeds_build(struct watch *w);
void feeds_start(struct watch *w);
void feeds_stop(struct watch *w);
/* Is this relay's board scanned beyond this page? */
bool feeds_passed(const struct watch *w, const uint8_t *relay, uint8_t board,
                  uint64_t page);
const struct feed *feeds_of(const struct watch *w, const uint8_t *relay,
                            uint8_t board);
/* The circuit of the next look: one of some, by lot, each kept for half an hour
 * to an hour. */
const struct net_circuit *feeds_circuit(struct feed *f, int64_t now_ms);
/* reading.c: reads what is new, and says when the next look is. */
void feed_turn(struct watch *w, struct feed *f);

/* notify.c: runs the command of --notify if there is news. */
void watch_notify(struct watch *w);

/* outbox.c: answers. */
/* What waits is known before pages are read. */
enum rc outbox_load(struct watch *w) MUST_CHECK;
int64_t outbox_run(struct watch *w, int64_t now_ms);
/* The entries of a page of an answers board. */
enum rc outbox_page(struct watch *w, const struct page *page,
                    const uint8_t *relay) MUST_CHECK;
void outbox_wipe(struct watch *w);
/* Writes it, unless its case was deleted meanwhile: then nothing of it may
 * come back. */
enum rc outbox_keep(struct watch *w, struct outgoing_answer *o) MUST_CHECK;
/* The file of its attachments is of no use any more. */
void outbox_drop_body(const struct watch *w, const struct answer_rec *a);

/* dummies.c: a dummy answer, with a body of so many bytes unless that is 0.
 * RC_FULL: there are DUMMIES_MAX. */
enum rc outbox_dummy(struct watch *w, uint64_t body_len) MUST_CHECK;

/* delivery.c: an answer at the relays, once it is sealed. */
/* Goes on with it: boxes, entry. RC_TRUNCATED: in the middle of a body. */
enum rc delivery_run(struct watch *w, struct outgoing_answer *o) MUST_CHECK;
/* The last day on which a PUT tells whether a box that has gone was burned: so
 * long its tombstone stays. */
uint32_t delivery_last_day(const struct relay_rec *r);
/* standing.c: may it still come to a relay where it never was? Not so late that
 * nobody could check it there, or that all others forget it. */
bool delivery_in_time(const struct watch *w, const struct outgoing_answer *o);
/* What became of it at the relays. True: it is to be gone on
 * with. */
bool delivery_look_after(struct watch *w, struct outgoing_answer *o);

/* bodies.c: what reports name. */
int64_t bodies_run(struct watch *w, int64_t now_ms);
void bodies_stop(struct watch *w);

/* cover.c: own reports and dummy answers. */
int64_t cover_run(struct watch *w, int64_t now_ms);
/* Waits for the visit that is under way, which watch_stop ends. */
void cover_stop(struct watch *w);
/* A dummy answer stands at the relays. */
void cover_dummy_out(struct watch *w, const struct outgoing_answer *o);

/* tidy.c: files that no row names, of a `reply` or `delete` that a power cut
 * ended, and what the store's journal has kept of rows that are gone. */
enum rc tidy(struct desk *d) MUST_CHECK;

/* bulletin.c: the bundle, desk and seen notes, page copies, keys. */
int64_t bulletin_run(struct watch *w, int64_t now_ms);

#endif
