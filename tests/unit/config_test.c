/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum rc
take(struct config *c, const char *text)
{
    assert_int_equal(config_init(c, "/srv"), RC_OK);
    return config_parse(c, text, strlen(text), "/srv");
}

static void
lines_that_are_refused(void **state)
{
    const char *bad[] = {
        "unknown 1",
        "Listen unix:/a",
        "listen",
        "listen unix:",
        "listen udp:1.2.3.4:5",
        "listen tcp:1.2.3.4",
        "listen tcp:1.2.3.4:65536",
        "listen tcp:1.2.3.4:-1",
        "listen tcp:::1:80",
        "listen tcp:127.0.0.1:80 mode=0600",
        "listen unix:/a mode=0888",
        "listen unix:/a mode=01000",
        "listen unix:/a mode=0600 mode=0600",
        "listen unix:/a proxy-protocol=maybe",
        "listen unix:/a backlog=1",
        "store",
        "store /a\nstore /b",
        "sandbox true",
        "sandbox YES",
        "unix-mode 99",
        "unix-mode 01000",
        "connections 0",
        "connections 100001",
        "connections -1",
        "connections 1k",
        "connections 99999999999999999999",
        "idle-timeout 0",
        "queue",
    };
    struct config c;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (take(&c, bad[i]) != RC_FORMAT || strncmp(c.why, "line ", 5) != 0) {
            fail_msg("%s: %s", bad[i], c.why);
        }
        config_wipe(&c);
    }
    assert_int_equal(take(&c, "store \xff"), RC_FORMAT);
    config_wipe(&c);
    assert_int_equal(config_init(&c, "/srv"), RC_OK);
    assert_int_equal(config_parse(&c, "store a\0b", 9, "/srv"), RC_FORMAT);
    config_wipe(&c);
}

static void
too_many_listens_are_refused(void **state)
{
    char text[1024] = "";
    struct config c;

    (void)state;
    for (int i = 0; i < CONFIG_LISTEN_MAX; i++) {
        strcat(text, "listen unix:/a\n");
    }
    assert_int_equal(take(&c, text), RC_OK);
    assert_int_equal(c.n_listens, CONFIG_LISTEN_MAX);
    config_wipe(&c);
    strcat(text, "listen unix:/a\n");
    assert_int_equal(take(&c, text), RC_FORMAT);
    config_wipe(&c);
}

static void
what_must_be_there_is_missed(void **state)
{
    char text[256];
    struct config c;

    (void)state;
    assert_int_equal(take(&c, ""), RC_OK);
    assert_int_equal(config_check(&c), RC_FORMAT);
    config_wipe(&c);
    assert_int_equal(take(&c, "listen tls:127.0.0.1:443\n"), RC_OK);
    assert_int_equal(config_check(&c), RC_FORMAT);
    config_wipe(&c);
    assert_int_equal(take(&c, "listen tls::443\ntls-cert c\ntls-key k\n"),
                     RC_OK);
    assert_int_equal(config_check(&c), RC_OK);
    assert_string_equal(c.tls_cert, "/srv/c");
    config_wipe(&c);
    (void)snprintf(text, sizeof text, "listen unix:/%0107d\n", 1);
    assert_int_equal(take(&c, text), RC_OK);
    assert_int_equal(config_check(&c), RC_FORMAT);
    config_wipe(&c);
}

static void
a_file_is_understood(void **state)
{
    const char *text = "# comment\r\n"
                       "\n"
                       "   listen   unix:sock  mode=0666  proxy-protocol=yes \n"
                       "listen tcp:127.0.0.1:0\n"
                       "listen tls:[::1]:443\n"
                       "\tstore\t/data/with space\n"
                       "log relay.log\n"
                       "proxy-protocol yes\n"
                       "sandbox no\n"
                       "unix-mode 0600\n"
                       "put-effort 12\n"
                       "rings 3";
    struct config c;

    (void)state;
    assert_int_equal(take(&c, text), RC_OK);
    assert_int_equal(c.n_listens, 3);
    assert_int_equal(c.listens[0].kind, LISTEN_UNIX);
    assert_string_equal(c.listens[0].host, "/srv/sock");
    assert_int_equal(c.listens[0].mode, 0666);
    assert_int_equal(c.listens[0].proxy, 1);
    assert_int_equal(c.listens[1].kind, LISTEN_TCP);
    assert_string_equal(c.listens[1].host, "127.0.0.1");
    assert_string_equal(c.listens[1].port, "0");
    assert_int_equal(c.listens[1].proxy, -1);
    assert_int_equal(c.listens[2].kind, LISTEN_TLS);
    assert_string_equal(c.listens[2].host, "::1");
    assert_string_equal(c.store, "/data/with space");
    assert_string_equal(c.log, "/srv/relay.log");
    assert_string_equal(c.bundle, "/srv/bundle");
    assert_true(c.proxy_protocol);
    assert_false(c.sandbox);
    assert_int_equal(c.unix_mode, 0600);
    assert_int_equal(c.rings, 3);
    assert_int_equal(c.put_effort, 12);
    assert_int_equal(c.puts, 512);
    assert_null(c.user);
    config_wipe(&c);
}

static void
the_command_line_comes_last(void **state)
{
    struct config c;

    (void)state;
    assert_int_equal(take(&c, "listen unix:/a\nlisten unix:/b\nrings 3\n"),
                     RC_OK);
    config_source(&c);
    assert_int_equal(config_set(&c, "listen", "unix:c", "/here"), RC_OK);
    assert_int_equal(config_set(&c, "listen", "unix:/d", "/here"), RC_OK);
    assert_int_equal(config_set(&c, "rings", "4", "/here"), RC_OK);
    assert_int_equal(config_set(&c, "rings", "5", "/here"), RC_FORMAT);
    assert_int_equal(c.n_listens, 2);
    assert_string_equal(c.listens[0].host, "/here/c");
    assert_string_equal(c.listens[1].host, "/d");
    assert_int_equal(c.rings, 4);
    config_wipe(&c);
}

/* Two values that differ from each other and from what holds without them. */
static const char *
value_of(const struct config_key *key, bool second)
{
    if (strcmp(key->name, "listen") == 0) {
        return second ? "unix:/b" : "unix:/a";
    }
    if (strcmp(key->value, "yes|no") == 0) {
        return (strcmp(key->initial, "yes") == 0) != second ? "no" : "yes";
    }
    if (strcmp(key->value, "OCTAL") == 0) {
        return second ? "0640" : "0600";
    }
    if (strcmp(key->value, "NUMBER") == 0 ||
        strcmp(key->value, "SECONDS") == 0) {
        return second ? "12" : "11";
    }
    return second ? "/second" : "/first";
}

static bool
texts_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
configs_equal(const struct config *a, const struct config *b)
{
    return a->n_listens == b->n_listens &&
           (a->n_listens == 0 ||
            texts_equal(a->listens[0].host, b->listens[0].host)) &&
           texts_equal(a->store, b->store) &&
           texts_equal(a->page_key, b->page_key) &&
           texts_equal(a->bundle, b->bundle) &&
           texts_equal(a->control, b->control) && texts_equal(a->log, b->log) &&
           texts_equal(a->tls_cert, b->tls_cert) &&
           texts_equal(a->tls_key, b->tls_key) &&
           texts_equal(a->user, b->user) && a->sandbox == b->sandbox &&
           a->proxy_protocol == b->proxy_protocol &&
           a->unix_mode == b->unix_mode && a->workers == b->workers &&
           a->connections == b->connections && a->queue == b->queue &&
           a->request_timeout == b->request_timeout &&
           a->idle_timeout == b->idle_timeout && a->rings == b->rings &&
           a->puts == b->puts &&
           a->circuit_connections == b->circuit_connections &&
           a->put_effort == b->put_effort;
}

/* For each key: what the file says holds, until the command line says
 * something else; then as if the file had said that. */
static void
every_key_can_be_overridden(void **state)
{
    const struct config_key *keys;
    size_t n;

    (void)state;
    keys = config_keys(&n);
    assert_int_equal(n, 21);
    for (size_t i = 0; i < n; i++) {
        struct config plain, file, line, want;
        char text[256];

        print_message("%s\n", keys[i].name);
        assert_int_equal(take(&plain, ""), RC_OK);
        (void)snprintf(text, sizeof text, "%s %s\n", keys[i].name,
                       value_of(&keys[i], false));
        assert_int_equal(take(&file, text), RC_OK);
        assert_int_equal(take(&line, text), RC_OK);
        config_source(&line);
        assert_int_equal(
            config_set(&line, keys[i].name, value_of(&keys[i], true), "/here"),
            RC_OK);
        (void)snprintf(text, sizeof text, "%s %s\n", keys[i].name,
                       value_of(&keys[i], true));
        assert_int_equal(take(&want, text), RC_OK);
        assert_false(configs_equal(&plain, &file));
        assert_false(configs_equal(&file, &line));
        assert_true(configs_equal(&line, &want));
        config_wipe(&plain);
        config_wipe(&file);
        config_wipe(&line);
        config_wipe(&want);
    }
}

/* Every key is in the sample, and the sample with its marks taken away says
 * what holds without it. */
static void
the_sample_names_every_key(void **state)
{
    char *text = NULL, *line, *save = NULL;
    size_t len, n, found = 0;
    const struct config_key *keys = config_keys(&n);
    FILE *f = open_memstream(&text, &len);
    struct config c;

    (void)state;
    assert_non_null(f);
    config_sample(f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(take(&c, text), RC_OK);
    config_wipe(&c);
    for (line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        assert_int_equal(line[0], '#');
        if (line[1] == ' ') {
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            size_t k = strlen(keys[i].name);

            found +=
                strncmp(line + 1, keys[i].name, k) == 0 && line[1 + k] == ' ';
        }
        for (size_t i = 0; i < n; i++) {
            char own[256];

            if (keys[i].initial == NULL) {
                continue;
            }
            (void)snprintf(own, sizeof own, "%s %s", keys[i].name,
                           keys[i].initial);
            if (strcmp(line + 1, own) == 0) {
                assert_int_equal(take(&c, own), RC_OK);
                config_wipe(&c);
            }
        }
    }
    assert_int_equal(found, n);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_are_refused),
        cmocka_unit_test(too_many_listens_are_refused),
        cmocka_unit_test(what_must_be_there_is_missed),
        cmocka_unit_test(a_file_is_understood),
        cmocka_unit_test(the_command_line_comes_last),
        cmocka_unit_test(every_key_can_be_overridden),
        cmocka_unit_test(the_sample_names_every_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
