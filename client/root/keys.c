/* SPDX-License-Identifier: ISC */
/* Commands that handle a secret key: keygen, sign. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "keyfile.h"
#include "notefile.h"
#include "strength.h"
#include "term.h"

/* What a key file holds: u8 name length, name, seed. */
#define SECRET_MAX (1 + NOTE_NAME_MAX + crypto_sign_SEEDBYTES)

#define PASSPHRASE_FD                                                          \
    {                                                                          \
        .name = "passphrase-fd", .value = "N",                                 \
        .help = N_("read the pass phrase from descriptor N")                   \
    }

struct cli_option keygen_options[] = {
    {.name = "out", .value = "FILE", .help = N_("the key file to make")},
    PASSPHRASE_FD,
    {.name = NULL},
};
struct cli_option sign_options[] = {
    {.name = "key", .value = "FILE", .help = N_("the key file to sign with")},
    {.name = "old",
     .value = "FILE",
     .help = N_("the signed version before it: say what changes (needed "
                "above version 1)")},
    {.name = "root",
     .value = "FILE",
     .help = N_("the root that OLD is signed under")},
    {.name = "yes", .help = N_("do not ask")},
    PASSPHRASE_FD,
    {.name = NULL},
};

static int
passphrase_fd(const struct cli_option *options)
{
    uint64_t fd = UINT64_MAX;

    if (cli_number(options, "passphrase-fd", 0, 1000000, &fd) != RC_OK) {
        return -2;
    }
    return fd == UINT64_MAX ? -1 : (int)fd;
}

static enum rc
ask_passphrase(char **pass, size_t *len, const struct cli_option *options,
               const char *again)
{
    int fd = passphrase_fd(options);
    enum rc rc;

    *pass = NULL;
    if (fd == -2) {
        return RC_FORMAT;
    }
    rc = keyfile_passphrase(pass, len, _("Pass phrase of the key file: "),
                            again, fd);
    switch (rc) {
    case RC_OK:
        break;
    case RC_FORMAT:
        cli_error(_("an empty pass phrase protects nothing"));
        break;
    case RC_TAKEN:
        cli_error(_("the two pass phrases differ; nothing was written"));
        break;
    case RC_MISSING:
        cli_error(_("no terminal to ask for the pass phrase: see "
                    "--passphrase-fd"));
        break;
    default:
        cli_error(_("the pass phrase can't be read: %s"), _(rc_text(rc)));
        break;
    }
    return rc;
}

static enum rc
save_key(const char *path, const struct note_key *key,
         const uint8_t seed[static crypto_sign_SEEDBYTES], const char *pass,
         size_t pass_len)
{
    uint8_t secret[SECRET_MAX];
    size_t n = strlen(key->name);
    enum rc rc;

    secret[0] = (uint8_t)n;
    memcpy(secret + 1, key->name, n);
    memcpy(secret + 1 + n, seed, crypto_sign_SEEDBYTES);
    rc = keyfile_save(path, ROOT_KEY_LABEL, secret,
                      1 + n + crypto_sign_SEEDBYTES, pass, pass_len);
    sodium_memzero(secret, sizeof secret);
    if (rc == RC_TAKEN) {
        cli_error(_("%s is there already and is left as it is"), path);
    } else if (rc != RC_OK) {
        cli_error("%s: %s", path, cli_why(rc));
    }
    return rc;
}

int
keygen_run(int argc, char **argv)
{
    const char *path = cli_value(keygen_options, "out");
    uint8_t seed[crypto_sign_SEEDBYTES], sk[crypto_sign_SECRETKEYBYTES];
    char vkey[NOTE_VKEY_MAX], *pass = NULL;
    struct note_key key = {{0}, {0}};
    size_t pass_len;
    enum rc rc;

    (void)argc;
    if (path == NULL) {
        cli_error(_("--out says which key file to make"));
        return CLI_USAGE;
    }
    if (!note_name_is_valid(argv[0], strlen(argv[0]))) {
        cli_error(_("a signer's name has 1 to %d letters, digits or signs "
                    "other than + and no spaces"),
                  NOTE_NAME_MAX);
        return CLI_USAGE;
    }
    memcpy(key.name, argv[0], strlen(argv[0]));
    rc = ask_passphrase(&pass, &pass_len, keygen_options, _("Once more: "));
    if (rc == RC_OK) {
        rc = strength_demand(pass, pass_len,
                             (const char *const[]){argv[0], NULL});
    }
    if (rc == RC_OK) {
        randombytes_buf(seed, sizeof seed);
        if (crypto_sign_seed_keypair(key.pk, sk, seed) != 0) {
            rc = RC_IO;
        } else {
            rc = save_key(path, &key, seed, pass, pass_len);
        }
        sodium_memzero(seed, sizeof seed);
        sodium_memzero(sk, sizeof sk);
    }
    sodium_free(pass);
    if (rc != RC_OK) {
        return CLI_FAILED;
    }
    note_vkey_write(vkey, &key);
    cli_print_key(stderr, 0, _("The key, as the other signers see it:"),
                  key.pk);
    (void)printf("%s\n", vkey);
    cli_say(_("%s: the secret key, sealed under the pass phrase. Keep it "
              "offline. The line above is public."),
            path);
    return CLI_DONE;
}

/* The signing key out of a key file; sk is sodium_malloc. */
static enum rc
load_key(struct note_key *key, uint8_t **sk, const char *path)
{
    uint8_t *secret = NULL;
    char *pass = NULL;
    size_t pass_len, len = 0, n;
    enum rc rc;

    memset(key, 0, sizeof *key);
    *sk = NULL;
    rc = ask_passphrase(&pass, &pass_len, sign_options, NULL);
    if (rc != RC_OK) {
        return RC_IO;
    }
    rc = keyfile_load(&secret, &len, path, ROOT_KEY_LABEL, pass, pass_len);
    sodium_free(pass);
    if (rc != RC_OK) {
        cli_error("%s: %s", path,
                  rc == RC_FORGED  ? _("wrong pass phrase, or the file is "
                                        "damaged")
                  : rc == RC_TAKEN ? _("this is another kind of key file")
                                   : cli_why(rc));
        return RC_IO;
    }
    n = secret[0];
    if (len != 1 + n + crypto_sign_SEEDBYTES ||
        !note_name_is_valid((const char *)secret + 1, n) ||
        (*sk = sodium_malloc(crypto_sign_SECRETKEYBYTES)) == NULL ||
        crypto_sign_seed_keypair(key->pk, *sk, secret + 1 + n) != 0) {
        cli_error(_("%s: not a key of this program"), path);
        rc = RC_IO;
    } else {
        memcpy(key->name, secret + 1, n);
    }
    sodium_free(secret);
    return rc;
}

/* Says what is about to be signed, and what it changes. An exit code. */
static int
explain(const struct notefile *f)
{
    notefile_show(stderr, f);
    (void)fputc('\n', stderr);
    return notefile_changes(stderr, f, cli_value(sign_options, "old"),
                            cli_value(sign_options, "root"));
}

/* The bare letter y, in whatever language the question was. */
static bool
is_agreed(void)
{
    char *answer;
    bool yes;

    if (cli_given(sign_options, "yes")) {
        return true;
    }
    if (term_ask(&answer, _("Sign this? [y/n] ")) != RC_OK) {
        return false;
    }
    yes = strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0;
    term_free(answer);
    return yes;
}

static int
sign_file(const struct notefile *f, const char *key_path)
{
    struct note_key key;
    struct note signed_note = {0};
    uint8_t *sk, *out = NULL;
    size_t len = 0;
    enum rc rc = load_key(&key, &sk, key_path);

    if (rc == RC_OK) {
        rc = note_sign(&out, &len, f->raw, f->raw_len, &key, sk);
        if (rc == RC_FORGED) {
            cli_error(_("%s has a signature of %s that is not good"), f->path,
                      key.name);
        } else if (rc != RC_OK) {
            cli_error("%s: %s", f->path, _(rc_text(rc)));
        }
    }
    sodium_free(sk);
    if (rc == RC_OK && (rc = notefile_save(f->path, out, len, true)) == RC_OK) {
        rc = note_parse(&signed_note, out, len);
    }
    free(out);
    if (rc != RC_OK) {
        return cli_exit(rc);
    }
    cli_say(_("%s: signed by %s; signatures in it: %zu"), f->path, key.name,
            signed_note.n_sigs);
    return CLI_DONE;
}

int
sign_run(int argc, char **argv)
{
    const char *key_path = cli_value(sign_options, "key");
    struct notefile f;
    int code;

    (void)argc;
    if (key_path == NULL) {
        cli_error(_("--key says which key file to sign with"));
        return CLI_USAGE;
    }
    if (notefile_load(&f, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    if (!f.complete) {
        cli_error(_("%s still lacks boards or relays: see add --help"), f.path);
        code = CLI_FAILED;
    } else if ((code = explain(&f)) != CLI_DONE) {
        cli_say(_("Nothing was signed."));
    } else if (!is_agreed()) {
        cli_say(_("Nothing was signed."));
        code = CLI_FAILED;
    } else {
        code = sign_file(&f, key_path);
    }
    notefile_wipe(&f);
    return code;
}
