/* SPDX-License-Identifier: ISC */
/*
 * Load for a relay, 16 KiB up and down.
 *   load exchange WHERE nop|get|put CONNECTIONS SECONDS   exchanges/s
 *   load bare CONNECTIONS SECONDS   the same against threads in this program
 *                                   that only read and write as many bytes
 *   load open WHERE CONNECTIONS     opens so many, one exchange on each, says
 *                                   "open", waits for the end of its input
 */
#include "clock.h"
#include "file.h"
#include "speak.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#define THREADS_MAX 256

static const char *where;
static char *op;
static atomic_bool stop;
static atomic_ulong done, failed;

/* A request of this operation, fresh where that matters. */
static void
make(uint8_t cell[static CELL_LEN])
{
    char name[32], *words[] = {op, name};

    (void)snprintf(name, sizeof name, "%08x%08x", randombytes_random(),
                   randombytes_random());
    if (speak_cell(cell, words, strcmp(op, "nop") == 0 ? 1 : 2) != RC_OK) {
        abort();
    }
}

static void *
worker(void *arg)
{
    uint8_t up[CELL_LEN], down[CELL_LEN];
    int fd = speak_open(where);

    (void)arg;
    make(up);
    while (!atomic_load(&stop)) {
        if (op[0] == 'p') { /* another address, the rest may stay */
            randombytes_buf(up + 16, DROP_ADDRESS_LEN);
        }
        if (fd < 0 || speak_exchange(fd, up, down) != 200 ||
            down[1] > CELL_FULL) {
            (void)atomic_fetch_add(&failed, 1);
            break;
        }
        if (down[1] == CELL_FULL) { /* so fast: that was all */
            atomic_store(&stop, true);
            break;
        }
        (void)atomic_fetch_add(&done, 1);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return NULL;
}

static int
run_exchange(unsigned connections, unsigned seconds)
{
    static pthread_t threads[THREADS_MAX];
    int64_t start = clock_mono_ms(), ms;

    for (unsigned i = 0; i < connections; i++) {
        if (pthread_create(&threads[i], NULL, worker, NULL) != 0) {
            return 1;
        }
    }
    while (!atomic_load(&stop) &&
           clock_mono_ms() - start < (int64_t)seconds * 1000) {
        (void)usleep(1000);
    }
    atomic_store(&stop, true);
    ms = clock_mono_ms() - start;
    for (unsigned i = 0; i < connections; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    if (atomic_load(&failed) != 0) {
        fprintf(stderr, "load: %lu connections failed\n", atomic_load(&failed));
        return 1;
    }
    (void)printf("%lu\n", atomic_load(&done) * 1000 / (unsigned long)ms);
    return 0;
}

/* Reads a request's bytes, writes an answer's, knows nothing. */
static void *
bare_serve(void *arg)
{
    uint8_t answer[SPEAK_REQUEST_LEN + CELL_LEN] = {0};
    uint8_t request[SPEAK_REQUEST_LEN];
    int fd = (int)(intptr_t)arg, n;
    size_t len;

    n = snprintf((char *)answer, sizeof answer,
                 "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", CELL_LEN);
    len = (size_t)n + CELL_LEN;
    while (file_read_exact(fd, request, sizeof request) == RC_OK &&
           file_write_all(fd, answer, len) == RC_OK) {
    }
    (void)close(fd);
    return NULL;
}

static void *
bare_accept(void *arg)
{
    const int on = 1;
    int fd;

    while ((fd = accept((int)(intptr_t)arg, NULL, NULL)) >= 0) {
        pthread_t t;

        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (pthread_create(&t, NULL, bare_serve, (void *)(intptr_t)fd) != 0) {
            abort();
        }
        (void)pthread_detach(t);
    }
    return NULL;
}

static int
run_bare(unsigned connections, unsigned seconds)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    static char nop[] = "nop", here[64];
    pthread_t t;

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(fd, THREADS_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
        pthread_create(&t, NULL, bare_accept, (void *)(intptr_t)fd) != 0) {
        return 1;
    }
    (void)snprintf(here, sizeof here, "127.0.0.1:%u", ntohs(a.sin_port));
    where = here;
    op = nop;
    return run_exchange(connections, seconds);
}

static int
run_open(unsigned connections)
{
    struct rlimit l = {connections + 64, connections + 64};
    uint8_t up[CELL_LEN], down[CELL_LEN];
    static char nop[] = "nop";
    char c;

    (void)setrlimit(RLIMIT_NOFILE, &l);
    op = nop;
    make(up);
    for (unsigned i = 0; i < connections; i++) {
        int fd = speak_open(where);

        if (fd < 0 || speak_exchange(fd, up, down) != 200) {
            fprintf(stderr, "load: connection %u fails\n", i);
            return 1;
        }
    }
    puts("open");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0) {
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        return 1;
    }
    if (argc == 6 && strcmp(argv[1], "exchange") == 0) {
        unsigned connections = (unsigned)atoi(argv[4]);

        where = argv[2];
        op = argv[3];
        if (connections > 0 && connections <= THREADS_MAX) {
            return run_exchange(connections, (unsigned)atoi(argv[5]));
        }
    }
    if (argc == 4 && strcmp(argv[1], "bare") == 0 && atoi(argv[2]) > 0 &&
        atoi(argv[2]) <= THREADS_MAX) {
        return run_bare((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
    }
    if (argc == 4 && strcmp(argv[1], "open") == 0) {
        where = argv[2];
        return run_open((unsigned)atoi(argv[3]));
    }
    fprintf(stderr, "usage: load exchange WHERE nop|get|put N SECONDS\n"
                    "       load bare N SECONDS\n"
                    "       load open WHERE N\n");
    return 2;
}
