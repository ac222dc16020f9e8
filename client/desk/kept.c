/* SPDX-License-Identifier: ISC */
/* Records of what relays showed, and of the desk's public keys: see
 * records.h. */
#include "records.h"

#include <string.h>

#include "desknote.h"
#include "kdf.h"
#include "record_io.h"

#define ALARMS_MAX 1000 /* a hostile relay must not fill the disk */

enum rc
alarm_parse(struct alarm_rec *out, const struct vault_row *row)
{
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, row->data, row->len);
    out->first_day = rd_u32(&r);
    out->last_day = rd_u32(&r);
    out->count = rd_u32(&r);
    out->text_len = rd_u16(&r);
    rd_require(&r, out->text_len < sizeof out->text);
    rd_copy(&r, (uint8_t *)out->text, r.rc == RC_OK ? out->text_len : 0);
    return record_end(&r, out, sizeof *out);
}

static enum rc
alarm_get(struct vault *v, struct alarm_rec *out, const uint8_t id[static 32])
{
    RECORD_GET(v, VAULT_ALARM, id, 32, alarm_parse, out);
}

/* Of the oldest day, and there the one that came least often. */
struct oldest {
    uint8_t id[32];
    uint32_t day, count;
    bool found;
};

static enum rc
find_oldest(const struct vault_row *row, void *arg)
{
    struct oldest *o = arg;
    struct alarm_rec a;

    if (alarm_parse(&a, row) == RC_OK && row->id_len == sizeof o->id &&
        (!o->found || a.last_day < o->day ||
         (a.last_day == o->day && a.count < o->count))) {
        memcpy(o->id, row->id, sizeof o->id);
        o->day = a.last_day;
        o->count = a.count;
        o->found = true;
    }
    return RC_OK;
}

/* Room for one more: who can make many alarms must not shut out those after
 * them. */
static enum rc
alarm_room(struct vault *v)
{
    struct oldest o = {.found = false};
    uint64_t n = 0;
    enum rc rc = vault_number(v, "alarms", &n);

    if (rc == RC_OK && n < ALARMS_MAX) {
        return vault_set_number(v, "alarms", n + 1);
    }
    if (rc == RC_OK) {
        rc = vault_each(v, VAULT_ALARM, find_oldest, &o, NULL);
    }
    if (rc == RC_OK && o.found) {
        return vault_delete(v, VAULT_ALARM, o.id, sizeof o.id);
    }
    return rc == RC_OK ? vault_set_number(v, "alarms", 1) : rc;
}

enum rc
alarm_note(struct vault *v, const char *text, uint32_t day, bool *fresh)
{
    uint8_t id[KDF_LEN], bytes[sizeof(struct alarm_rec) + 16];
    struct alarm_rec a;
    struct writer w;
    size_t len = strlen(text);
    enum rc rc;

    if (len >= sizeof a.text) {
        len = sizeof a.text - 1;
    }
    kdf_hash(id, "alarm", (const uint8_t *)text, len);
    if ((rc = alarm_get(v, &a, id)) == RC_MISSING) {
        if ((rc = alarm_room(v)) != RC_OK) {
            return rc;
        }
        memset(&a, 0, sizeof a);
        a.first_day = day;
        a.text_len = (uint16_t)len;
        memcpy(a.text, text, len);
    } else if (rc != RC_OK) {
        return rc;
    }
    *fresh = a.count == 0 || a.last_day != day;
    a.last_day = day;
    a.count++;
    wr_init(&w, bytes, sizeof bytes);
    wr_u32(&w, a.first_day);
    wr_u32(&w, a.last_day);
    wr_u32(&w, a.count);
    wr_u16(&w, a.text_len);
    wr_bytes(&w, (const uint8_t *)a.text, a.text_len);
    return record_put(v, VAULT_ALARM, id, sizeof id, &w, bytes);
}

static void
position_id(uint8_t id[static 33], const uint8_t relay[static 32],
            uint8_t board)
{
    memcpy(id, relay, 32);
    id[32] = board;
}

enum rc
position_put(struct vault *v, const struct position_rec *p)
{
    uint8_t id[33], bytes[128];
    struct writer w;

    position_id(id, p->relay, p->board);
    wr_init(&w, bytes, sizeof bytes);
    wr_u8(&w, p->known);
    wr_u8(&w, p->linked);
    wr_u64(&w, p->last.number);
    wr_bytes(&w, p->last.hash, sizeof p->last.hash);
    wr_u64(&w, p->first);
    wr_u64(&w, p->gap_first);
    wr_u64(&w, p->gap_last);
    return record_put(v, VAULT_POSITION, id, sizeof id, &w, bytes);
}

static enum rc
position_parse(struct position_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    rd_copy(&id, out->relay, sizeof out->relay);
    out->board = rd_u8(&id);
    out->known = rd_u8(&r) != 0;
    out->linked = rd_u8(&r) != 0;
    out->last.number = rd_u64(&r);
    rd_copy(&r, out->last.hash, sizeof out->last.hash);
    out->first = rd_u64(&r);
    out->gap_first = rd_u64(&r);
    out->gap_last = rd_u64(&r);
    return record_end(&r, out, sizeof *out);
}

static enum rc
position_row(struct vault *v, struct position_rec *out,
             const uint8_t id[static 33])
{
    RECORD_GET(v, VAULT_POSITION, id, 33, position_parse, out);
}

enum rc
position_get(struct vault *v, struct position_rec *out,
             const uint8_t relay[static 32], uint8_t board)
{
    uint8_t id[33];
    enum rc rc;

    position_id(id, relay, board);
    if ((rc = position_row(v, out, id)) == RC_MISSING) {
        memcpy(out->relay, relay, 32);
        out->board = board;
        rc = RC_OK;
    }
    return rc;
}

enum rc
newest_put(struct vault *v, const struct position_rec *at, const uint8_t *page,
           size_t len)
{
    uint8_t id[33];

    position_id(id, at->relay, at->board);
    return vault_put(v, VAULT_PAGE, id, sizeof id, page, len);
}

enum rc
newest_get(struct vault *v, const struct position_rec *at, uint8_t **out,
           size_t *len)
{
    uint8_t id[33];

    position_id(id, at->relay, at->board);
    return vault_get(v, VAULT_PAGE, id, sizeof id, out, len);
}

static void
day_page_id(uint8_t id[static 37], const struct position_rec *at, uint32_t day)
{
    struct writer w;

    wr_init(&w, id, 37);
    wr_bytes(&w, at->relay, 32);
    wr_u8(&w, at->board);
    wr_u32(&w, day);
}

enum rc
day_page_put(struct vault *v, const struct position_rec *at, uint32_t day,
             const uint8_t *page, size_t len)
{
    uint8_t id[37];

    day_page_id(id, at, day);
    return vault_put(v, VAULT_DAY_PAGE, id, sizeof id, page, len);
}

enum rc
day_page_get(struct vault *v, const struct position_rec *at, uint32_t day,
             uint8_t **out, size_t *len)
{
    uint8_t id[37];

    day_page_id(id, at, day);
    return vault_get(v, VAULT_DAY_PAGE, id, sizeof id, out, len);
}

struct day_pruning {
    struct vault *vault;
    uint32_t before;
};

static enum rc
prune_day_page(const struct vault_row *row, void *arg)
{
    const struct day_pruning *p = arg;
    struct reader r;
    uint32_t day;

    rd_init(&r, row->id, row->id_len);
    (void)rd_bytes(&r, 33);
    day = rd_u32(&r);
    return rd_end(&r) == RC_OK && day < p->before
               ? vault_delete(p->vault, VAULT_DAY_PAGE, row->id, row->id_len)
               : RC_OK;
}

enum rc
day_pages_prune(struct vault *v, uint32_t before)
{
    struct day_pruning p = {v, before};

    return vault_each(v, VAULT_DAY_PAGE, prune_day_page, &p, NULL);
}

enum rc
week_put(struct vault *v, const struct desknote_week *week)
{
    uint8_t id[4], bytes[32 + XWING_PK_LEN + 32];
    struct writer w;

    record_id1(id, week->week);
    wr_init(&w, bytes, sizeof bytes);
    wr_bytes(&w, week->k, sizeof week->k);
    wr_bytes(&w, week->q, sizeof week->q);
    wr_bytes(&w, week->v, sizeof week->v);
    return record_put(v, VAULT_WEEK, id, sizeof id, &w, bytes);
}

static enum rc
week_parse(struct desknote_week *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    out->week = rd_u32(&id);
    rd_copy(&r, out->k, sizeof out->k);
    rd_copy(&r, out->q, sizeof out->q);
    rd_copy(&r, out->v, sizeof out->v);
    return record_end(&r, out, sizeof *out);
}

enum rc
week_get(struct vault *v, struct desknote_week *out, uint32_t week)
{
    uint8_t id[4];

    record_id1(id, week);
    RECORD_GET(v, VAULT_WEEK, id, sizeof id, week_parse, out);
}
