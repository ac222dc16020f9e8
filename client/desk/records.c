/* SPDX-License-Identifier: ISC */
#include "records.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#include "record_io.h"

#define RECORD_MAX 36864 /* the largest: an answer */

static void
body_name_write(struct writer *w, const struct body_name *b)
{
    wr_u32(w, b->boxes);
    wr_u64(w, b->len);
    wr_bytes(w, b->key, sizeof b->key);
    wr_bytes(w, b->digest, sizeof b->digest);
}

static void
body_name_read(struct reader *r, struct body_name *b)
{
    b->boxes = rd_u32(r);
    b->len = rd_u64(r);
    rd_copy(r, b->key, sizeof b->key);
    rd_copy(r, b->digest, sizeof b->digest);
}

static void
relays_write(struct writer *w, const struct relay_rec *list, size_t n)
{
    wr_u8(w, (uint8_t)n);
    for (size_t i = 0; i < n; i++) {
        wr_bytes(w, list[i].id, 32);
        wr_u8(w, (uint8_t)list[i].place);
        wr_bytes(w, list[i].nonce, sizeof list[i].nonce);
        wr_u32(w, list[i].boxes_put);
        wr_u32(w, list[i].expiry);
        wr_u64(w, list[i].page);
        wr_u8(w, list[i].board);
        wr_u8(w, list[i].seen);
        wr_u8(w, list[i].missed);
    }
}

static void
relays_read(struct reader *r, struct relay_rec *list, size_t *n)
{
    *n = rd_u8(r);
    rd_require(r, *n <= RECORD_RELAYS_MAX);
    for (size_t i = 0; r->rc == RC_OK && i < *n; i++) {
        rd_copy(r, list[i].id, 32);
        list[i].place = (enum relay_place)rd_u8(r);
        rd_copy(r, list[i].nonce, sizeof list[i].nonce);
        list[i].boxes_put = rd_u32(r);
        list[i].expiry = rd_u32(r);
        list[i].page = rd_u64(r);
        list[i].board = rd_u8(r);
        list[i].seen = rd_u8(r) != 0;
        list[i].missed = rd_u8(r) != 0;
    }
}

struct relay_rec *
relay_rec_of(struct relay_rec *list, size_t *n, const uint8_t id[static 32])
{
    for (size_t i = 0; i < *n; i++) {
        if (memcmp(list[i].id, id, 32) == 0) {
            return &list[i];
        }
    }
    if (*n == RECORD_RELAYS_MAX) {
        return NULL;
    }
    memset(&list[*n], 0, sizeof list[*n]);
    memcpy(list[*n].id, id, 32);
    randombytes_buf(list[*n].nonce, sizeof list[*n].nonce);
    return &list[(*n)++];
}

/* --- desk and cases ------------------------------------------------------ */

enum rc
config_put(struct vault *v, const struct desk_config *c)
{
    uint8_t bytes[128];
    struct writer w;

    wr_init(&w, bytes, sizeof bytes);
    wr_bytes(&w, c->org, sizeof c->org);
    wr_bytes(&w, c->pk, sizeof c->pk);
    wr_u8(&w, c->board);
    return record_put(v, VAULT_CONFIG, "desk", 4, &w, bytes);
}

static enum rc
config_parse(struct desk_config *out, const struct vault_row *row)
{
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, row->data, row->len);
    rd_copy(&r, out->org, sizeof out->org);
    rd_copy(&r, out->pk, sizeof out->pk);
    out->board = rd_u8(&r);
    return record_end(&r, out, sizeof *out);
}

enum rc
config_get(struct vault *v, struct desk_config *out)
{
    RECORD_GET(v, VAULT_CONFIG, "desk", 4, config_parse, out);
}

enum rc
case_put(struct vault *v, const struct case_rec *c)
{
    uint8_t id[4], bytes[256];
    struct writer w;

    record_id1(id, c->number);
    wr_init(&w, bytes, sizeof bytes);
    wr_u32(&w, c->day);
    wr_bytes(&w, c->root, sizeof c->root);
    wr_bytes(&w, c->reply, sizeof c->reply);
    wr_bytes(&w, c->conversation, sizeof c->conversation);
    wr_u32(&w, c->messages);
    wr_u32(&w, c->answers);
    wr_u64(&w, c->spent);
    wr_u8(&w, c->unread);
    wr_u32(&w, c->twin);
    wr_u8(&w, c->lost);
    return record_put(v, VAULT_CASE, id, sizeof id, &w, bytes);
}

enum rc
case_parse(struct case_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    out->number = rd_u32(&id);
    out->day = rd_u32(&r);
    rd_copy(&r, out->root, sizeof out->root);
    rd_copy(&r, out->reply, sizeof out->reply);
    rd_copy(&r, out->conversation, sizeof out->conversation);
    out->messages = rd_u32(&r);
    out->answers = rd_u32(&r);
    out->spent = rd_u64(&r);
    out->unread = rd_u8(&r) != 0;
    out->twin = rd_u32(&r);
    out->lost = rd_u8(&r) != 0;
    return record_end(&r, out, sizeof *out);
}

enum rc
case_get(struct vault *v, struct case_rec *out, uint32_t number)
{
    uint8_t id[4];

    record_id1(id, number);
    RECORD_GET(v, VAULT_CASE, id, sizeof id, case_parse, out);
}

enum rc
message_put(struct vault *v, const struct message_rec *m)
{
    uint8_t id[8], bytes[HEAD_TEXT_MAX + 256];
    struct writer w;
    enum rc rc;

    record_id2(id, m->case_no, m->seq);
    wr_init(&w, bytes, sizeof bytes);
    wr_u8(&w, (uint8_t)m->kind);
    wr_u32(&w, m->day);
    body_name_write(&w, &m->body);
    wr_bytes(&w, m->body_id, sizeof m->body_id);
    wr_u16(&w, m->text_len);
    wr_bytes(&w, m->text, m->text_len);
    rc = record_put(v, VAULT_MESSAGE, id, sizeof id, &w, bytes);
    sodium_memzero(bytes, sizeof bytes);
    return rc;
}

static enum rc
message_parse(struct message_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    out->case_no = rd_u32(&id);
    out->seq = rd_u32(&id);
    out->kind = (enum head_kind)rd_u8(&r);
    out->day = rd_u32(&r);
    body_name_read(&r, &out->body);
    rd_copy(&r, out->body_id, sizeof out->body_id);
    out->text_len = rd_u16(&r);
    rd_require(&r, out->text_len <= sizeof out->text);
    rd_copy(&r, out->text, r.rc == RC_OK ? out->text_len : 0);
    return record_end(&r, out, sizeof *out);
}

enum rc
message_get(struct vault *v, struct message_rec *out, uint32_t case_no,
            uint32_t seq)
{
    uint8_t id[8];

    record_id2(id, case_no, seq);
    RECORD_GET(v, VAULT_MESSAGE, id, sizeof id, message_parse, out);
}

/* E || P */
static void
orphan_id(uint8_t id[static VAULT_ID_MAX], const struct orphan_rec *o)
{
    memcpy(id, o->e, 32);
    memcpy(id + 32, o->head + HEAD_P_OFFSET, HEAD_P_LEN);
}

enum rc
orphan_put(struct vault *v, const struct orphan_rec *o)
{
    uint8_t id[VAULT_ID_MAX], bytes[HEAD_LEN + 8];
    struct writer w;
    enum rc rc;

    wr_init(&w, bytes, sizeof bytes);
    wr_u32(&w, o->week);
    wr_u32(&w, o->day);
    wr_bytes(&w, o->head, sizeof o->head);
    orphan_id(id, o);
    rc = record_put(v, VAULT_ORPHAN, id, sizeof id, &w, bytes);
    sodium_memzero(bytes, sizeof bytes);
    return rc;
}

enum rc
orphan_delete(struct vault *v, const struct orphan_rec *o)
{
    uint8_t id[VAULT_ID_MAX];

    orphan_id(id, o);
    return vault_delete(v, VAULT_ORPHAN, id, sizeof id);
}

enum rc
orphan_parse(struct orphan_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    rd_copy(&id, out->e, sizeof out->e);
    out->week = rd_u32(&r);
    out->day = rd_u32(&r);
    rd_copy(&r, out->head, sizeof out->head);
    return record_end(&r, out, sizeof *out);
}

/* --- bodies, answers, own reports ---------------------------------------- */

enum rc
body_put(struct vault *v, const struct body_rec *b)
{
    uint8_t bytes[1024];
    struct writer w;

    wr_init(&w, bytes, sizeof bytes);
    wr_u32(&w, b->case_no);
    wr_u32(&w, b->seq);
    body_name_write(&w, &b->body);
    wr_u8(&w, (uint8_t)b->state);
    wr_u32(&w, b->next);
    wr_u32(&w, b->absent);
    wr_u64(&w, (uint64_t)b->try_at);
    wr_u32(&w, b->failures);
    wr_u8(&w, (uint8_t)b->n_asked);
    for (size_t i = 0; i < b->n_asked; i++) {
        wr_bytes(&w, b->asked[i], 32);
    }
    return record_put(v, VAULT_BODY, b->id, sizeof b->id, &w, bytes);
}

enum rc
body_parse(struct body_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    rd_copy(&id, out->id, sizeof out->id);
    out->case_no = rd_u32(&r);
    out->seq = rd_u32(&r);
    body_name_read(&r, &out->body);
    out->state = (enum body_state)rd_u8(&r);
    out->next = rd_u32(&r);
    out->absent = rd_u32(&r);
    out->try_at = (int64_t)rd_u64(&r);
    out->failures = rd_u32(&r);
    out->n_asked = rd_u8(&r);
    rd_require(&r, out->n_asked <= RECORD_RELAYS_MAX);
    for (size_t i = 0; r.rc == RC_OK && i < out->n_asked; i++) {
        rd_copy(&r, out->asked[i], 32);
    }
    return record_end(&r, out, sizeof *out);
}

enum rc
body_get(struct vault *v, struct body_rec *out,
         const uint8_t id[static BODY_ID_LEN])
{
    RECORD_GET(v, VAULT_BODY, id, BODY_ID_LEN, body_parse, out);
}

/* What an answer and a dummy have both. */
static void
progress_write(struct writer *w, const struct answer_rec *a)
{
    wr_u8(w, (uint8_t)a->state);
    wr_u8(w, a->i);
    wr_u64(w, (uint64_t)a->due);
    wr_u32(w, a->day);
    wr_u32(w, a->taken);
    wr_u8(w, a->told);
    body_name_write(w, &a->body);
    wr_bytes(w, a->body_id, sizeof a->body_id);
    relays_write(w, a->relays, a->n_relays);
}

static void
progress_read(struct reader *r, struct answer_rec *out)
{
    out->state = (enum answer_state)rd_u8(r);
    out->i = rd_u8(r);
    out->due = (int64_t)rd_u64(r);
    out->day = rd_u32(r);
    out->taken = rd_u32(r);
    out->told = rd_u8(r) != 0;
    body_name_read(r, &out->body);
    rd_copy(r, out->body_id, sizeof out->body_id);
    relays_read(r, out->relays, &out->n_relays);
}

enum rc
answer_put(struct vault *v, const struct answer_rec *a)
{
    uint8_t id[8];
    uint8_t *bytes = malloc(RECORD_MAX);
    struct writer w;
    enum rc rc;

    if (bytes == NULL) {
        return RC_NOMEM;
    }
    record_id2(id, a->case_no, a->seq);
    wr_init(&w, bytes, RECORD_MAX);
    progress_write(&w, a);
    wr_u16(&w, a->text_len);
    wr_bytes(&w, a->text, a->text_len);
    if (a->state != ANSWER_QUEUED) {
        wr_bytes(&w, a->inner, sizeof a->inner);
    }
    rc = record_put(v, VAULT_ANSWER, id, sizeof id, &w, bytes);
    sodium_memzero(bytes, RECORD_MAX);
    free(bytes);
    return rc;
}

enum rc
answer_parse(struct answer_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    out->case_no = rd_u32(&id);
    out->seq = rd_u32(&id);
    progress_read(&r, out);
    out->text_len = rd_u16(&r);
    rd_require(&r, out->text_len <= sizeof out->text);
    rd_copy(&r, out->text, r.rc == RC_OK ? out->text_len : 0);
    if (out->state != ANSWER_QUEUED) {
        rd_copy(&r, out->inner, sizeof out->inner);
    }
    return record_end(&r, out, sizeof *out);
}

enum rc
answer_get(struct vault *v, struct answer_rec *out, uint32_t case_no,
           uint32_t seq)
{
    uint8_t id[8];

    record_id2(id, case_no, seq);
    RECORD_GET(v, VAULT_ANSWER, id, sizeof id, answer_parse, out);
}

enum rc
dummy_put(struct vault *v, const uint8_t root[static 32],
          const struct answer_rec *a)
{
    uint8_t bytes[1024];
    struct writer w;

    wr_init(&w, bytes, sizeof bytes);
    progress_write(&w, a);
    return record_put(v, VAULT_DUMMY, root, 32, &w, bytes);
}

enum rc
dummy_parse(struct answer_rec *out, uint8_t root[static 32],
            const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    rd_copy(&id, root, 32);
    progress_read(&r, out);
    return record_end(&r, out, sizeof *out);
}

enum rc
dummy_delete(struct vault *v, const uint8_t root[static 32])
{
    return vault_delete(v, VAULT_DUMMY, root, 32);
}

enum rc
case_delete(struct vault *v, uint32_t number)
{
    uint8_t id[4];

    record_id1(id, number);
    return vault_delete(v, VAULT_CASE, id, sizeof id);
}

enum rc
message_delete(struct vault *v, uint32_t case_no, uint32_t seq)
{
    uint8_t id[8];

    record_id2(id, case_no, seq);
    return vault_delete(v, VAULT_MESSAGE, id, sizeof id);
}

enum rc
answer_delete(struct vault *v, uint32_t case_no, uint32_t seq)
{
    uint8_t id[8];

    record_id2(id, case_no, seq);
    return vault_delete(v, VAULT_ANSWER, id, sizeof id);
}

enum rc
own_put(struct vault *v, const struct own_rec *o)
{
    uint8_t bytes[1024];
    struct writer w;

    wr_init(&w, bytes, sizeof bytes);
    wr_u32(&w, o->week);
    wr_u64(&w, (uint64_t)o->rung);
    relays_write(&w, o->relays, o->n_relays);
    return record_put(v, VAULT_OWN, o->a, sizeof o->a, &w, bytes);
}

enum rc
own_parse(struct own_rec *out, const struct vault_row *row)
{
    struct reader r, id;

    record_begin(&r, &id, row, out, sizeof *out);
    rd_copy(&id, out->a, sizeof out->a);
    out->week = rd_u32(&r);
    out->rung = (int64_t)rd_u64(&r);
    relays_read(&r, out->relays, &out->n_relays);
    return record_end(&r, out, sizeof *out);
}

enum rc
own_get(struct vault *v, struct own_rec *out, const uint8_t a[static 32])
{
    RECORD_GET(v, VAULT_OWN, a, 32, own_parse, out);
}
