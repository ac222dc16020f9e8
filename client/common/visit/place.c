/* SPDX-License-Identifier: ISC */
/* What all steps of a visit use: lines to say, pauses, exchanges. */
#include "place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct visit_line {
    struct visit_line *next;
    char text[1024];
};

void
visit_say(struct visit *v, const char *format, ...)
{
    struct visit_line *line = calloc(1, sizeof *line);
    struct visit_line **last = &v->lines;
    va_list ap;

    if (line == NULL) {
        return;
    }
    va_start(ap, format);
    (void)vsnprintf(line->text, sizeof line->text, format, ap);
    va_end(ap);
    (void)pthread_mutex_lock(&v->mutex);
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = line;
    (void)pthread_mutex_unlock(&v->mutex);
}

void
visit_speak(struct visit *v)
{
    struct visit_line *line;

    (void)pthread_mutex_lock(&v->mutex);
    line = v->lines;
    v->lines = NULL;
    (void)pthread_mutex_unlock(&v->mutex);
    while (line != NULL) {
        struct visit_line *next = line->next;

        if (v->opt.say != NULL) {
            v->opt.say(line->text);
        }
        free(line);
        line = next;
    }
}

const char *
visit_relay_name(const struct visit *v, size_t relay)
{
    return v->w.relays[relay].url;
}

void
visit_relay_lost(struct visit *v, size_t relay, const char *why)
{
    const char *name = visit_relay_name(v, relay);
    const size_t n = strlen(name);

    v->w.relays[relay].up = false;
    if (strncmp(why, name, n) == 0 && why[n] == ':') {
        why += n + 1 + strspn(why + n + 1, " "); /* curl's says it, too */
    }
    visit_say(v, _("relay %s: %s; going on without it"), name, why);
}

const struct net_circuit *
visit_circuit(const struct visit *v, const struct net_circuit *own)
{
    return v->opt.style == VISIT_PAGE ? &v->circuit : own;
}

bool
place_is_up(const struct place *p)
{
    return p->v->w.relays[p->relay].up && !atomic_load(&p->stop);
}

/* May this be tried again? A RING that shall come later waits for a page:
 * see toll.h. */
static bool
is_passing(enum rc rc, const struct cell_answer *ans, enum cell_op op)
{
    return rc == RC_IO || rc == RC_AGAIN ||
           (rc == RC_OK && (ans->status == CELL_QUOTA ||
                            (ans->status == CELL_AGAIN && op != CELL_RING)));
}

enum rc
place_exchange(struct place *p, const uint8_t up[static CELL_LEN],
               enum cell_op op, uint8_t down[static CELL_LEN],
               struct cell_answer *ans)
{
    struct visit *v = p->v;
    const char *name = visit_relay_name(v, p->relay);
    struct net_circuit fresh;
    enum rc rc = RC_IO;

    memset(ans, 0, sizeof *ans);
    if (!v->w.relays[p->relay].up) {
        return RC_IO;
    }
    for (int i = 0; i < VISIT_TRIES; i++) {
        if (i > 1) { /* one failure is nothing to talk about */
            visit_say(v, _("relay %s: no success yet; trying again"), name);
        }
        if (!pause_ms((int64_t)i * VISIT_AGAIN_MS, &p->stop)) {
            return RC_IO;
        }
        net_circuit_fresh(&fresh);
        rc = net_exchange(p->net, visit_circuit(v, &fresh), name, up, down);
        if (rc == RC_OK && cell_answer_parse(ans, down, op) != RC_OK) {
            visit_relay_lost(v, p->relay, _("its answer breaks the protocol"));
            return RC_FORMAT;
        }
        if (rc == RC_FORMAT) {
            visit_relay_lost(v, p->relay, net_error(p->net));
            return rc;
        }
        if (!is_passing(rc, ans, op)) {
            return rc;
        }
    }
    if (rc != RC_OK) {
        visit_relay_lost(v, p->relay,
                         rc == RC_IO ? net_error(p->net) : _("it is too busy"));
    }
    return rc;
}
