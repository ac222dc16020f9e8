/* SPDX-License-Identifier: ISC */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "ascii.h"
#include "file.h"
#include "filetype.h"

#define SECONDS_DEFAULT 900
#define SHM_ROOM        "16777216"          /* bytes */
#define SHOWN_MAX       ((size_t)64 * 1024) /* of what mat2 says it found */

/* Exit codes of the script; others are bubblewrap's or the shell's. */
enum {
    DID_CLEAN = 0,
    NO_MAT2 = 90,
    NOT_CLEANED = 92
};

/*
 * $0 is the extension. Descriptor 3 takes what was found. A PDF is made anew
 * by cairo, which from version 1.5 of the format on hides the time of the
 * cleaning in a compressed part where mat2 does not look for it. From a film
 * mat2 keeps every track; cameras write places into subtitles and data.
 */
static const char script[] =
    "command -v mat2 >/dev/null || exit 90\n"
    "cat >in.$0 || exit 92\n"
    "mat2 -s in.$0 >&3 || exit 92\n"
    "case $0 in mp4|avi) ffmpeg -nostdin -v error -i in.$0"
    " -map '0:V?' -map '0:a?' -c copy -map_metadata -1 -map_chapters -1"
    " -fflags +bitexact only.$0 >&2 && mv only.$0 in.$0 || exit 92\n"
    "esac\n"
    "if [ $0 = pdf ]; then python3 - in.pdf >&2 <<'END'\n"
    "import cairo, libmat2.pdf, runpy, sys\n"
    "libmat2.pdf.FIXED_PDF_VERSION = cairo.PDFVersion.VERSION_1_4\n"
    "sys.argv[0] = 'mat2'\n"
    "runpy.run_path('/usr/bin/mat2', run_name='__main__')\n"
    "END\n"
    "else mat2 in.$0 >&2\n"
    "fi || exit 92\n"
    "test -s in.cleaned.$0 || exit 92\n"
    "cat in.cleaned.$0 || exit 92\n";

/* No network, no rights, no environment; of this computer only programs. */
static const char *const sandbox[] = {
    "bwrap",
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    "--clearenv",
    "--setenv",
    "PATH",
    "/usr/bin",
    "--setenv",
    "HOME",
    "/w",
    "--setenv",
    "LC_ALL",
    "C.UTF-8",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
    "--symlink",
    "usr/bin",
    "/bin",
    "--ro-bind-try",
    "/etc/ld.so.cache",
    "/etc/ld.so.cache",
    "--ro-bind-try",
    "/etc/alternatives",
    "/etc/alternatives",
    "--ro-bind-try",
    "/etc/mime.types",
    "/etc/mime.types",
    "--ro-bind-try",
    "/etc/fonts",
    "/etc/fonts",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--chdir",
    "/w",
};

#define SANDBOX_ARGS (sizeof sandbox / sizeof *sandbox)

/* Descriptors of one run: the file, and memory that looks like files. */
struct run {
    int in;
    int out;
    int found;
    int said;
};

/* Bytes for a folder in memory, as text: what files of the largest size need,
 * and at most that part of this computer's memory. */
static void
room(char out[static 24], size_t files, unsigned part)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t bytes = files * (uint64_t)ATTACH_MAX;

    if (pages > 0 && page > 0 &&
        (uint64_t)pages < bytes / (uint64_t)page * part) {
        bytes = (uint64_t)pages * (uint64_t)page / part;
    }
    (void)snprintf(out, 24, "%" PRIu64, bytes);
}

/* What a file that is no good may write is bounded: two folders, a little
 * memory for python's locks, and nothing else in the sandbox. */
static size_t
folders(const char **argv, size_t n, const char *work, const char *tmp)
{
    const char *const more[] = {
        "--size",       work,   "--tmpfs",      "/w",     "--size",  tmp,
        "--tmpfs",      "/tmp", "--size",       SHM_ROOM, "--tmpfs", "/dev/shm",
        "--remount-ro", "/dev", "--remount-ro", "/"};

    memcpy(argv + n, more, sizeof more);
    return n + sizeof more / sizeof *more;
}

static void
run_exec(const struct run *r, const char *extension, const char *bwrap)
{
    const struct rlimit most = {2 * ATTACH_MAX, 2 * ATTACH_MAX};
    const struct rlimit no_core = {1, 1}; /* see cli_init */
    const char *argv[SANDBOX_ARGS + 25];
    char work[24], tmp[24];
    size_t n = SANDBOX_ARGS;

    memcpy(argv, sandbox, sizeof sandbox);
    room(work, 4, 3);
    room(tmp, 2, 6);
    n = folders(argv, n, work, tmp);
    if (access("/usr/bin/bwrap", F_OK) == 0) {
        /* mat2 would try to nest another one; some versions then fail. */
        argv[n++] = "--ro-bind";
        argv[n++] = "/dev/null";
        argv[n++] = "/usr/bin/bwrap";
    }
    argv[n++] = "--";
    argv[n++] = "/bin/sh";
    argv[n++] = "-c";
    argv[n++] = script;
    argv[n++] = extension;
    argv[n] = NULL;
    if (dup2(r->in, 0) < 0 || dup2(r->out, 1) < 0 || dup2(r->said, 2) < 0 ||
        dup2(r->found, 3) < 0 || close_range(4, ~0U, 0) != 0 ||
        setrlimit(RLIMIT_FSIZE, &most) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0) {
        _exit(127);
    }
    /* exec promises not to write; its type is older than const. */
    execvp(bwrap, (char *const *)(uintptr_t)argv);
    dprintf(2, "%s: %s\n", bwrap, strerror(errno));
    _exit(127);
}

/* The exit code, or -1 for a death by signal or by our own deadline. */
static int
run_wait(pid_t pid, unsigned seconds)
{
    struct pollfd p = {.events = POLLIN};
    int status;
    int n;

    p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
    do {
        n = p.fd < 0 ? 1 : poll(&p, 1, (int)(seconds * 1000));
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        (void)kill(pid, SIGKILL);
    }
    if (p.fd >= 0) {
        (void)close(p.fd);
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return n > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* All a descriptor holds, up to max bytes, with a NUL after them. NULL: errno
 * says why; ESTALE where it became shorter meanwhile. */
static uint8_t *
slurp(int fd, size_t max, size_t *len)
{
    struct stat st;
    uint8_t *buf;
    size_t n;
    enum rc rc;

    *len = 0;
    if (fstat(fd, &st) != 0 || st.st_size < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return NULL;
    }
    n = (uint64_t)st.st_size < max ? (size_t)st.st_size : max;
    if ((buf = malloc(n + 1)) == NULL) {
        return NULL;
    }
    if ((rc = file_read_exact(fd, buf, n)) != RC_OK) {
        int saved = rc == RC_TRUNCATED ? ESTALE : errno;

        sodium_memzero(buf, n);
        free(buf);
        errno = saved;
        return NULL;
    }
    buf[n] = '\0';
    *len = n;
    return buf;
}

/* What a file says of itself is wiped before it is freed. */
static void
free_text(char *text, size_t len)
{
    if (text != NULL) {
        sodium_memzero(text, len);
    }
    free(text);
}

/* The last line that says something. */
static void
last_line(int fd, char detail[static 200])
{
    size_t len;
    char *text = (char *)slurp(fd, SHOWN_MAX, &len);
    char *line = text;

    for (char *p = text, *next; p != NULL && *p != '\0'; p = next) {
        next = p + strcspn(p, "\n");
        if (*next == '\n') {
            *next++ = '\0';
        }
        if (p[strspn(p, " \t-+[]")] != '\0') {
            line = p;
        }
    }
    (void)snprintf(detail, 200, "%.199s", line != NULL ? line : "");
    free_text(text, len);
}

/* What mat2 -s showed, without its headings; the caller frees it. */
static char *
found_text(int fd)
{
    size_t len;
    size_t n = 0;
    char *text = (char *)slurp(fd, SHOWN_MAX, &len);
    char *out = calloc(1, len + 1);

    for (const char *p = text; out != NULL && p != NULL && *p != '\0';) {
        size_t line = strcspn(p, "\n");

        line += p[line] == '\n';
        /* "[+] Metadata for in.jpg:" */
        if (*p != '[' && strncmp(p, "  No metadata", 13) != 0) {
            memcpy(out + n, p, line);
            n += line;
        }
        p += line;
    }
    free_text(text, len);
    return out;
}

static int
memory_file(void)
{
    return memfd_create("tocsin", MFD_CLOEXEC);
}

static void
run_close(struct run *r)
{
    const int fds[] = {r->out, r->found, r->said};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

static enum attach_problem
run_result(int code)
{
    switch (code) {
    case DID_CLEAN:
        return ATTACH_FINE;
    case NO_MAT2:
        return ATTACH_NO_CLEANER;
    case NOT_CLEANED:
    case -1:
        return ATTACH_NOT_CLEANED;
    default: /* bubblewrap's own, or there is none */
        return ATTACH_NO_SANDBOX;
    }
}

/* One cleaning: what came out, and what was found if the caller asks. */
static enum attach_problem
clean(uint8_t **out, size_t *len, char **found, int in,
      const struct filetype *type, const struct attach_options *opt,
      char detail[static 200])
{
    struct run r = {in, memory_file(), memory_file(), memory_file()};
    enum attach_problem problem = ATTACH_NO_MEMORY;
    pid_t pid;

    *out = NULL;
    *len = 0;
    if (r.out < 0 || r.found < 0 || r.said < 0 || lseek(in, 0, SEEK_SET) != 0 ||
        (pid = fork()) < 0) {
        goto out;
    }
    if (pid == 0) {
        run_exec(&r, type->extension, opt->bwrap ? opt->bwrap : "bwrap");
    }
    problem = run_result(
        run_wait(pid, opt->seconds ? opt->seconds : SECONDS_DEFAULT));
    if (problem != ATTACH_FINE) {
        last_line(r.said, detail);
        goto out;
    }
    *out = slurp(r.out, ATTACH_MAX + 1, len);
    if (*out == NULL ||
        (found != NULL && (*found = found_text(r.found)) == NULL)) {
        problem = ATTACH_NO_MEMORY;
    } else if (*len > ATTACH_MAX) {
        problem = ATTACH_TOO_LARGE;
    }
out:
    run_close(&r);
    return problem;
}

static enum attach_problem
read_original(uint8_t **out, size_t *len, struct stat *st, int fd)
{
    *out = NULL;
    if (fd < 0 || fstat(fd, st) != 0) {
        return ATTACH_UNREADABLE;
    }
    if (!S_ISREG(st->st_mode)) {
        return ATTACH_NOT_A_FILE;
    }
    if (st->st_size == 0) {
        return ATTACH_EMPTY;
    }
    if ((uint64_t)st->st_size > ATTACH_MAX) {
        return ATTACH_TOO_LARGE;
    }
    if ((*out = slurp(fd, ATTACH_MAX, len)) == NULL) {
        return errno == ENOMEM   ? ATTACH_NO_MEMORY
               : errno == ESTALE ? ATTACH_CHANGED
                                 : ATTACH_UNREADABLE;
    }
    return ATTACH_FINE;
}

/* Has it been written to since? Then what we have may be half of each. */
static bool
has_changed(int fd, const struct stat *before)
{
    struct stat now;

    return fstat(fd, &now) != 0 || now.st_size != before->st_size ||
           now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

/* The ending of a name, where it is short and plain; else "bin". */
static void
plain_extension(char out[static 9], const char *path)
{
    const char *dot = strrchr(path, '.');
    size_t n = dot != NULL ? strlen(dot + 1) : 0;

    (void)snprintf(out, 9, "bin");
    if (n == 0 || n > 8) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (!ascii_is_alnum(dot[1 + i])) {
            return;
        }
    }
    for (size_t i = 0; i <= n; i++) {
        out[i] = ascii_lower(dot[1 + i]);
    }
}

/* Twice: an upload can only be resumed if cleaning gives the same again. */
static enum attach_problem
clean_twice(struct attachment *a, int fd, const struct filetype *type,
            const struct attach_options *opt, char detail[static 200])
{
    enum attach_problem problem;
    uint8_t *again = NULL;
    size_t again_len;

    problem = clean(&a->data, &a->len, &a->removed, fd, type, opt, detail);
    if (problem != ATTACH_FINE) {
        return problem;
    }
    if (filetype_of(a->data, a->len, "") != type) {
        return ATTACH_NOT_CLEANED;
    }
    problem = clean(&again, &again_len, NULL, fd, type, opt, detail);
    a->unsteady = problem == ATTACH_FINE &&
                  (again_len != a->len || memcmp(again, a->data, a->len) != 0);
    free_text((char *)again, again_len);
    return problem;
}

enum attach_problem
attach_load(struct attachment *out, const char *path, unsigned number,
            const struct attach_options *opt, char detail[static 200])
{
    struct attachment a = {.media = "application/octet-stream"};
    const struct filetype *type;
    enum attach_problem problem;
    char extension[9] = "";
    uint8_t *original = NULL;
    size_t original_len = 0;
    struct stat st;
    int fd;

    memset(out, 0, sizeof *out);
    detail[0] = '\0';
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    problem = read_original(&original, &original_len, &st, fd);
    if (problem != ATTACH_FINE) {
        goto out;
    }
    type = filetype_of(original, original_len, path);
    if (type == NULL && !opt->keep_metadata) {
        problem = ATTACH_UNKNOWN_TYPE;
        goto out;
    }
    if (opt->keep_metadata || type->plain) {
        a.data = original;
        a.len = original_len;
        a.kept = opt->keep_metadata;
        a.removed = calloc(1, 1);
        original = NULL;
        problem = a.removed == NULL ? ATTACH_NO_MEMORY : ATTACH_FINE;
    } else {
        problem = clean_twice(&a, fd, type, opt, detail);
    }
    if (has_changed(fd, &st)) {
        problem = ATTACH_CHANGED;
        detail[0] = '\0';
    }
    plain_extension(extension, path);
    if (type != NULL) {
        a.media = type->media;
    }
    (void)snprintf(a.name, sizeof a.name, "file-%u.%s", number,
                   type != NULL ? type->extension : extension);
    if (problem == ATTACH_FINE) {
        *out = a;
        memset(&a, 0, sizeof a);
    }
out:
    attach_wipe(&a);
    if (original != NULL) {
        sodium_memzero(original, original_len);
        free(original);
    }
    if (fd >= 0) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
    }
    return problem;
}

void
attach_wipe(struct attachment *a)
{
    if (a->data != NULL) {
        sodium_memzero(a->data, a->len);
    }
    free(a->data);
    free_text(a->removed, a->removed != NULL ? strlen(a->removed) : 0);
    memset(a, 0, sizeof *a);
}
