/* SPDX-License-Identifier: ISC */
/* Commands on whole notes: new, merge, verify, show, diff, bundle. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "clock.h"
#include "file.h"
#include "notefile.h"
#include "show.h"

struct cli_option new_options[] = {
    {.name = "threshold",
     .value = "M",
     .help = N_("how many of the signers must sign")},
    {.name = "key",
     .value = "VKEY",
     .repeatable = true,
     .help = N_("a signer's public line, as keygen printed it")},
    {.name = "after",
     .value = "ROOT",
     .help = N_("the root that this one follows")},
    {.name = "out", .value = "FILE", .help = N_("the file to make")},
    {.name = NULL},
};
struct cli_option merge_options[] = {
    {.name = "out", .value = "FILE", .help = N_("the file to write")},
    {.name = NULL},
};
struct cli_option verify_options[] = {
    {.name = "root", .value = "FILE", .help = N_("the root that is trusted")},
    {.name = NULL},
};
struct cli_option bundle_options[] = {
    {.name = "out", .value = "FILE", .help = N_("the network file to write")},
    {.name = NULL},
};

/* The keys named by --key, or those of the root before. */
static enum rc
collect_keys(struct root *r, const struct cli_option *key)
{
    if (key->count == 0) {
        return r->n_keys > 0 ? RC_OK : RC_MISSING;
    }
    if (key->count > ROOT_KEYS_MAX) {
        return RC_FULL;
    }
    r->n_keys = 0;
    for (size_t i = 0; i < key->count; i++) {
        const char *vkey = key->values[i];

        if (note_vkey_parse(&r->keys[r->n_keys++], vkey, strlen(vkey)) !=
            RC_OK) {
            cli_error(_("not a public line of keygen: %s"), vkey);
            return RC_FORMAT;
        }
    }
    return RC_OK;
}

/* The root to make. An exit code; prints its errors. */
static int
make_root(struct root *r)
{
    const char *after = cli_value(new_options, "after");
    struct notefile f;
    uint64_t threshold;

    memset(r, 0, sizeof *r);
    if (after != NULL) {
        if (notefile_load(&f, after) != RC_OK) {
            return CLI_FAILED;
        }
        if (f.kind != NOTEFILE_ROOT || !f.is_signed) {
            cli_error(_("%s: not a signed root"), after);
            notefile_wipe(&f);
            return CLI_FAILED;
        }
        *r = f.root;
        notefile_wipe(&f);
    }
    r->version++;
    threshold = r->threshold;
    if (cli_number(new_options, "threshold", 1, ROOT_KEYS_MAX, &threshold) !=
        RC_OK) {
        return CLI_USAGE;
    }
    r->threshold = (unsigned)threshold;
    switch (collect_keys(r, &new_options[1])) {
    case RC_OK:
        break;
    case RC_MISSING:
        cli_error(_("name the signers, each with --key"));
        return CLI_USAGE;
    case RC_FULL:
        cli_error(_("at most %d signers"), ROOT_KEYS_MAX);
        return CLI_USAGE;
    default:
        return CLI_USAGE;
    }
    if (r->threshold == 0 || r->threshold > r->n_keys) {
        cli_error(_("--threshold must be from 1 to the number of signers"));
        return CLI_USAGE;
    }
    return CLI_DONE;
}

int
new_run(int argc, char **argv)
{
    const char *out = cli_value(new_options, "out");
    struct root r;
    size_t len;
    char *text;
    int code;

    (void)argc;
    (void)argv;
    if (!notefile_out_given(new_options)) {
        return CLI_USAGE;
    }
    if ((code = make_root(&r)) != CLI_DONE) {
        return code;
    }
    if (r.threshold == 1) {
        cli_say(_("Warning: one signer alone can sign anything with this "
                  "root. That is for trying out only."));
    }
    if (root_write(&text, &len, &r) != RC_OK) {
        cli_error(_("two signers have the same name or the same key"));
        return CLI_FAILED;
    }
    if (notefile_save(out, text, len, false) != RC_OK) {
        code = CLI_FAILED;
    } else {
        cli_say(_("%s: root version %llu, to be signed by at least %u"), out,
                (unsigned long long)r.version, r.threshold);
    }
    free(text);
    return code;
}

int
merge_run(int argc, char **argv)
{
    uint8_t *all = NULL, *more = NULL;
    size_t len = 0, more_len = 0;
    int code = CLI_DONE;

    if (!notefile_out_given(merge_options)) {
        return CLI_USAGE;
    }
    for (int i = 0; i < argc && code == CLI_DONE; i++) {
        struct notefile f;
        enum rc rc;

        if (notefile_load(&f, argv[i]) != RC_OK) {
            code = CLI_FAILED;
            break;
        }
        if (!f.is_signed) {
            cli_error(_("%s: nobody has signed it"), argv[i]);
            code = CLI_FAILED;
        } else {
            rc = all == NULL
                     ? note_merge(&more, &more_len, f.raw, f.raw_len, f.raw,
                                  f.raw_len)
                     : note_merge(&more, &more_len, all, len, f.raw, f.raw_len);
            if (rc != RC_OK) {
                cli_error(rc == RC_FORMAT
                              ? _("%s: another text than the file before")
                              : _("%s: too many signatures"),
                          argv[i]);
                code = CLI_FAILED;
            } else {
                free(all);
                all = more;
                len = more_len;
                more = NULL;
            }
        }
        notefile_wipe(&f);
    }
    if (code == CLI_DONE && notefile_save(cli_value(merge_options, "out"), all,
                                          len, true) != RC_OK) {
        code = CLI_FAILED;
    }
    free(all);
    return code;
}

/* What is trusted so far: the named root, or the first one that was seen. */
struct trust {
    bool known;
    struct root root;
};

/* A root that follows none is measured against its own signers. */
static int
not_authentic(const struct notefile *f, const struct trust *t)
{
    notefile_not_authentic(f, t->known ? &t->root : &f->root);
    return CLI_NOT_AUTHENTIC;
}

static int
verify_root(const struct notefile *f, struct trust *t)
{
    struct root next;
    uint8_t hash[NOTE_HASH_LEN];
    enum rc rc;

    if (!f->is_signed) {
        return not_authentic(f, t);
    }
    note_hash(hash, &f->note);
    if (t->known && f->root.version == t->root.version) {
        rc = memcmp(hash, t->root.hash, sizeof hash) == 0
                 ? root_check_signed(&t->root, &f->note)
                 : RC_FORGED;
        next = t->root;
    } else if (t->known && f->root.version != t->root.version + 1) {
        cli_error(_("%s: version %llu does not follow version %llu; name the "
                    "ones between, in order"),
                  f->path, (unsigned long long)f->root.version,
                  (unsigned long long)t->root.version);
        return CLI_FAILED;
    } else {
        rc = root_open(&next, f->raw, f->raw_len, t->known ? &t->root : NULL);
    }
    if (rc != RC_OK) {
        return not_authentic(f, t);
    }
    (void)printf(_("%s: root version %llu, signed by "), f->path,
                 (unsigned long long)next.version);
    notefile_print_signers(stdout, &next, &f->note);
    (void)printf(_(" (%u of %zu must)\n"), next.threshold, next.n_keys);
    if (!t->known) {
        cli_say(_("Its keys are trusted here because no --root was named."));
    }
    t->known = true;
    t->root = next;
    return CLI_DONE;
}

static void
print_directory(const char *path, const struct directory *d)
{
    char expires[SHOW_DATE_LEN];

    show_date(expires, d->expires);
    (void)printf(_("%s: directory version %llu, expires %s"), path,
                 (unsigned long long)d->version, expires);
    if (d->expires < clock_day(clock_now())) {
        (void)printf(_(" (EXPIRED)"));
    }
}

static int
verify_doors(const struct notefile *f, const struct trust *t)
{
    if (!f->is_signed || root_check_signed(&t->root, &f->note) != RC_OK) {
        return not_authentic(f, t);
    }
    (void)printf(_("%s: doors for desks, version %llu, signed by "), f->path,
                 (unsigned long long)f->doors->version);
    notefile_print_signers(stdout, &t->root, &f->note);
    (void)printf(_(" (%u of %zu must)\n"), t->root.threshold, t->root.n_keys);
    return CLI_DONE;
}

static int
verify_directory(const struct notefile *f, const struct trust *t)
{
    struct directory *d;

    if (!t->known) {
        cli_error(_("%s: name the root it is signed under, with --root"),
                  f->path);
        return CLI_USAGE;
    }
    if (f->kind == NOTEFILE_DOORS) {
        return verify_doors(f, t);
    }
    if (!f->is_signed ||
        directory_open(&d, f->raw, f->raw_len, &t->root) != RC_OK) {
        return not_authentic(f, t);
    }
    print_directory(f->path, d);
    (void)printf(_(", signed by "));
    notefile_print_signers(stdout, &t->root, &f->note);
    (void)printf(_(" (%u of %zu must)\n"), t->root.threshold, t->root.n_keys);
    directory_free(d);
    return CLI_DONE;
}

/* A network file, or what a relay serves. */
static int
verify_bundle(const char *path, const uint8_t *in, size_t len,
              const struct trust *t)
{
    struct bundle *b;

    if (bundle_open(&b, in, len, t->known ? &t->root : NULL) != RC_OK) {
        cli_error(_("%s: NOT AUTHENTIC"), path);
        return CLI_NOT_AUTHENTIC;
    }
    print_directory(path, b->directory);
    (void)printf(_(", root version %llu\n"),
                 (unsigned long long)b->root.version);
    bundle_free(b);
    return CLI_DONE;
}

static int
verify_file(const char *path, struct trust *t)
{
    struct notefile f;
    uint8_t *raw;
    size_t len;
    enum rc rc = file_read(&raw, &len, path, BUNDLE_MAX);
    int code;

    if (rc != RC_OK) {
        cli_error("%s: %s", path, cli_why(rc));
        return CLI_FAILED;
    }
    if (len > 0 && raw[0] == 0) { /* a length, no text */
        code = verify_bundle(path, raw, len, t);
        free(raw);
        return code;
    }
    free(raw);
    if (notefile_load(&f, path) != RC_OK) {
        return CLI_NOT_AUTHENTIC;
    }
    code =
        f.kind == NOTEFILE_ROOT ? verify_root(&f, t) : verify_directory(&f, t);
    notefile_wipe(&f);
    return code;
}

int
verify_run(int argc, char **argv)
{
    const char *root = cli_value(verify_options, "root");
    struct trust t = {.known = root != NULL};
    int code = CLI_DONE;

    if (root != NULL && (code = notefile_trust(&t.root, root)) != CLI_DONE) {
        return code;
    }
    for (int i = 0; i < argc && code == CLI_DONE; i++) {
        code = verify_file(argv[i], &t);
    }
    return code;
}

struct cli_option show_options[] = {
    {.name = "old",
     .value = "FILE",
     .help = N_("the signed version before it: say what changes")},
    {.name = "root",
     .value = "FILE",
     .help = N_("the root that OLD is signed under")},
    {.name = NULL},
};

int
show_run(int argc, char **argv)
{
    const char *old = cli_value(show_options, "old");
    struct notefile f;
    int code = CLI_DONE;

    (void)argc;
    if (notefile_load(&f, argv[0]) != RC_OK) {
        return CLI_FAILED;
    }
    notefile_show(stdout, &f);
    (void)printf(_("Signatures (not checked): %zu\n"), f.note.n_sigs);
    if (old != NULL) {
        code = notefile_changes(stdout, &f, old,
                                cli_value(show_options, "root"));
    }
    notefile_wipe(&f);
    return code;
}

int
diff_run(int argc, char **argv)
{
    struct notefile a = {0}, b = {0};
    int code = CLI_FAILED;

    (void)argc;
    if (notefile_load(&a, argv[0]) == RC_OK &&
        notefile_load(&b, argv[1]) == RC_OK) {
        if (a.kind != b.kind) {
            cli_error(_("these are notes of two kinds"));
        } else {
            notefile_diff(stdout, &a, &b);
            code = CLI_DONE;
        }
    }
    notefile_wipe(&a);
    notefile_wipe(&b);
    return code;
}

/* Roots first, by version; then the directory. */
static int
bundle_order(const void *a, const void *b)
{
    const struct notefile *x = a, *y = b;

    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->kind == NOTEFILE_ROOT && x->root.version != y->root.version) {
        return x->root.version < y->root.version ? -1 : 1;
    }
    return 0;
}

static int
write_bundle(const struct notefile *files, size_t n, const char *out)
{
    struct bundle *b = NULL;
    uint8_t *buf = NULL;
    size_t len = 0;
    enum rc rc = RC_OK;
    int code = CLI_DONE;

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        rc = bundle_append(&buf, &len, files[i].raw, files[i].raw_len);
    }
    if (rc == RC_OK) {
        rc = bundle_open(&b, buf, len, NULL);
    }
    if (rc != RC_OK) {
        cli_error(rc == RC_FORGED
                      ? _("NOT AUTHENTIC: a note lacks signatures of its root")
                      : _("these are not all roots from version 1 on and one "
                          "directory"));
        code = rc == RC_FORGED ? CLI_NOT_AUTHENTIC : CLI_FAILED;
    } else if (notefile_save(out, buf, len, true) != RC_OK) {
        code = CLI_FAILED;
    } else {
        cli_say(_("%s: root version %llu, directory version %llu"), out,
                (unsigned long long)b->root.version,
                (unsigned long long)b->directory->version);
    }
    bundle_free(b);
    free(buf);
    return code;
}

int
bundle_run(int argc, char **argv)
{
    struct notefile *files = calloc((size_t)argc, sizeof *files);
    int code = CLI_DONE, n = 0;

    if (!notefile_out_given(bundle_options)) {
        code = CLI_USAGE;
    } else if (files == NULL) {
        code = CLI_FAILED;
    }
    while (code == CLI_DONE && n < argc) {
        if (notefile_load(&files[n], argv[n]) != RC_OK) {
            code = CLI_FAILED;
            break;
        }
        if (files[n++].kind == NOTEFILE_DOORS) {
            /* Clients would read over it, and everybody have it. */
            cli_error(_("%s: a list of doors is for operators and desks, not "
                        "for everybody"),
                      argv[n - 1]);
            code = CLI_FAILED;
        }
    }
    if (code == CLI_DONE) {
        qsort(files, (size_t)n, sizeof *files, bundle_order);
        code = write_bundle(files, (size_t)n, cli_value(bundle_options, "out"));
    }
    for (int i = 0; i < n; i++) {
        notefile_wipe(&files[i]);
    }
    free(files);
    return code;
}
