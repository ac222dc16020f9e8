/* SPDX-License-Identifier: ISC */
#include "desk.h"

#include <sodium.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "clock.h"
#include "file.h"
#include "faults.h"
#include "intake.h"
#include "kdf.h"
#include "door.h"
#include "keyfile.h"
#include "term.h"

#define LABEL_STORE    "desk store"
#define LABEL_IDENTITY "desk identity"
#define RETENTION_DEFAULT 28
#define PROOF_SLACK DAY_SECONDS /* clocks differ; seen notes are a day old */
#define EVIDENCE_MAX 50 /* files of a kind, a relay: the disk has an end */

struct desk_short
desk_short(const uint8_t *id)
{
    struct desk_short s;

    (void)sodium_bin2hex(s.text, sizeof s.text, id, 4);
    return s;
}

char *
desk_dir(const char *named)
{
    const char *home = getenv("HOME");
    const char *data = getenv("XDG_DATA_HOME");

    if (named != NULL) {
        return strdup(named);
    }
    if (data != NULL && data[0] == '/') {
        return file_join(data, "tocsin-desk");
    }
    return home == NULL ? NULL : file_join(home, ".local/share/tocsin-desk");
}

/* mkdir -p, 0700 */
static enum rc
make_folder(const char *path)
{
    char *copy = strdup(path);
    bool ok = copy != NULL;

    for (char *p = copy; ok && p != NULL && *p != '\0';) {
        p = strchr(p + 1, '/');
        if (p != NULL) {
            *p = '\0';
        }
        ok = mkdir(copy, 0700) == 0 || errno == EEXIST;
        if (p != NULL) {
            *p = '/';
        }
    }
    free(copy);
    return ok ? RC_OK : RC_IO;
}

enum rc
desk_ask(struct desk_options *opt, bool twice)
{
    enum rc rc;

    if (opt->pass != NULL) {
        return RC_OK;
    }
    rc = keyfile_passphrase(&opt->pass, &opt->pass_len,
                            _("Pass phrase of the desk: "),
                            twice ? _("The same again: ") : NULL,
                            opt->passphrase_fd);
    if (rc == RC_FORMAT) {
        cli_error(_("the pass phrase is empty"));
    } else if (rc == RC_TAKEN) {
        cli_error(_("the two pass phrases differ; nothing was done"));
    } else if (rc != RC_OK) {
        cli_error(_("can't read the pass phrase: %s"), _(rc_text(rc)));
    }
    return rc;
}

void
desk_options_wipe(struct desk_options *opt)
{
    sodium_free(opt->pass);
    opt->pass = NULL;
}

/* --- making a desk ------------------------------------------------------- */

static enum rc
create_identity(const char *dir, const struct desk_new *how,
                struct desk_config *out)
{
    char *path = how->identity != NULL ? strdup(how->identity)
                                       : file_join(dir, "identity.key");
    uint8_t sk[64], seed[32];
    enum rc rc;

    randombytes_buf(seed, sizeof seed);
    if (path == NULL || crypto_sign_seed_keypair(out->pk, sk, seed) != 0) {
        rc = RC_NOMEM;
    } else {
        blake2b_256(out->org, out->pk, sizeof out->pk);
        rc = keyfile_save(path, LABEL_IDENTITY, seed, sizeof seed,
                          how->identity_pass, how->identity_pass_len);
    }
    if (rc == RC_TAKEN) {
        cli_error(_("%s: there is a key already; it stays as it is"), path);
    } else if (rc != RC_OK) {
        cli_error(_("can't write the identity key %s: %s"),
                  path == NULL ? "" : path, _(rc_text(rc)));
    }
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(sk, sizeof sk);
    free(path);
    return rc;
}

/* The vault and the weekly keys, under keys derived from the store's. */
static enum rc
open_stores(struct desk *d, const uint8_t store[static 32], bool create)
{
    char *cases = file_join(d->dir, "cases.db");
    char *weeks = file_join(d->dir, "week.keys");
    uint8_t key[KDF_LEN];
    enum rc rc = RC_NOMEM;

    if (cases == NULL || weeks == NULL) {
        goto out;
    }
    kdf(key, store, "desk vault", NULL, 0);
    if ((rc = vault_open(&d->vault, cases, key, create)) != RC_OK) {
        cli_error(_("%s: %s"), cases,
                  rc == RC_FORGED
                      ? _("damaged, changed by somebody, or of another desk. "
                          "Restore a copy of this file")
                      : _(rc_text(rc)));
        goto out;
    }
    kdf(key, store, "desk week keys", NULL, 0);
    if ((rc = weekkeys_open(&d->keys, weeks, key, create)) != RC_OK) {
        cli_error(_("%s: %s"), weeks,
                  rc == RC_FORGED || rc == RC_FORMAT
                      ? _("damaged, or of another desk")
                      : _(rc_text(rc)));
    }
out:
    sodium_memzero(key, sizeof key);
    free(cases);
    free(weeks);
    return rc;
}

static enum rc
create_folders(const char *dir)
{
    static const char *const names[] = {"bodies", "evidence"};
    enum rc rc = make_folder(dir);

    for (size_t i = 0; rc == RC_OK && i < 2; i++) {
        char *path = file_join(dir, names[i]);

        rc = path == NULL ? RC_NOMEM : make_folder(path);
        free(path);
    }
    if (rc != RC_OK) {
        cli_error(_("can't make the folder %s: %s"), dir, strerror(errno));
    }
    return rc;
}

enum rc
desk_create(const char *dir, const struct desk_new *how,
            struct desk_config *out)
{
    struct desk d = {.dir = strdup(dir)};
    uint8_t store[32];
    char *path = file_join(dir, "store.key");
    enum rc rc;

    memset(out, 0, sizeof *out);
    out->board = how->board;
    randombytes_buf(store, sizeof store);
    if (d.dir == NULL || path == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    if ((rc = create_folders(dir)) != RC_OK) {
        goto out;
    }
    rc = keyfile_save(path, LABEL_STORE, store, sizeof store, how->pass,
                      how->pass_len);
    if (rc != RC_OK) {
        cli_error(rc == RC_TAKEN ? _("%s: there is a desk here already")
                                 : _("can't write %s"),
                  path);
        goto out;
    }
    if ((rc = open_stores(&d, store, true)) != RC_OK ||
        (rc = create_identity(dir, how, out)) != RC_OK) {
        goto out;
    }
    if ((rc = config_put(d.vault, out)) != RC_OK) {
        cli_error(_("can't write to the case store: %s"), _(rc_text(rc)));
    }
out:
    sodium_memzero(store, sizeof store);
    free(path);
    desk_close(&d);
    return rc;
}

/* --- opening ------------------------------------------------------------- */

enum rc
desk_open(struct desk *out, const char *dir, const char *pass, size_t pass_len)
{
    char *path = file_join(dir, "store.key");
    uint8_t *store = NULL;
    size_t len = 0;
    enum rc rc;

    memset(out, 0, sizeof *out);
    out->max_body = UINT64_MAX;
    if (path == NULL || (out->dir = strdup(dir)) == NULL) {
        rc = RC_NOMEM;
        goto out;
    }
    rc = keyfile_load(&store, &len, path, LABEL_STORE, pass, pass_len);
    if (rc == RC_FORGED) {
        cli_error(_("wrong pass phrase for %s"), path);
    } else if (rc == RC_MISSING) {
        cli_error(_("no desk in %s: make one by tocsin-desk init"), dir);
    } else if (rc != RC_OK) {
        cli_error(_("can't read %s: %s"), path, _(rc_text(rc)));
    } else if (len != 32) {
        cli_error(_("%s is no key of a desk"), path);
        rc = RC_FORMAT;
    }
    if (rc != RC_OK || (rc = open_stores(out, store, false)) != RC_OK) {
        goto out;
    }
    faults_tell(out);
    if ((rc = config_get(out->vault, &out->config)) != RC_OK) {
        cli_error(_("%s: the case store is not complete"), dir);
    }
out:
    sodium_free(store);
    free(path);
    if (rc != RC_OK) {
        desk_close(out);
    }
    return rc;
}

enum rc
desk_open_asking(struct desk *out, struct desk_options *opt)
{
    char *dir = desk_dir(opt->dir);
    enum rc rc;

    memset(out, 0, sizeof *out);
    if (dir == NULL) {
        cli_error(_("which desk? Name its folder by --dir"));
        return RC_MISSING;
    }
    if ((rc = desk_ask(opt, false)) == RC_OK) {
        rc = desk_open(out, dir, opt->pass, opt->pass_len);
    }
    free(dir);
    return rc;
}

void
desk_close(struct desk *d)
{
    vault_close(d->vault);
    weekkeys_close(d->keys);
    if (d->has_network) {
        network_wipe(&d->network);
    }
    net_free(d->net);
    free(d->dir);
    memset(d, 0, sizeof *d);
}

enum rc
desk_identity(uint8_t **sk, const char *path, struct desk_options *opt)
{
    bool by_fd = opt->identity_fd < 0 && opt->passphrase_fd >= 0;
    char *pass = NULL;
    uint8_t *seed = NULL;
    uint8_t pk[32];
    size_t pass_len = 0, len = 0;
    enum rc rc;

    *sk = NULL;
    if (by_fd) {
        rc = desk_ask(opt, false);
    } else {
        rc = keyfile_passphrase(&pass, &pass_len,
                                _("Pass phrase of the identity key: "), NULL,
                                opt->identity_fd);
    }
    if (rc == RC_OK) {
        rc = keyfile_load(&seed, &len, path, LABEL_IDENTITY,
                          by_fd ? opt->pass : pass,
                          by_fd ? opt->pass_len : pass_len);
    }
    if (rc == RC_OK && len != 32) {
        rc = RC_FORMAT;
    }
    if (rc == RC_OK && (*sk = sodium_malloc(64)) == NULL) {
        rc = RC_NOMEM;
    }
    if (rc == RC_OK) {
        (void)crypto_sign_seed_keypair(pk, *sk, seed);
    } else {
        cli_error(_("can't open the identity key %s: %s"), path,
                  rc == RC_FORGED ? _("wrong pass phrase") : _(rc_text(rc)));
    }
    sodium_free(pass);
    sodium_free(seed);
    return rc;
}

/* --- the network --------------------------------------------------------- */

/* Takes the newer of the two, wipes the other. */
static void
take_newer(struct network *into, bool *has, struct network *other)
{
    if (*has && into->bundle->directory->version >=
                    other->bundle->directory->version) {
        network_wipe(other);
        return;
    }
    if (*has) {
        network_wipe(into);
    }
    *into = *other;
    *has = true;
}

enum rc
desk_network(struct desk *d, const struct desk_options *opt)
{
    const struct net_options net = {
        .socks = opt->socks,
        .stall_seconds = opt->stall_seconds,
        .request_seconds = 3 * opt->stall_seconds,
        .no_tor = opt->no_tor,
        .ca_file = opt->ca_file,
        .stop = opt->stop};
    char *kept = file_join(d->dir, "network");
    struct network w;
    enum rc rc = RC_OK, kept_rc = RC_MISSING;

    if (kept == NULL) {
        return RC_NOMEM;
    }
    if ((kept_rc = network_load(&w, kept)) == RC_OK) {
        take_newer(&d->network, &d->has_network, &w);
    }
    if (opt->network != NULL || !d->has_network) {
        rc = network_load(&w, opt->network);
        if (rc == RC_OK) {
            take_newer(&d->network, &d->has_network, &w);
        } else {
            cli_error(_("can't use the network file %s: %s"),
                      opt->network == NULL ? _("(none was named: --network)")
                                           : opt->network,
                      _(rc_text(rc)));
        }
    }
    free(kept);
    d->net_options = net;
    desk_network_day(d);
    if (rc == RC_OK) {
        rc = door_load(&d->network, d->dir);
    }
    if (rc == RC_OK && (rc = net_new(&d->net, &net)) != RC_OK) {
        cli_error(_("can't prepare the connection: %s"), _(rc_text(rc)));
    }
    return rc;
}

enum rc
desk_network_keep(struct desk *d)
{
    char *path = file_join(d->dir, "network");
    enum rc rc = RC_NOMEM;

    if (path != NULL) {
        rc = file_write(path, d->network.raw, d->network.raw_len, 0600, true);
    }
    free(path);
    return rc;
}

void
desk_network_day(struct desk *d)
{
    d->network_day = d->has_network ? bundle_today(d->network.bundle, 0) : 0;
}

uint32_t
desk_today(const struct desk *d, int64_t now)
{
    uint32_t local = clock_day(now);

    return d->network_day > local ? d->network_day : local;
}

const struct directory_org *
desk_listed(const struct desk *d)
{
    return d->has_network ? directory_org(d->network.bundle->directory,
                                          d->config.org)
                          : NULL;
}

uint32_t
desk_retention(const struct desk *d)
{
    return d->has_network ? d->network.bundle->directory->retention
                          : RETENTION_DEFAULT;
}

uint8_t
desk_board(const struct desk *d)
{
    const struct directory_org *listed = desk_listed(d);

    return listed == NULL ? d->config.board : listed->board;
}

/* --- weekly keys --------------------------------------------------------- */

enum rc
desk_make_keys(struct desk *d, uint32_t first, uint32_t last)
{
    enum rc rc = RC_OK;

    for (uint32_t week = first; rc == RC_OK && week <= last; week++) {
        struct desknote_week pub;

        rc = weekkeys_make(d->keys, week);
        if (rc == RC_TAKEN) {
            rc = RC_OK;
        }
        if (rc == RC_OK && weekkeys_find(d->keys, week)->has_v &&
            (rc = weekkey_public(&pub, weekkeys_find(d->keys, week))) ==
                RC_OK) {
            rc = week_put(d->vault, &pub);
        }
    }
    return rc;
}

/* Is every page of weeks t-1 to t+1 scanned, at every listed relay? */
static bool
weeks_are_scanned(struct desk *d, uint32_t week)
{
    const struct directory *dir;
    const struct board *board;
    int64_t end = weekkeys_span_end(week);
    int64_t begin = end - 3 * WEEK_DAYS * DAY_SECONDS;

    if (!d->has_network) {
        return false;
    }
    dir = d->network.bundle->directory;
    board = board_find(dir->boards, dir->n_boards, desk_board(d));
    for (size_t i = 0; board != NULL && i < dir->n_relays; i++) {
        struct position_rec p;

        /* Without a hash: nobody signed what stands at this number. */
        if (position_get(d->vault, &p, dir->relays[i].id, board->id) !=
                RC_OK ||
            !p.known || sodium_is_zero(p.last.hash, sizeof p.last.hash) ||
            (int64_t)(p.last.number * board->tick) < end ||
            (p.gap_last > 0 &&
             (int64_t)(p.gap_last * board->tick) >= begin &&
             (int64_t)(p.gap_first * board->tick) < end)) {
            return false;
        }
    }
    return board != NULL && dir->n_relays > 0;
}

enum rc
desk_sure(struct desk *d, int64_t now, int64_t *out)
{
    int64_t proved;
    enum rc rc = timeproof_now(d, &proved);

    *out = proved < now ? proved : now;
    return rc;
}

static enum rc
destroy_week(struct desk *d, uint32_t week, struct desk_destroyed *out)
{
    enum rc rc = weekkeys_destroy(d->keys, week);

    if (rc == RC_OK) {
        rc = intake_forget_week(d, week);
        out->weeks++;
    }
    return rc;
}

/* V goes once it has signed the last seen note of its week and the relays have
 * that, or at its deadline, which is proved like that of the other keys. */
static enum rc
destroy_v(struct desk *d, uint32_t week, int64_t now, int64_t proved)
{
    int64_t deadline = weekkeys_v_deadline(week);
    uint64_t stored = 0;
    enum rc rc = vault_number(d->vault, SEEN_STORED, &stored);

    if (rc == RC_OK && ((stored >= (uint64_t)week * WEEK_DAYS + 6 &&
                         stored < clock_day(now)) ||
                        (now >= deadline && proved >= deadline - PROOF_SLACK))) {
        rc = weekkeys_destroy_v(d->keys, week);
    }
    return rc;
}

enum rc
desk_destroy_keys(struct desk *d, int64_t now, struct desk_destroyed *out)
{
    uint32_t weeks[WEEKKEYS_SLOTS];
    uint32_t retention = desk_retention(d);
    size_t n_weeks;
    enum rc rc = weekkeys_reload(d->keys);

    memset(out, 0, sizeof *out);
    if (rc != RC_OK || (rc = timeproof_now(d, &out->proved)) != RC_OK) {
        return rc;
    }
    n_weeks = weekkeys_list(d->keys, weeks);
    for (size_t i = 0; rc == RC_OK && i < n_weeks; i++) {
        int64_t deadline = weekkeys_deadline(weeks[i], retention);
        bool over = now >= weekkeys_span_end(weeks[i]);

        rc = destroy_v(d, weeks[i], now, out->proved);
        if (rc != RC_OK) {
            break;
        }
        if (over && weeks_are_scanned(d, weeks[i])) {
            rc = destroy_week(d, weeks[i], out);
        } else if (over && now >= deadline) {
            if (out->proved >= deadline - PROOF_SLACK) {
                rc = destroy_week(d, weeks[i], out);
            } else {
                out->withheld++;
            }
        }
    }
    return rc;
}

/* --- alarms and evidence ------------------------------------------------- */

void
desk_alarm(struct desk *d, const char *format, ...)
{
    char text[1024];
    bool fresh = true;
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (alarm_note(d->vault, text, desk_today(d, clock_now()), &fresh) !=
        RC_OK) {
        fresh = true; /* say it at least */
    }
    if (fresh && !d->quiet) {
        char clean[4 * sizeof text];

        term_clean(clean, sizeof clean, text); /* strangers' names are in it */
        cli_error(_("ALARM: %s"), clean);
    }
}

void
desk_evidence(struct desk *d, const uint8_t *relay, const char *what,
              const uint8_t *in, size_t len)
{
    uint8_t hash[KDF_LEN];
    char name[96], hex[2 * 8 + 1], counter[48];
    char *folder, *path = NULL;
    uint64_t n = 0;
    enum rc rc;

    (void)snprintf(counter, sizeof counter, "evidence %s %.*s",
                   desk_short(relay).text, (int)strcspn(what, "-"), what);
    rc = vault_number(d->vault, counter, &n);
    if (rc != RC_OK || n >= EVIDENCE_MAX) {
        return;
    }
    rc = RC_NOMEM;
    blake2b_256(hash, in, len);
    (void)sodium_bin2hex(hex, sizeof hex, hash, 8);
    (void)snprintf(name, sizeof name, "%s-%s", what, hex);
    if ((folder = file_join(d->dir, "evidence")) != NULL &&
        (path = file_join(folder, name)) != NULL) {
        rc = file_write(path, in, len, 0600, false);
    }
    if (rc == RC_OK) { /* what is there already takes no more room */
        rc = vault_set_number(d->vault, counter, n + 1);
    }
    if (rc != RC_OK && rc != RC_TAKEN) {
        cli_error(_("can't keep evidence in %s: %s"),
                  path == NULL ? "" : path, _(rc_text(rc)));
    }
    free(path);
    free(folder);
}

void
desk_evidence_of_day(struct desk *d, const struct position_rec *at,
                     uint32_t day)
{
    char what[64];
    uint8_t *page;
    size_t len;

    if (day_page_get(d->vault, at, day, &page, &len) == RC_OK) {
        (void)snprintf(what, sizeof what, "ours-%s-%u-day-%" PRIu32,
                       desk_short(at->relay).text, at->board, day);
        desk_evidence(d, at->relay, what, page, len);
        vault_release(page, len);
    }
}

char *
desk_body_path(const struct desk *d, const uint8_t id[static BODY_ID_LEN])
{
    char name[7 + 2 * BODY_ID_LEN + 1] = "bodies/";

    (void)sodium_bin2hex(name + 7, 2 * BODY_ID_LEN + 1, id, BODY_ID_LEN);
    return file_join(d->dir, name);
}
