/* SPDX-License-Identifier: ISC */
/*
 * Reading a board at one relay: fetching hours, days and single pages,
 * checking signatures, chain and forks, handing out entries.
 */
#ifndef SCAN_H
#define SCAN_H

#include "network.h"
#include "page.h"
#include "status.h"

/* Where a reader stands at one relay's board. Zero: nothing read yet. */
struct scan_position {
    bool known;
    struct page_link last; /* newest page that was checked */
};

struct scan {
    struct net *net;
    const struct net_circuit *circuit;
    const char *url;
    const struct board *board;
    const uint8_t *relay_pk;
    uint32_t retention; /* days, as the directory says */
    uint32_t today;     /* by network.today; 0: by the local clock alone */
    /* Called for each page in ascending order once it is checked; a result
     * other than RC_OK ends the scan with it, and pos stays before it. */
    enum rc (*page)(const struct page *page, const uint8_t *bytes, size_t len,
                    void *arg);
    void *arg;
    bool hours;   /* no whole days: for a slow line, or after a failure */
    bool singles; /* page by page, to await one */
    /* With singles: so many numbers at most, the newest; before them it begins
     * anew. A status, which nobody signs, must not keep us. 0: all. */
    uint64_t most;
    /* Every hour as a file, the open one, too: what is asked for is then known
     * from first and the newest page (scan_files). */
    bool files;
    uint64_t newest; /* with files: as a status had it; none is asked for */
    /* With files: NULL, or gives those files; results as net_get. */
    enum rc (*get)(const char *path, size_t max, uint8_t **out, size_t *len,
                   void *arg);
    void *get_arg;
    /* 0, or when to stop between two files, by clock_mono_ms: RC_AGAIN */
    int64_t until_ms;
    /* NULL, or called before RC_FORGED with a signed page that does not fit
     * what was read before, to be kept. */
    void (*evidence)(const uint8_t *bytes, size_t len, void *arg);
};

/*
 * Read from first (a page number) on to the newest page, closed days and
 * hours as files, the rest page by page or by the open hour file.
 * first    where pos is known and further, reading goes on after pos
 * pos      moves on with each checked page; what was checked before an error
 *          stays handed out
 * returns  RC_OK; RC_MISSING (the relay does not have this board); RC_FORGED (bad signature, fork, going back, or pages left
 *          out that are not beyond retention); RC_FORMAT; RC_IO; RC_AGAIN;
 *          RC_NOMEM; what the callback returned
 */
enum rc scan_from(const struct scan *s, struct scan_position *pos,
                  uint64_t first) MUST_CHECK;
#define SCAN_PATH_LEN 64
struct scan_file {
    char path[SCAN_PATH_LEN];
    size_t max; /* bytes */
};
/*
 * What a scan with `files` asks for, in its order, as long as no file is too
 * large for one piece.
 * out      heap; the caller frees it
 * returns  RC_OK; RC_FORMAT (newest lies too far ahead); RC_NOMEM
 */
enum rc scan_files(const struct scan *s, uint64_t first, struct scan_file **out,
                   size_t *n) MUST_CHECK;
/* What the relay's /v1/status says of the board. */
enum rc scan_status(const struct scan *s, struct status_board *out) MUST_CHECK;

#endif
