/* SPDX-License-Identifier: ISC */
/*
 * Cleaning of attachments, with the real mat2 in a real sandbox. Where a
 * computer does not allow the sandbox, the tests see that it is refused.
 */
#include "attach.h"
#include "filetype.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/tocsin-attach.XXXXXX";
static bool sandbox_works;

/* Runs in the tests' folder; output is thrown away. */
static int
sh(const char *command)
{
    char line[4096];

    (void)snprintf(line, sizeof line, "cd %s && { %s; } >/dev/null 2>&1", dir,
                   command);
    return system(line);
}

static const char *
in_dir(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void
put(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(in_dir(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static const char pdf[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    "4 0 obj<</Author(Anna Secret)/Producer(HomePC)>>endobj\n"
    "trailer<</Root 1 0 R/Info 4 0 R/Size 5>>\n%%EOF\n";

static const char word_parts[] =
    "mkdir -p d/word d/_rels d/docProps && cd d && "
    "T='http://schemas.openxmlformats.org' && "
    "printf '<?xml version=\"1.0\"?><Types xmlns=\"'$T'/package/2006/"
    "content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxml"
    "formats-package.relationships+xml\"/>"
    "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd."
    "openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>"
    "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd."
    "openxmlformats-package.core-properties+xml\"/>"
    "</Types>' >'[Content_Types].xml' && "
    "printf '<?xml version=\"1.0\"?><Relationships xmlns=\"'$T'/package/2006/"
    "relationships\"></Relationships>' >_rels/.rels && "
    "printf '<?xml version=\"1.0\"?><w:document xmlns:w=\"'$T'/"
    "wordprocessingml/2006/main\"><w:body><w:p><w:r><w:t>The ledger</w:t>"
    "</w:r></w:p></w:body></w:document>' >word/document.xml && "
    "printf '<?xml version=\"1.0\"?><cp:coreProperties xmlns:cp=\"'$T'/"
    "package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/"
    "elements/1.1/\"><dc:creator>Anna Secret</dc:creator>"
    "</cp:coreProperties>' >docProps/core.xml && "
    "zip -q -X -r ../memo.docx '[Content_Types].xml' _rels word docProps";

static int
samples(void **state)
{
    (void)state;
    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    put("list.pdf", pdf, sizeof pdf - 1);
    sandbox_works = sh("bwrap --unshare-all --ro-bind / / true") == 0;
    return sh("ffmpeg -y -f lavfi -i color=c=red:s=64x48:d=1 -frames:v 1 "
              "Anna_at_home.jpg") != 0 ||
           sh("exiftool -overwrite_original -GPSLatitude=48.1 "
              "-GPSLatitudeRef=N -GPSLongitude=11.5 -GPSLongitudeRef=E "
              "-Artist='Anna Secret' -Make=Canon Anna_at_home.jpg") != 0 ||
           sh("ffmpeg -y -f lavfi -i color=c=red:s=64x48:d=1 -frames:v 1 "
              "shot.png") != 0 ||
           sh("exiftool -overwrite_original -Artist='Anna Secret' "
              "shot.png") != 0 ||
           sh("printf '1\\n00:00:00,000 --> 00:00:01,000\\nAnna here\\n' "
              ">track.srt && ffmpeg -y -f lavfi -i testsrc=s=64x48:d=1 "
              "-i track.srt -map 0:v -map 1:s -c:s mov_text -metadata "
              "artist='Anna Secret' -metadata location=+48.1+011.5/ "
              "clip.mp4") != 0 ||
           sh(word_parts) != 0;
}

static int
remove_samples(void **state)
{
    char line[64];

    (void)state;
    (void)snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

static const struct attach_options normal = {.seconds = 120};

static enum attach_problem
load(struct attachment *a, const char *path, const struct attach_options *opt)
{
    char detail[200];

    return attach_load(a, path, 1, opt, detail);
}

static void
what_is_no_good_file_is_refused(void **state)
{
    struct attachment a;

    (void)state;
    put("empty.jpg", "", 0);
    put("tool.exe", "MZ\x90\0\3", 5);
    put("photo.txt", "\xff\xd8\xff\xe0", 4); /* a photo, whatever its name */
    put("page.html", "<html></html>", 13);
    put("binary.txt", "a\0b", 3);
    put("archive.zip", "PK\3\4 and so on", 14);
    assert_int_equal(load(&a, in_dir("none.jpg"), &normal), ATTACH_UNREADABLE);
    assert_int_equal(load(&a, dir, &normal), ATTACH_NOT_A_FILE);
    assert_int_equal(load(&a, "/dev/null", &normal), ATTACH_NOT_A_FILE);
    assert_int_equal(load(&a, in_dir("empty.jpg"), &normal), ATTACH_EMPTY);
    assert_int_equal(load(&a, in_dir("tool.exe"), &normal),
                     ATTACH_UNKNOWN_TYPE);
    assert_int_equal(load(&a, in_dir("page.html"), &normal),
                     ATTACH_UNKNOWN_TYPE);
    assert_int_equal(load(&a, in_dir("binary.txt"), &normal),
                     ATTACH_UNKNOWN_TYPE);
    assert_int_equal(load(&a, in_dir("archive.zip"), &normal),
                     ATTACH_UNKNOWN_TYPE);
    assert_null(a.data);
    if (geteuid() != 0) {
        assert_int_equal(chmod(in_dir("tool.exe"), 0), 0);
        assert_int_equal(load(&a, in_dir("tool.exe"), &normal),
                         ATTACH_UNREADABLE);
    }
    if (sandbox_works) {
        assert_int_equal(load(&a, in_dir("photo.txt"), &normal),
                         ATTACH_NOT_CLEANED);
    }
}

static void
without_its_sandbox_nothing_is_cleaned(void **state)
{
    const struct attach_options none = {.bwrap = "/nowhere/bwrap"};
    const struct attach_options fails = {.bwrap = "false"};
    struct attachment a;

    (void)state;
    assert_int_equal(load(&a, in_dir("shot.png"), &none), ATTACH_NO_SANDBOX);
    assert_int_equal(load(&a, in_dir("shot.png"), &fails), ATTACH_NO_SANDBOX);
    if (!sandbox_works) {
        assert_int_equal(load(&a, in_dir("shot.png"), &normal),
                         ATTACH_NO_SANDBOX);
    }
}

static void
kept_is_sent_as_it_is(void **state)
{
    const struct attach_options keep = {.keep_metadata = true};
    struct attachment a;

    (void)state;
    assert_int_equal(load(&a, in_dir("tool.exe"), &keep), ATTACH_FINE);
    assert_true(a.kept);
    assert_string_equal(a.name, "file-1.exe");
    assert_string_equal(a.media, "application/octet-stream");
    assert_int_equal(a.len, 5);
    attach_wipe(&a);
    assert_int_equal(load(&a, in_dir("Anna_at_home.jpg"), &keep), ATTACH_FINE);
    assert_true(a.kept);
    assert_non_null(memmem(a.data, a.len, "Anna Secret", 11));
    attach_wipe(&a);
}

static void
plain_text_goes_as_it_is(void **state)
{
    struct attachment a;

    (void)state;
    put("notes.TXT", "caf\xc3\xa9\n", 6);
    assert_int_equal(load(&a, in_dir("notes.TXT"), &normal), ATTACH_FINE);
    assert_string_equal(a.name, "file-1.txt");
    assert_string_equal(a.media, "text/plain");
    assert_false(a.kept);
    assert_memory_equal(a.data, "caf\xc3\xa9\n", 6);
    attach_wipe(&a);
}

/* What is found is shown, and is gone in what is sent. */
static void
metadata_is_removed(void **state)
{
    static const struct {
        const char *file;
        const char *name;
        const char *found;
    } cases[] = {
        {"Anna_at_home.jpg", "file-1.jpg", "GPSLatitude: 48"},
        {"shot.png", "file-1.png", "Artist: Anna Secret"},
        {"list.pdf", "file-1.pdf", "Anna Secret"},
        {"clip.mp4", "file-1.mp4", "Artist: Anna Secret"},
        {"memo.docx", "file-1.docx", "Anna Secret"},
    };

    (void)state;
    for (size_t i = 0; sandbox_works && i < sizeof cases / sizeof *cases; i++) {
        struct attachment a;

        char detail[200];

        if (attach_load(&a, in_dir(cases[i].file), 1, &normal, detail) !=
            ATTACH_FINE) {
            fail_msg("%s: %s", cases[i].file, detail);
        }
        assert_string_equal(a.name, cases[i].name);
        assert_non_null(strstr(a.removed, cases[i].found));
        assert_null(strstr(a.removed, "in."));
        assert_false(a.kept);
        assert_false(a.unsteady);
        assert_null(memmem(a.data, a.len, "Anna", 4));
        put("cleaned", a.data, a.len);
        assert_int_not_equal(sh("exiftool -G cleaned | grep -iE "
                                "'anna|gps|artist|author|canon|HomePC|48.1'"),
                             0);
        attach_wipe(&a);
    }
    if (sandbox_works) {
        /* The temporary copies were in memory. */
        assert_int_not_equal(sh("ls | grep -E 'in\\.|[.]cleaned[.]'"), 0);
    }
}

/* Something else in bubblewrap's place. */
static void
tool(char path[static 256], const char *name, const char *text)
{
    put(name, text, strlen(text));
    (void)snprintf(path, 256, "%s", in_dir(name));
    assert_int_equal(chmod(path, 0700), 0);
}

static void
a_slow_cleaner_is_stopped(void **state)
{
    struct attach_options slow = {.seconds = 1};
    struct attachment a;
    char path[256];

    (void)state;
    tool(path, "slow", "#!/bin/sh\nexec sleep 60\n");
    slow.bwrap = path;
    assert_int_equal(load(&a, in_dir("shot.png"), &slow), ATTACH_NOT_CLEANED);
}

static void
cleaning_that_varies_is_noticed(void **state)
{
    struct attach_options vary = {.seconds = 10};
    struct attachment a;
    char path[256];

    (void)state;
    tool(path, "vary",
         "#!/bin/sh\nprintf '\\211PNG\\r\\n\\032\\n'; date +%N\n");
    vary.bwrap = path;
    assert_int_equal(load(&a, in_dir("shot.png"), &vary), ATTACH_FINE);
    assert_true(a.unsteady);
    attach_wipe(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_good_file_is_refused),
        cmocka_unit_test(without_its_sandbox_nothing_is_cleaned),
        cmocka_unit_test(kept_is_sent_as_it_is),
        cmocka_unit_test(plain_text_goes_as_it_is),
        cmocka_unit_test(metadata_is_removed),
        cmocka_unit_test(a_slow_cleaner_is_stopped),
        cmocka_unit_test(cleaning_that_varies_is_noticed),
    };

    return cmocka_run_group_tests(tests, samples, remove_samples);
}
