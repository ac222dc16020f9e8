/* SPDX-License-Identifier: ISC */
#include "sandbox.h"

#include "file.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <seccomp.h>

#define DESCRIPTORS_BESIDE 256 /* listeners, store, events, standard ones */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum swap_state
sandbox_swap(const char *path)
{
    FILE *f = fopen(path, "re");
    char line[512];
    unsigned lines = 0;

    if (f == NULL) {
        return SWAP_UNKNOWN;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        lines++;
    }
    (void)fclose(f);
    /* The first line is the table's head: without it this is something else. */
    return lines == 0 ? SWAP_UNKNOWN : lines > 1 ? SWAP_ON : SWAP_NONE;
}

static bool
can_lock_memory(void)
{
    static char page[4096] __attribute__((aligned(4096)));
    bool ok = mlock(page, sizeof page) == 0;

    if (ok) {
        (void)munlock(page, sizeof page);
    }
    return ok;
}

void
sandbox_warn(const struct config *c)
{
    switch (sandbox_swap("/proc/swaps")) {
    case SWAP_ON:
        log_line("swap is on: memory may reach the disk; turn it off or "
                 "encrypt it");
        break;
    case SWAP_UNKNOWN:
        log_line("could not look whether swap is on (/proc/swaps)");
        break;
    case SWAP_NONE:
        break;
    }
    if (!can_lock_memory()) {
        log_line("memory can't be locked: raise the limit (LimitMEMLOCK) so "
                 "that keys stay off the disk");
    }
    if (geteuid() == 0 && c->user == NULL) {
        log_line("running as root: set the key user");
    }
}

enum rc
sandbox_descriptors(const struct config *c)
{
    rlim_t need = (rlim_t)c->connections + DESCRIPTORS_BESIDE;
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) != 0) {
        return RC_IO;
    }
    if (l.rlim_cur >= need) {
        return RC_OK;
    }
    if (l.rlim_max != RLIM_INFINITY && l.rlim_max < need) {
        return RC_FULL;
    }
    l.rlim_cur = need;
    return setrlimit(RLIMIT_NOFILE, &l) == 0 ? RC_OK : RC_FULL;
}

enum rc
sandbox_give(const struct config *c, const char *path)
{
    const struct passwd *pw;

    if (c->user == NULL || geteuid() != 0) {
        return RC_OK;
    }
    errno = 0;
    if ((pw = getpwnam(c->user)) == NULL) {
        return RC_MISSING;
    }
    /* The group stays: tor reaches the sockets by that of their folder. */
    return file_give(path, pw->pw_uid, (gid_t)-1);
}

enum rc
sandbox_user(const struct config *c)
{
    const struct passwd *pw;

    if (c->user == NULL) {
        return RC_OK;
    }
    errno = 0;
    if ((pw = getpwnam(c->user)) == NULL) {
        return RC_MISSING;
    }
    if (pw->pw_uid == geteuid()) {
        return RC_OK;
    }
    if (setgroups(0, NULL) != 0 ||
        setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
        setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0) {
        return RC_IO;
    }
    /* The kernel makes a process that changed its user not dumpable. */
    return setuid(0) == 0 ? RC_IO : RC_OK;
}

/* --- Landlock ---------------------------------------------------------- */

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define STORE_RIGHTS                                                           \
    (READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE |                             \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* All that the first version knows; later ones are added where known. */
#define ALL_RIGHTS_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
#define TRUNCATE LANDLOCK_ACCESS_FS_TRUNCATE
#else
#define TRUNCATE (UINT64_C(1) << 14)
#endif

/* The folder that a path stands in; the caller's to free. */
static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL   ? strdup(".")
           : slash == path ? strdup("/")
                           : strndup(path, (size_t)(slash - path));
}

static enum rc
allow(int rules, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights};
    enum rc rc = RC_OK;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) {
        return RC_IO;
    }
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule,
                0) != 0) {
        rc = RC_IO;
    }
    (void)close(rule.parent_fd);
    return rc;
}

static enum rc
allow_folder_of(int rules, const char *path, uint64_t rights)
{
    char *folder = folder_of(path);
    enum rc rc = folder != NULL ? allow(rules, folder, rights) : RC_NOMEM;

    free(folder);
    return rc;
}

static enum rc
landlock(const struct config *c)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_RIGHTS_1};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t store = STORE_RIGHTS;
    enum rc rc = RC_IO;
    int rules;

    if (version < 1) {
        log_line("this kernel has no Landlock: going on without");
        return RC_OK;
    }
    if (version >= 3) {
        attr.handled_access_fs |= TRUNCATE;
        store |= TRUNCATE;
    }
    rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (rules < 0) {
        return RC_IO;
    }
    if ((rc = allow(rules, c->store, store)) != RC_OK ||
        (rc = allow_folder_of(rules, c->bundle, READ_RIGHTS)) != RC_OK) {
        goto out;
    }
#ifdef TOCSIN_TEST_CLOCK
    if (getenv("TOCSIN_TEST_CLOCK") != NULL &&
        (rc = allow_folder_of(rules, getenv("TOCSIN_TEST_CLOCK"),
                              READ_RIGHTS)) != RC_OK) {
        goto out;
    }
#endif
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        rc = RC_IO;
    }
out:
    (void)close(rules);
    return rc;
}

/* --- seccomp ----------------------------------------------------------- */

/* What the relay, LMDB, libevent, OpenSSL and glibc's threads call once
 * everything is open. */
static const int allowed[] = {
    /* bytes and files */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(preadv),
    SCMP_SYS(pwritev),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(stat),
    SCMP_SYS(fstat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(msync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(flock),
    SCMP_SYS(fcntl),
    SCMP_SYS(fchmod),
    SCMP_SYS(umask),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    /* connections that came in */
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    /* events */
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(eventfd2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pipe2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    /* memory */
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(munlock),
    /* threads and the process itself */
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(tgkill),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrusage),
    SCMP_SYS(uname),
    /* time and chance */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
};

/* Nobody calls these by accident: the process ends. */
static const int deadly[] = {
    SCMP_SYS(execve),  SCMP_SYS(execveat),          SCMP_SYS(ptrace),
    SCMP_SYS(connect), SCMP_SYS(process_vm_readv),  SCMP_SYS(fork),
    SCMP_SYS(vfork),   SCMP_SYS(process_vm_writev), SCMP_SYS(bpf),
};

static enum rc
filter(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    enum rc rc = RC_IO;

    if (ctx == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        /* One that this architecture lacks is no loss. */
        if (allowed[i] >= 0 &&
            seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) != 0) {
            goto out;
        }
    }
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        if (deadly[i] >= 0 &&
            seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, deadly[i], 0) != 0) {
            goto out;
        }
    }
    if (seccomp_load(ctx) == 0) {
        rc = RC_OK;
    }
out:
    seccomp_release(ctx);
    return rc;
}

enum rc
sandbox_enter(const struct config *c)
{
    enum rc rc;

    if (!c->sandbox) {
        log_line("the sandbox is switched off");
        return RC_OK;
    }
    if (SANITIZED) { /* the sanitizers need more than the relay does */
        return RC_OK;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return RC_IO;
    }
    if ((rc = landlock(c)) != RC_OK) {
        log_line("Landlock fails: %s", strerror(errno));
        return rc;
    }
    if ((rc = filter()) != RC_OK) {
        log_line("seccomp fails: %s", strerror(errno));
    }
    return rc;
}
