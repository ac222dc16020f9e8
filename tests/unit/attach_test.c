/* SPDX-License-Identifier: ISC */
/*
 * Cleaning of attachments, with the real mat2 in a real sandbox. Where a
 * computer does not allow the sandbox, the tests see that it is refused.
 */
#include "attach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static const char sheet_parts[] =
    "mkdir -p x/xl x/_rels x/docProps && cd x && "
    "T='http://schemas.openxmlformats.org' && "
    "printf '<?xml version=\"1.0\"?><Types xmlns=\"'$T'/package/2006/"
    "content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxml"
    "formats-package.relationships+xml\"/>"
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd."
    "openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
    "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd."
    "openxmlformats-package.core-properties+xml\"/>"
    "</Types>' >'[Content_Types].xml' && "
    "printf '<?xml version=\"1.0\"?><Relationships xmlns=\"'$T'/package/2006/"
    "relationships\"></Relationships>' >_rels/.rels && "
    "printf '<?xml version=\"1.0\"?><workbook xmlns=\"'$T'/"
    "spreadsheetml/2006/main\"><sheets/></workbook>' >xl/workbook.xml && "
    "printf '<?xml version=\"1.0\"?><cp:coreProperties xmlns:cp=\"'$T'/"
    "package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/"
    "elements/1.1/\"><dc:creator>Anna Secret</dc:creator>"
    "</cp:coreProperties>' >docProps/core.xml && "
    "zip -q -X -r ../wages.xlsx '[Content_Types].xml' _rels xl docProps";

static const char open_parts[] =
    "mkdir -p o/META-INF && cd o && U=urn:oasis:names:tc:opendocument:xmlns && "
    "printf application/vnd.oasis.opendocument.text >mimetype && "
    "printf '<?xml version=\"1.0\"?><office:document-content "
    "xmlns:office=\"'$U':office:1.0\" xmlns:text=\"'$U':text:1.0\" "
    "office:version=\"1.2\"><office:body><office:text><text:p>The ledger"
    "</text:p></office:text></office:body></office:document-content>' "
    ">content.xml && "
    "printf '<?xml version=\"1.0\"?><office:document-meta "
    "xmlns:office=\"'$U':office:1.0\" xmlns:meta=\"'$U':meta:1.0\" "
    "office:version=\"1.2\"><office:meta><meta:initial-creator>Anna Secret"
    "</meta:initial-creator></office:meta></office:document-meta>' >meta.xml "
    "&& printf '<?xml version=\"1.0\"?><manifest:manifest "
    "xmlns:manifest=\"'$U':manifest:1.0\"><manifest:file-entry "
    "manifest:full-path=\"/\" manifest:media-type=\"application/vnd.oasis."
    "opendocument.text\"/><manifest:file-entry manifest:full-path="
    "\"content.xml\" manifest:media-type=\"text/xml\"/><manifest:file-entry "
    "manifest:full-path=\"meta.xml\" manifest:media-type=\"text/xml\"/>"
    "</manifest:manifest>' >META-INF/manifest.xml && "
    "zip -q -X -0 ../memo.odt mimetype && "
    "zip -q -X -r ../memo.odt content.xml meta.xml META-INF";

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
           sh(word_parts) != 0 || sh(sheet_parts) != 0 || sh(open_parts) != 0;
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
    const struct attach_options keep = {.keep_metadata = true};
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
    assert_int_equal(mkfifo(in_dir("pipe.jpg"), 0600), 0);
    assert_int_equal(load(&a, in_dir("pipe.jpg"), &normal), ATTACH_NOT_A_FILE);
    assert_int_equal(load(&a, in_dir("pipe.jpg"), &keep), ATTACH_NOT_A_FILE);
    assert_int_equal(load(&a, in_dir("empty.jpg"), &keep), ATTACH_EMPTY);
    /* Somebody else's file: root reads all, so root is somebody else here. */
    assert_int_equal(chmod(in_dir("tool.exe"), 0), 0);
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
        assert_int_equal(load(&a, in_dir("tool.exe"), &keep),
                         ATTACH_UNREADABLE);
        assert_int_equal(errno, EACCES);
        assert_int_equal(seteuid(0), 0);
    } else {
        assert_int_equal(load(&a, in_dir("tool.exe"), &keep),
                         ATTACH_UNREADABLE);
    }
    assert_int_equal(chmod(in_dir("tool.exe"), 0600), 0);
    assert_null(a.data);
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
        {"wages.xlsx", "file-1.xlsx", "Anna Secret"},
        {"memo.odt", "file-1.odt", "Anna Secret"},
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
        /* Of office files what is packed in them, too. */
        if (memcmp(a.data, "PK", 2) == 0) {
            assert_int_equal(sh("rm -rf parts && python3 -m zipfile -e cleaned "
                                "parts && grep -rq . parts"),
                             0);
            assert_int_not_equal(sh("grep -rqia anna parts"), 0);
        }
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

/* A file that says it is longer than what can be read of it, and one that is
 * written to while it is cleaned. */
static void
a_file_that_changes_meanwhile_is_refused(void **state)
{
    static const char longer[] = "/sys/devices/system/cpu/online";
    const struct attach_options keep = {.keep_metadata = true};
    struct attach_options other = {.seconds = 60};
    struct attachment a;
    char path[256], text[512];

    (void)state;
    if (access(longer, R_OK) == 0) {
        assert_int_equal(load(&a, longer, &keep), ATTACH_CHANGED);
        assert_null(a.data);
    }
    put("growing.png", "\211PNG\r\n\032\n1234", 12);
    (void)snprintf(text, sizeof text,
                   "#!/bin/sh\nprintf x >>%s/growing.png\n"
                   "printf '\\211PNG\\r\\n\\032\\n'\n",
                   dir);
    tool(path, "grow", text);
    other.bwrap = path;
    assert_int_equal(load(&a, in_dir("growing.png"), &other), ATTACH_CHANGED);
    assert_null(a.data);
    (void)snprintf(text, sizeof text,
                   "#!/bin/sh\n: >%s/growing.png\n"
                   "printf '\\211PNG\\r\\n\\032\\n'\n",
                   dir);
    tool(path, "shrink", text);
    assert_int_equal(load(&a, in_dir("growing.png"), &other), ATTACH_CHANGED);
    assert_null(a.data);
}

/* The real sandbox, with something else in it: `more` are options of
 * bubblewrap, `inside` a script, NULL for the one that cleans. */
static void
sandbox_with(char path[static 256], const char *name, const char *more,
             const char *inside)
{
    char text[4096];

    if (inside != NULL) {
        char script[64];

        (void)snprintf(script, sizeof script, "%s.inside", name);
        put(script, inside, strlen(inside));
        (void)snprintf(script, sizeof script, "%s.inside", name);
    }
    (void)snprintf(
        text, sizeof text,
        "#!/bin/bash\n"
        "a=(\"$@\"); i=0\n"
        "until [ \"${a[i]}\" = -- ]; do i=$((i + 1)); done\n"
        "%s%s%s\n"
        "exec bwrap \"${a[@]:0:i}\" %s \"${a[@]:i}\"\n",
        inside != NULL ? "a=(\"${a[@]:0:i}\" -- /bin/bash -c \"$(cat " : "",
        inside != NULL ? in_dir(name) : "", inside != NULL ? ".inside)\")" : "",
        more);
    tool(path, name, text);
}

/* So many of the largest files, or less. */
static unsigned long long
smaller(unsigned files, unsigned long long most)
{
    return files * (unsigned long long)ATTACH_MAX < most
               ? files * (unsigned long long)ATTACH_MAX
               : most;
}

/* What runs beside the file that is cleaned reaches nothing. */
static void
the_sandbox_has_no_network_and_no_disk(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_len = sizeof at;
    struct attach_options probe = {.seconds = 60};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    const unsigned long long memory =
        (unsigned long long)sysconf(_SC_PHYS_PAGES) *
        (unsigned long long)sysconf(_SC_PAGESIZE);
    char path[256], inside[4096], reach[128];
    struct attachment a;

    (void)state;
    assert_true(s >= 0);
    assert_int_equal(bind(s, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s, 8), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&at, &at_len), 0);
    (void)snprintf(reach, sizeof reach,
                   "bash -c 'exec 4<>/dev/tcp/127.0.0.1/%u'",
                   ntohs(at.sin_port));
    assert_int_equal(sh(reach), 0); /* from outside */
    (void)snprintf(inside, sizeof inside,
                   "printf '\\211PNG\\r\\n\\032\\n'\n"
                   "say() { \"${@:2}\" >/dev/null 2>&1 && echo \"$1 yes\" || "
                   "echo \"$1 no\"; }\n"
                   "say net %s\n"
                   "say files test -e %s\n"
                   "say home test -e /root -o -e /home -o -e /etc/passwd\n"
                   "say program touch /usr/bin/planted\n"
                   "say proc test -e /proc/%d/cmdline -a ! -e /proc/2/root/w\n"
                   "say dev touch /dev/x\n"
                   "say root touch /x\n"
                   "echo kinds $(stat -f -c %%T /w /tmp)\n"
                   "room() { echo $(($(stat -f -c '%%b * %%S' $1) <= $2)); }\n"
                   "echo bounded $(room /w %llu) $(room /tmp %llu) "
                   "$(room /dev/shm 16777216)\n"
                   "echo core $(sed -n 's/^Max core file size *//p' "
                   "/proc/self/limits)\n"
                   "echo names $(compgen -e | sort)\n",
                   reach, dir, (int)getpid(), smaller(4, memory / 3),
                   smaller(2, memory / 6));
    sandbox_with(path, "probe", "", inside);
    probe.bwrap = path;
    if (sandbox_works) {
        static const char want[] = "net no\nfiles no\nhome no\nprogram no\n"
                                   "proc no\ndev no\nroot no\n"
                                   "kinds tmpfs tmpfs\nbounded 1 1 1\n"
                                   "core 1 1 bytes\n"
                                   "names HOME LC_ALL ";

        assert_int_equal(load(&a, in_dir("shot.png"), &probe), ATTACH_FINE);
        if (a.len < 8 + sizeof want ||
            memcmp(a.data + 8, want, sizeof want - 1) != 0) {
            fail_msg("%.*s", (int)a.len - 8, (const char *)a.data + 8);
        }
        assert_null(memmem(a.data, a.len, "PASS", 4));
        attach_wipe(&a);
    }
    assert_int_equal(close(s), 0);
}

/* mat2 that is missing, that hangs, that crashes, that does nothing. */
static void
a_cleaner_that_fails_sends_nothing(void **state)
{
    static char hang[64], look[64];
    static const struct {
        const char *name;
        const char *text; /* NULL: there is none */
        enum attach_problem problem;
    } cases[] = {
        {"missing", NULL, ATTACH_NO_CLEANER},
        {"crash", "#!/bin/sh\nkill -SEGV $$\n", ATTACH_NOT_CLEANED},
        {"nothing", "#!/bin/sh\nexit 0\n", ATTACH_NOT_CLEANED},
        {"empty", "#!/bin/sh\n: >in.cleaned.png\n", ATTACH_NOT_CLEANED},
        {"other", "#!/bin/sh\necho no picture >in.cleaned.png\n",
         ATTACH_NOT_CLEANED},
        {"hang", hang, ATTACH_NOT_CLEANED},
    };
    struct attach_options opt = {.seconds = 60};
    char path[256], more[512];
    struct attachment a;

    (void)state;
    /* Other variants of this test run beside it: the number is ours. */
    (void)snprintf(hang, sizeof hang, "#!/bin/sh\nexec sleep 98765.%d\n",
                   (int)getpid());
    (void)snprintf(look, sizeof look, "pgrep -f '[s]leep 98765.%d$'",
                   (int)getpid());
    for (size_t i = 0; sandbox_works && i < sizeof cases / sizeof *cases; i++) {
        char file[256] = "/dev/null";

        if (cases[i].text != NULL) {
            char name[64];

            (void)snprintf(name, sizeof name, "mat2-%s", cases[i].name);
            tool(file, name, cases[i].text);
        } else {
            put("no-mat2", "", 0);
            (void)snprintf(file, sizeof file, "%s", in_dir("no-mat2"));
        }
        (void)snprintf(more, sizeof more, "--ro-bind %s /usr/bin/mat2", file);
        sandbox_with(path, cases[i].name, more, NULL);
        opt.bwrap = path;
        opt.seconds = strcmp(cases[i].name, "hang") == 0 ? 1 : 60;
        if (load(&a, in_dir("shot.png"), &opt) != cases[i].problem) {
            fail_msg("%s", cases[i].name);
        }
        assert_null(a.data);
    }
    /* What hung is gone with its sandbox. */
    for (int i = 0; i < 600 && sh(look) == 0; i++) {
        (void)usleep(100000);
    }
    assert_int_not_equal(sh(look), 0);
}

static void
cleaning_that_varies_is_noticed(void **state)
{
    struct attach_options vary = {.seconds = 60};
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
        cmocka_unit_test(a_file_that_changes_meanwhile_is_refused),
        cmocka_unit_test(the_sandbox_has_no_network_and_no_disk),
        cmocka_unit_test(a_cleaner_that_fails_sends_nothing),
        cmocka_unit_test(cleaning_that_varies_is_noticed),
    };

    return cmocka_run_group_tests(tests, samples, remove_samples);
}
