/* SPDX-License-Identifier: ISC */
/* Bundles of several relays, of which some lie or lag. */
#include "network.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "fake_relay.h"
#include "pause.h"
#include "sample.h"
#include "testclock.h"

#define TODAY   20000
#define HOLD_MS 5000 /* at most */

static struct sample sample;

/* Two relays, each with what it serves as /v1/directory. */
struct world {
    struct fake_relay relay[SAMPLE_RELAYS];
    struct served {
        int status; /* 0: it hangs up */
        uint8_t *bytes;
        size_t len;
        unsigned fetched;     /* how often, since begin */
        bool says_other;      /* its status names another bundle */
        atomic_uint cuts;     /* so many requests of a kind it hangs up on */
        atomic_uint asked[2]; /* status, bundle */
        atomic_bool *until;   /* its status waits for that; may be NULL */
        atomic_bool came;     /* the bundle was asked for */
        atomic_bool in_time;  /* that came while it waited */
    } served[SAMPLE_RELAYS];
    char dir[64], path[80]; /* of the network file */
    struct net *net;
    struct net_circuit circuit;
    struct network network;
};

static int
answer(void *arg, const char *method, const char *path, uint8_t **body,
       size_t *len)
{
    struct served *s = arg;
    const bool bundle = strcmp(path, "/v1/directory") == 0;

    assert_string_equal(method, "GET");
    if (++s->asked[bundle] <= s->cuts) {
        return 0;
    }
    atomic_store(&s->came, bundle || atomic_load(&s->came));
    if (!bundle && s->until != NULL) {
        s->in_time = !pause_ms(HOLD_MS, s->until);
    }
    if (strcmp(path, "/v1/status") == 0) {
        char text[200], hex[2 * KDF_LEN + 1];
        uint8_t hash[KDF_LEN];

        blake2b_256(hash, s->bytes, s->len);
        hash[0] ^= s->says_other;
        (void)snprintf(text, sizeof text, "tocsin 1\nbundle %s\n",
                       sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
        *body = (uint8_t *)strdup(text);
        assert_non_null(*body);
        *len = strlen(text);
        return s->status;
    }
    assert_string_equal(path, "/v1/directory");
    s->fetched++;
    if (s->status == 200) {
        *body = malloc(s->len);
        assert_non_null(*body);
        memcpy(*body, s->bytes, s->len);
        *len = s->len;
    }
    return s->status;
}

/* A directory that lists the world's relays. */
static struct directory *
directory(struct world *w, uint64_t version, uint32_t issued)
{
    struct directory *d = sample_directory(&sample, version, issued);
    size_t len;
    char *text;

    for (size_t i = 0; i < SAMPLE_RELAYS; i++) {
        assert_true(d->relays[i].n_urls > 0);
        free(d->relays[i].urls[0]);
        d->relays[i].urls[0] = strdup(w->relay[i].url);
    }
    assert_int_equal(directory_write(&text, &len, d), RC_OK);
    blake2b_256(d->hash, (const uint8_t *)text, len);
    free(text);
    return d;
}

/* What relay i serves: a bundle with notes of that day. */
static void
serve(struct world *w, size_t i, uint64_t version, uint32_t issued,
      uint32_t day)
{
    struct directory *d = directory(w, version, issued);

    free(w->served[i].bytes);
    w->served[i].bytes = sample_bundle(&sample, d, day, &w->served[i].len);
    w->served[i].status = 200;
    directory_free(d);
}

static void
write_network(struct world *w, uint64_t version, uint32_t issued)
{
    struct directory *d = directory(w, version, issued);
    uint8_t *bytes = NULL, *note;
    size_t len = 0, n;
    FILE *f = fopen(w->path, "w");

    assert_non_null(f);
    note = sample_root(&sample, 1, &n);
    sample_add(&bytes, &len, note, n);
    note = sample_directory_note(&sample, d, &n);
    sample_add(&bytes, &len, note, n);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    free(bytes);
    directory_free(d);
}

/* The network file has version 3, issued 10 days ago. */
static void
begin(struct world *w)
{
    const struct net_options opt = {
        .no_tor = true, .connect_seconds = 5, .stall_seconds = 5};

    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < SAMPLE_RELAYS; i++) {
        w->relay[i].answer = answer;
        w->relay[i].arg = &w->served[i];
        fake_relay_start(&w->relay[i]);
    }
    for (size_t i = 0; i < SAMPLE_RELAYS; i++) {
        serve(w, i, 3, TODAY - 10, TODAY);
    }
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/network_test.XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof w->path, "%s/network", w->dir);
    write_network(w, 3, TODAY - 10);
    assert_int_equal(net_new(&w->net, &opt), RC_OK);
    net_circuit_fresh(&w->circuit);
    assert_int_equal(network_load(&w->network, w->path), RC_OK);
}

static void
end(struct world *w)
{
    network_wipe(&w->network);
    net_free(w->net);
    for (size_t i = 0; i < SAMPLE_RELAYS; i++) {
        fake_relay_stop(&w->relay[i]);
        free(w->served[i].bytes);
    }
    (void)unlink(w->path);
    assert_int_equal(rmdir(w->dir), 0);
}

static enum rc
refresh(struct world *w, const char **problem)
{
    return network_refresh(&w->network, w->net, &w->circuit, problem);
}

/* As visits do it: each relay by a line of its own. */
static enum rc
refresh_at_once(struct world *w, unsigned tries, const char **problem)
{
    static atomic_bool stop[NETWORK_VIAS];
    struct network_via via[NETWORK_VIAS];
    enum rc rc;

    for (size_t i = 0; i < NETWORK_VIAS; i++) {
        const struct net_options opt = {.no_tor = true,
                                        .connect_seconds = 5,
                                        .stall_seconds = 60,
                                        .stop = &stop[i]};

        atomic_store(&stop[i], false);
        via[i] = (struct network_via){
            .tries = tries, .again_ms = 1, .stop = &stop[i]};
        assert_int_equal(net_new(&via[i].net, &opt), RC_OK);
        net_circuit_fresh(&via[i].circuit);
    }
    rc = network_refresh_by(&w->network, via, problem);
    for (size_t i = 0; i < NETWORK_VIAS; i++) {
        net_free(via[i].net);
    }
    return rc;
}

static void
cut(struct world *w, unsigned cuts)
{
    atomic_store(&w->served[0].cuts, cuts);
    atomic_store(&w->served[0].asked[0], 0);
    atomic_store(&w->served[0].asked[1], 0);
}

/* A line that breaks is nothing of the relay's: it is asked four times. */
static void
a_cut_line_costs_a_try(void **state)
{
    struct world w;
    const char *problem;

    (void)state;
    begin(&w);
    serve(&w, 1, 3, TODAY - 10, TODAY + 1); /* so both are asked for theirs */
    cut(&w, 1);
    assert_int_equal(refresh_at_once(&w, 0, &problem), RC_OK);
    assert_false(w.network.relays[0].up);
    cut(&w, 1);
    assert_int_equal(refresh_at_once(&w, 4, &problem), RC_OK);
    assert_true(w.network.relays[0].up);
    assert_int_equal(w.served[0].asked[0], 2);
    assert_int_equal(w.served[0].asked[1], 2);
    cut(&w, 4);
    assert_int_equal(refresh_at_once(&w, 4, &problem), RC_OK);
    assert_false(w.network.relays[0].up);
    assert_int_equal(w.served[0].asked[0], 4);
    end(&w);
}

/* The relay that is drawn first is asked for its bundle whatever the other is
 * at. */
static void
a_bundle_waits_for_its_own_status_alone(void **state)
{
    struct world w;
    const char *problem;
    bool came = false;

    (void)state;
    begin(&w);
    w.served[0].until = &w.served[1].came;
    for (unsigned i = 0; i < 16 && !came; i++) {
        atomic_store(&w.served[1].came, false);
        assert_int_equal(refresh_at_once(&w, 1, &problem), RC_OK);
        came = w.served[0].in_time;
    }
    assert_true(came);
    end(&w);
}

static void
a_file_that_is_none_is_refused(void **state)
{
    struct network w;
    char path[] = "/tmp/network_test.XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_not_equal(network_load(&w, path), RC_OK);
    assert_null(w.bundle);
    assert_int_equal(write(fd, "\0\0\0\5hello", 9), 9);
    assert_int_equal(network_load(&w, path), RC_FORMAT);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(network_load(&w, path), RC_MISSING);
    assert_int_equal(setenv("TOCSIN_NETWORK", path, 1), 0);
    assert_int_equal(network_load(&w, NULL), RC_MISSING);
    assert_int_equal(unsetenv("TOCSIN_NETWORK"), 0);
    network_wipe(&w);
}

static void
dead_and_broken_relays_are_named(void **state)
{
    struct world w;
    const char *problem;

    (void)state;
    begin(&w);
    w.served[0].status = 503;
    w.served[1].status = 404;
    assert_int_not_equal(refresh(&w, &problem), RC_OK);
    assert_non_null(strstr(problem, w.relay[0].url));
    assert_non_null(strstr(problem, w.relay[1].url));
    assert_non_null(w.network.bundle);
    /* cut off anywhere, with a bit flipped in root or directory */
    serve(&w, 0, 3, TODAY - 10, TODAY);
    w.served[0].len /= 20;
    assert_int_not_equal(refresh(&w, &problem), RC_OK);
    serve(&w, 0, 3, TODAY - 10, TODAY);
    w.served[0].bytes[200] ^= 1;
    assert_int_not_equal(refresh(&w, &problem), RC_OK);
    assert_false(w.network.relays[0].up);
    /* one good relay is enough, and the other is still named */
    serve(&w, 1, 3, TODAY - 10, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_non_null(strstr(problem, w.relay[0].url));
    assert_false(w.network.relays[0].up);
    assert_true(w.network.relays[1].up);
    serve(&w, 0, 3, TODAY - 10, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_null(problem);
    assert_true(w.network.relays[0].up);
    end(&w);
}

/* The bundle is fetched at one relay, drawn by lot, and at the other only where
 * that names another hash than what came. */
static void
one_bundle_is_fetched_once(void **state)
{
    struct world w;
    const char *problem;
    unsigned first;

    (void)state;
    begin(&w);
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(refresh(&w, &problem), RC_OK);
        assert_null(problem);
        assert_true(w.network.relays[0].up && w.network.relays[1].up);
        assert_int_equal(w.served[0].fetched + w.served[1].fetched, i + 1);
    }
    assert_true(w.served[0].fetched > 0 && w.served[1].fetched > 0);
    /* the other's says another hash: it is had as well */
    serve(&w, 1, 3, TODAY - 10, TODAY + 1);
    first = w.served[0].fetched + w.served[1].fetched;
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_int_equal(w.served[0].fetched + w.served[1].fetched, first + 2);
    /* one that misnames what it serves costs a request, no more */
    serve(&w, 1, 3, TODAY - 10, TODAY);
    w.served[1].says_other = true;
    first = w.served[0].fetched + w.served[1].fetched;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(refresh(&w, &problem), RC_OK);
        assert_null(problem);
        assert_true(w.network.relays[0].up && w.network.relays[1].up);
    }
    assert_in_range(w.served[0].fetched + w.served[1].fetched, first + 8,
                    first + 16);
    end(&w);
}

/* Who names a bundle that was refused is refused with it. */
static void
a_bad_bundle_is_fetched_once_and_both_are_named(void **state)
{
    struct world w;
    const char *problem;

    (void)state;
    begin(&w);
    serve(&w, 0, 3, TODAY - 8, TODAY); /* another directory of version 3 */
    serve(&w, 1, 3, TODAY - 8, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_FORGED);
    assert_non_null(strstr(problem, w.relay[0].url));
    assert_non_null(strstr(problem, w.relay[1].url));
    assert_false(w.network.relays[0].up || w.network.relays[1].up);
    assert_int_equal(w.served[0].fetched + w.served[1].fetched, 1);
    end(&w);
}

static void
nothing_goes_back(void **state)
{
    struct world w;
    const char *problem;

    (void)state;
    begin(&w);
    /* older than the network file */
    serve(&w, 0, 2, TODAY - 12, TODAY);
    serve(&w, 1, 2, TODAY - 12, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_TAKEN);
    assert_int_equal(w.network.bundle->directory->version, 3);
    /* older than what was seen in this run */
    serve(&w, 0, 5, TODAY - 2, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_int_equal(w.network.bundle->directory->version, 5);
    serve(&w, 0, 4, TODAY - 5, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_TAKEN);
    assert_int_equal(w.network.bundle->directory->version, 5);
    end(&w);
}

static void
two_directories_of_one_version_are_a_fork(void **state)
{
    struct world w;
    const char *problem;
    size_t first;

    (void)state;
    begin(&w);
    serve(&w, 0, 4, TODAY - 3, TODAY);
    serve(&w, 1, 4, TODAY - 2, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_OK); /* the first passed */
    first = w.network.relays[0].up ? 0 : 1;
    assert_false(w.network.relays[1 - first].up);
    assert_non_null(strstr(problem, w.relay[1 - first].url));
    assert_int_equal(w.network.bundle->directory->issued,
                     first == 0 ? TODAY - 3 : TODAY - 2);
    w.served[first].status = 503;
    assert_int_equal(refresh(&w, &problem), RC_FORGED);
    w.served[first].status = 200;
    /* against the network file, too */
    network_wipe(&w.network);
    write_network(&w, 4, TODAY - 4);
    assert_int_equal(network_load(&w.network, w.path), RC_OK);
    assert_int_equal(refresh(&w, &problem), RC_FORGED);
    assert_int_equal(w.network.bundle->directory->issued, TODAY - 4);
    end(&w);
}

static void
expired_and_future_ones_do_not_pass(void **state)
{
    struct world w;
    const char *problem;

    (void)state;
    begin(&w);
    serve(&w, 0, 4, TODAY - 61, TODAY);
    serve(&w, 1, 4, TODAY - 61, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_EXPIRED);
    serve(&w, 0, 4, TODAY + 2, TODAY);
    serve(&w, 1, 4, TODAY + 2, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_AGAIN);
    assert_non_null(strstr(problem, "clock"));
    assert_int_equal(w.network.bundle->directory->version, 3);
    end(&w);
}

/* Each relay has the newer notes of some organisations; a relay that lags
 * with its directory still adds its notes. */
static void
newer_notes_are_joined(void **state)
{
    struct world w;
    const char *problem;
    struct directory *d;
    struct desknote desk;
    uint8_t *note;
    size_t n;

    (void)state;
    begin(&w);
    serve(&w, 0, 3, TODAY - 10, TODAY - 1);
    serve(&w, 1, 3, TODAY - 10, TODAY);
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_null(problem);
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        assert_non_null(w.network.bundle->desk[i]);
        assert_non_null(w.network.bundle->seen[i]);
        assert_int_equal(w.network.bundle->seen[i]->version, TODAY - 1);
    }
    /* the other way round, nothing is lost */
    w.served[1].status = 503;
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_int_equal(w.network.bundle->seen[0]->version, TODAY - 1);
    /* the relay with the older directory has a desk note that is newer */
    serve(&w, 0, 4, TODAY - 1, TODAY);
    serve(&w, 1, 3, TODAY - 10, TODAY);
    sample_desk(&sample, &desk, 1, 1000, TODAY);
    note = sample_desk_note(&sample, &desk, 1, &n);
    d = directory(&w, 3, TODAY - 10);
    free(w.served[1].bytes);
    w.served[1].bytes = NULL;
    w.served[1].len = 0;
    {
        size_t k;
        uint8_t *root = sample_root(&sample, 1, &k), *dir;

        sample_add(&w.served[1].bytes, &w.served[1].len, root, k);
        dir = sample_directory_note(&sample, d, &k);
        sample_add(&w.served[1].bytes, &w.served[1].len, dir, k);
    }
    sample_add(&w.served[1].bytes, &w.served[1].len, note, n);
    directory_free(d);
    assert_int_equal(refresh(&w, &problem), RC_OK);
    /* It lags, where the other was asked first. */
    assert_true(problem == NULL || strstr(problem, w.relay[1].url) != NULL);
    assert_int_equal(w.network.bundle->directory->version, 4);
    assert_int_equal(w.network.bundle->desk[1]->version, 1000);
    assert_non_null(w.network.bundle->desk[0]);
    /* what is held as bytes opens again */
    {
        struct bundle *again;

        assert_int_equal(bundle_open(&again, w.network.raw, w.network.raw_len,
                                     &w.network.anchor),
                         RC_OK);
        assert_int_equal(again->desk[1]->version, 1000);
        bundle_free(again);
    }
    end(&w);
}

/* Roots up to a version, and a directory without notes. */
static void
serve_roots(struct world *w, size_t i, uint64_t roots, uint64_t version)
{
    struct directory *d = directory(w, version, TODAY - 9);
    struct served *s = &w->served[i];
    uint8_t *note;
    size_t n;

    free(s->bytes);
    s->bytes = NULL;
    s->len = 0;
    for (uint64_t v = 1; v <= roots; v++) {
        note = sample_root(&sample, v, &n);
        sample_add(&s->bytes, &s->len, note, n);
    }
    note = sample_directory_note(&sample, d, &n);
    sample_add(&s->bytes, &s->len, note, n);
    s->status = 200;
    directory_free(d);
}

static void
a_new_root_is_followed_and_kept(void **state)
{
    struct world w;
    const char *problem;

    (void)state;
    begin(&w);
    serve_roots(&w, 0, 3, 4);
    w.served[1].status = 503;
    assert_int_equal(refresh(&w, &problem), RC_OK);
    assert_int_equal(w.network.bundle->root.version, 3);
    serve_roots(&w, 0, 2, 5);
    assert_int_equal(refresh(&w, &problem), RC_TAKEN);
    assert_int_equal(w.network.bundle->root.version, 3);
    assert_int_equal(w.network.bundle->directory->version, 4);
    end(&w);
}

/* A directory that most organisations contradict is refused, also where only
 * the other relay's notes say so. */
static void
contradicted_directories_are_refused(void **state)
{
    struct world w;
    const char *problem;
    struct directory *d, *other;
    struct seen_note seen;
    uint8_t *bytes = NULL, *note;
    size_t len = 0, n;

    (void)state;
    begin(&w);
    d = directory(&w, 3, TODAY - 10);
    other = directory(&w, 9, TODAY - 3);
    note = sample_root(&sample, 1, &n);
    sample_add(&bytes, &len, note, n);
    note = sample_directory_note(&sample, d, &n);
    sample_add(&bytes, &len, note, n);
    for (size_t i = 0; i < SAMPLE_ORGS; i++) {
        struct desknote desk;

        sample_desk(&sample, &desk, i, 5, TODAY);
        note = sample_desk_note(&sample, &desk, i, &n);
        sample_add(&bytes, &len, note, n);
        sample_seen(&sample, &seen, i, TODAY - 1, other);
        note = sample_seen_note(&seen, i, &n);
        sample_add(&bytes, &len, note, n);
    }
    free(w.served[0].bytes);
    w.served[0].bytes = bytes;
    w.served[0].len = len;
    w.served[1].status = 503;
    assert_int_equal(refresh(&w, &problem), RC_FORGED);
    directory_free(d);
    directory_free(other);
    end(&w);
}

static void
closing_relays_are_not_written_to(void **state)
{
    struct world w;
    size_t out[2];

    (void)state;
    begin(&w);
    assert_int_equal(network_writers(&w.network, out), 2);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[1], 1);
    w.network.bundle->directory->relays[0].closing_day = TODAY + 9;
    assert_int_equal(network_writers(&w.network, out), 1);
    assert_int_equal(out[0], 1);
    w.network.bundle->directory->relays[1].closing_day = TODAY + 9;
    assert_int_equal(network_writers(&w.network, out), 0);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_none_is_refused),
        cmocka_unit_test(dead_and_broken_relays_are_named),
        cmocka_unit_test(a_cut_line_costs_a_try),
        cmocka_unit_test(a_bundle_waits_for_its_own_status_alone),
        cmocka_unit_test(one_bundle_is_fetched_once),
        cmocka_unit_test(a_bad_bundle_is_fetched_once_and_both_are_named),
        cmocka_unit_test(nothing_goes_back),
        cmocka_unit_test(two_directories_of_one_version_are_a_fork),
        cmocka_unit_test(expired_and_future_ones_do_not_pass),
        cmocka_unit_test(newer_notes_are_joined),
        cmocka_unit_test(a_new_root_is_followed_and_kept),
        cmocka_unit_test(contradicted_directories_are_refused),
        cmocka_unit_test(closing_relays_are_not_written_to),
    };

    (void)signal(SIGPIPE, SIG_IGN); /* as cli_init does */
    if (sodium_init() < 0 || testclock_noon(TODAY) != 0) {
        return 1;
    }
    sample_init(&sample);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
