/* SPDX-License-Identifier: ISC */
#include "notefile.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "diff.h"
#include "dirdraft.h"
#include "file.h"
#include "show.h"
#include "text.h"

#define PREFIX_LEAST 8 /* digits that may stand for an id */

static void
print_failure(const char *path, enum rc rc)
{
    cli_error("%s: %s", path, cli_why(rc));
}

static bool
begins(const struct note *n, const char *word)
{
    size_t len = strlen(word);

    return n->text_len >= len && memcmp(n->text, word, len) == 0;
}

static enum rc
open_directory(struct notefile *f)
{
    struct dirdraft d;
    enum rc rc = dirdraft_parse(&d, f->note.text, f->note.text_len);

    if (rc == RC_OK) {
        rc = dirdraft_open(&f->directory, &f->complete, &d);
        dirdraft_wipe(&d);
    }
    return rc;
}

enum rc
notefile_load(struct notefile *out, const char *path)
{
    struct notefile f = {.path = path};
    enum rc rc;

    memset(out, 0, sizeof *out);
    if ((rc = file_read(&f.raw, &f.raw_len, path, NOTE_MAX)) != RC_OK) {
        print_failure(path, rc);
        return rc;
    }
    f.is_signed = note_parse(&f.note, f.raw, f.raw_len) == RC_OK;
    if (!f.is_signed) {
        f.note.text = (const char *)f.raw;
        f.note.text_len = f.raw_len;
        f.note.n_sigs = 0;
    }
    if (begins(&f.note, "tocsin-root ")) {
        f.kind = NOTEFILE_ROOT;
        rc = root_parse(&f.root, f.note.text, f.note.text_len);
        f.complete = true;
    } else if (begins(&f.note, "tocsin-directory ")) {
        f.kind = NOTEFILE_DIRECTORY;
        rc = open_directory(&f);
    } else if (begins(&f.note, "tocsin-doors ")) {
        f.kind = NOTEFILE_DOORS;
        rc = doors_parse(&f.doors, f.note.text, f.note.text_len);
        f.complete = true;
    } else {
        rc = RC_FORMAT;
    }
    if (rc != RC_OK) {
        cli_error(
            rc == RC_FORMAT
                ? _("%s: not a root, directory or list of doors, or damaged")
                : _("%s: out of memory"),
            path);
        notefile_wipe(&f);
        return rc;
    }
    *out = f;
    return RC_OK;
}

void
notefile_wipe(struct notefile *f)
{
    directory_free(f->directory);
    free(f->doors);
    free(f->raw);
    memset(f, 0, sizeof *f);
}

uint64_t
notefile_version(const struct notefile *f)
{
    return f->kind == NOTEFILE_ROOT    ? f->root.version
           : f->kind == NOTEFILE_DOORS ? f->doors->version
                                       : f->directory->version;
}

void
notefile_show(FILE *out, const struct notefile *f)
{
    if (f->kind == NOTEFILE_ROOT) {
        show_root(out, &f->root);
    } else if (f->kind == NOTEFILE_DOORS) {
        show_doors(out, f->doors);
    } else {
        show_directory(out, f->directory);
    }
    show_hash(out, &f->note);
}

void
notefile_diff(FILE *out, const struct notefile *a, const struct notefile *b)
{
    unsigned n = a->kind == NOTEFILE_ROOT ? diff_root(out, &a->root, &b->root)
                 : a->kind == NOTEFILE_DOORS
                     ? diff_doors(out, a->doors, b->doors)
                     : diff_directory(out, a->directory, b->directory);

    if (n == 0) {
        cli_say(_("No difference."));
    }
}

void
notefile_print_signers(FILE *out, const struct root *r, const struct note *n)
{
    uint64_t signers = 0;
    bool any = false;

    if (note_verify(&signers, n, r->keys, r->n_keys) != RC_OK) {
        signers = 0;
    }
    for (size_t i = 0; i < r->n_keys; i++) {
        if (signers >> i & 1) {
            (void)fprintf(out, "%s%s", any ? ", " : "", r->keys[i].name);
            any = true;
        }
    }
    if (!any) {
        (void)fputs(_("nobody of the root"), out);
    }
}

void
notefile_not_authentic(const struct notefile *f, const struct root *r)
{
    cli_error(_("%s: NOT AUTHENTIC"), f->path);
    if (!f->is_signed) {
        cli_say(_("  it has no signature"));
    } else {
        (void)fputs(_("  signed by "), stderr);
        notefile_print_signers(stderr, r, &f->note);
        (void)fprintf(stderr, _("; %u of %zu signers must sign\n"),
                      r->threshold, r->n_keys);
    }
}

int
notefile_trust(struct root *out, const char *path)
{
    struct notefile f;
    bool good;

    if (notefile_load(&f, path) != RC_OK) {
        return CLI_FAILED;
    }
    good = f.kind == NOTEFILE_ROOT && f.is_signed &&
           root_open(out, f.raw, f.raw_len, NULL) == RC_OK;
    notefile_wipe(&f);
    if (!good) {
        cli_error(_("%s: not a root that enough of its own signers signed"),
                  path);
    }
    return good ? CLI_DONE : CLI_NOT_AUTHENTIC;
}

/* Is it signed by enough of the root that it stands under? */
static int
check_before(const struct notefile *old, const char *root_path)
{
    struct root root = old->root;
    int code;

    if (old->kind != NOTEFILE_ROOT) {
        if (root_path == NULL) {
            cli_error(_("name the root that %s is signed under, with --root"),
                      old->path);
            return CLI_USAGE;
        }
        if ((code = notefile_trust(&root, root_path)) != CLI_DONE) {
            return code;
        }
    }
    if (!old->is_signed || root_check_signed(&root, &old->note) != RC_OK) {
        notefile_not_authentic(old, &root);
        return CLI_NOT_AUTHENTIC;
    }
    (void)fprintf(stderr, _("%s: version %llu, signed by "), old->path,
                  (unsigned long long)notefile_version(old));
    notefile_print_signers(stderr, &root, &old->note);
    (void)fprintf(stderr, _(" (%u of %zu must)\n"), root.threshold,
                  root.n_keys);
    return CLI_DONE;
}

/* Does the version of f come after it? For a root it must be the next. */
static int
check_order(const struct notefile *old, const struct notefile *f)
{
    unsigned long long before = notefile_version(old);
    unsigned long long now = notefile_version(f);

    if (before >= now || (f->kind == NOTEFILE_ROOT && before + 1 != now)) {
        cli_error(_("%s: version %llu does not follow version %llu of %s"),
                  f->path, now, before, old->path);
        return CLI_FAILED;
    }
    if (before + 1 == now) {
        cli_say(_("It is the one before version %llu."), now);
    } else {
        cli_say(_("Warning: it is NOT the one before version %llu. If one "
                  "between them was signed, compare with that."),
                now);
    }
    return CLI_DONE;
}

int
notefile_before(struct notefile *out, bool *is_first, const struct notefile *f,
                const char *old_path, const char *root_path)
{
    int code = CLI_FAILED;

    memset(out, 0, sizeof *out);
    *is_first = notefile_version(f) == 1;
    if (*is_first && old_path != NULL) {
        cli_error(_("%s: nothing comes before version 1; leave out --old"),
                  f->path);
        return CLI_USAGE;
    }
    if (root_path != NULL && (*is_first || f->kind == NOTEFILE_ROOT)) {
        cli_error(_("--root is for what a directory or a list of doors is "
                    "compared with"));
        return CLI_USAGE;
    }
    if (*is_first) {
        cli_say(_("This is version 1: there is nothing to compare it with. If "
                  "this network has signed one already, don't sign another."));
        return CLI_DONE;
    }
    if (old_path == NULL) {
        cli_error(_("%s is version %llu: name the signed version before it "
                    "with --old, to see what changes"),
                  f->path, (unsigned long long)notefile_version(f));
        return CLI_USAGE;
    }
    if (notefile_load(out, old_path) != RC_OK) {
        return CLI_FAILED;
    }
    if (out->kind != f->kind) {
        cli_error(_("%s: another kind of note"), old_path);
    } else if ((code = check_before(out, root_path)) == CLI_DONE) {
        code = check_order(out, f);
    }
    if (code != CLI_DONE) {
        notefile_wipe(out);
    }
    return code;
}

/* Is the file that stands there already this very note? */
static enum rc
check_kept(const char *path, const struct notefile *f)
{
    uint8_t *raw;
    size_t len;
    enum rc rc = file_read(&raw, &len, path, NOTE_MAX);

    if (rc == RC_OK) {
        if (len != f->raw_len || memcmp(raw, f->raw, len) != 0) {
            rc = RC_TAKEN;
        }
        free(raw);
    } else if (rc == RC_FULL) {
        rc = RC_TAKEN;
    }
    if (rc == RC_TAKEN) {
        cli_error(_("%s is there already and is another file; to keep the "
                    "signed version there, move it away"),
                  path);
    } else if (rc != RC_OK) {
        print_failure(path, rc);
    }
    return rc;
}

enum rc
notefile_keep(const struct notefile *f)
{
    uint64_t n = notefile_version(f);
    struct text t = {0};
    char *path;
    size_t len;
    enum rc rc;

    if (!f->is_signed) {
        return RC_OK;
    }
    text_put_word(&t, f->path);
    text_put_number(&t, ".v", n);
    text_put(&t, "", 1);
    if ((rc = text_take(&t, &path, &len)) != RC_OK) {
        cli_error("%s", _(rc_text(rc)));
        return rc;
    }
    rc = file_write(path, f->raw, f->raw_len, 0644, false);
    if (rc == RC_TAKEN) {
        rc = check_kept(path, f);
    } else if (rc != RC_OK) {
        print_failure(path, rc);
    } else {
        cli_say(_("The signed version %llu is kept as %s."),
                (unsigned long long)n, path);
    }
    free(path);
    return rc;
}

enum rc
notefile_save(const char *path, const void *in, size_t len, bool replace)
{
    enum rc rc = file_write(path, in, len, 0644, replace);

    if (rc == RC_TAKEN) {
        cli_error(_("%s is there already; name another file, or remove it"),
                  path);
    } else if (rc != RC_OK) {
        print_failure(path, rc);
    }
    return rc;
}

bool
notefile_out_given(const struct cli_option *options)
{
    if (cli_given(options, "out")) {
        return true;
    }
    cli_error(_("--out says which file to make"));
    return false;
}

bool
notefile_names_id(const char *text, const uint8_t id[static 32])
{
    size_t len = strlen(text);
    char hex[65];

    (void)sodium_bin2hex(hex, sizeof hex, id, 32);
    return len >= PREFIX_LEAST && len <= 64 && strncmp(text, hex, len) == 0;
}

int
notefile_changes(FILE *out, const struct notefile *f, const char *old_path,
                 const char *root_path)
{
    struct notefile old;
    bool is_first;
    int code = notefile_before(&old, &is_first, f, old_path, root_path);

    if (code == CLI_DONE && !is_first) {
        cli_say(_("Changes since %s:"), old.path);
        notefile_diff(out, &old, f);
        notefile_wipe(&old);
    }
    return code;
}
