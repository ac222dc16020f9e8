/* SPDX-License-Identifier: ISC */
#include "notefile.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "dirdraft.h"
#include "file.h"
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

enum rc
notefile_keep(const struct notefile *f)
{
    uint64_t n = f->kind == NOTEFILE_ROOT    ? f->root.version
                 : f->kind == NOTEFILE_DOORS ? f->doors->version
                                             : f->directory->version;
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
        rc = RC_OK; /* kept already */
    } else if (rc != RC_OK) {
        cli_error("%s: %s", path, cli_why(rc));
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
