/* SPDX-License-Identifier: ISC */
/*
 * A relay that lies: stands before a real one and changes what passes.
 *
 *   hostile LISTEN UPSTREAM MODE KEY
 *
 * LISTEN and UPSTREAM are Unix sockets; MODE a file with one word, read anew
 * for each request, and perhaps the number of a board: then only what is asked
 * of that board is changed (freeze: the number of a page); KEY the relay's page key. Boards tick once a second
 * and are the tests' (16 to 64 answers, 2 to 4 reports a page).
 *
 * Says "ready", then the mode and path of each request.
 *
 *   pass      as it is             down      hangs up
 *   hang      never answers        garbage   random bytes for pages
 *   flip      one bit of a page    short     fewer bytes than announced
 *   cut       half a page at end   empty     no bytes for pages
 *   replay    page n - 3 for n     fork      other entries, signed anew
 *   words     a web page for all   status    a status of nonsense
 *   back      the newest page is an hour old, says the status
 *   future    the newest page is a year ahead, says the status
 *   hide N    it has no board N, it says
 *   freeze P  board 0 ends with its page P
 *   bundle    the bundle in the file MODE.bundle
 *   drip      as it is, but at 300 bytes a second, and more of it
 *   taken     every place is taken absent    no box is there
 *   taken-once  the next one is, and then as it is
 *   wrongbox  random boxes         refuse    400 to every exchange
 *   hold      a GET of a box waits until the mode is another one: "held"
 *   holdnote  a NOTE does
 *   swallow   RINGs are queued, says the answer, for a page in ages
 *   full      no room for anything
 *   effort    every RING asks for work: "asked 17 ENTRY NONCE", in part
 *   later     every RING shall come again: "asked 19 ENTRY NONCE"
 *   drops     as it is: "drop OP ADDRESS", op a number and the address in part
 *   usurp     says stored to each PUT and keeps none; at the relay whose socket
 *             stands in the file MODE.other, it puts junk under that address
 */
#include "cell.h"
#include "clock.h"
#include "file.h"
#include "page.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define REQUEST_MAX (64 * 1024)
#define ANSWER_MAX (64 * 1024 * 1024)
#define ROOM_FIRST (32 * 1024)
#define HEAD_MAX 8192

static const struct board boards[2] = {{0, 16, 1, 16, 64, 2},
                                       {1, 4096, 1, 2, 4, 2}};

static const char *upstream, *mode_file;
static uint8_t sk[64];
static char mode[32];
static int only_board;

static void __attribute__((noreturn))
die(const char *why)
{
    perror(why);
    _exit(1);
}

static bool
is(const char *word)
{
    return strcmp(mode, word) == 0;
}

static void
read_mode(void)
{
    FILE *f = fopen(mode_file, "r");

    strcpy(mode, "pass");
    only_board = -1;
    if (f != NULL) {
        if (fscanf(f, "%31s %d", mode, &only_board) < 1) {
            strcpy(mode, "pass");
        }
        (void)fclose(f);
    }
}

static struct sockaddr_un
address(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof a.sun_path) {
        die(path);
    }
    strcpy(a.sun_path, path);
    return a;
}

/* --- requests ------------------------------------------------------------ */

struct message {
    char *bytes; /* head and body */
    size_t head, len;
};

/* Reads a head and as many bytes as its Content-Length says. */
static bool
read_message(int fd, struct message *m, size_t cap)
{
    size_t want = SIZE_MAX, room = 0;

    memset(m, 0, sizeof *m);
    while (m->len < want && m->len < cap) {
        const char *end, *length;
        ssize_t n;

        if (m->len == room) { /* by and by: large ones are rare, and dear */
            room = room == 0 ? ROOM_FIRST : 4 * room;
            room = room < cap ? room : cap;
            if ((m->bytes = realloc(m->bytes, room + 1)) == NULL) {
                die("memory");
            }
        }
        n = read(fd, m->bytes + m->len, room - m->len);
        if (n <= 0) {
            break;
        }
        m->len += (size_t)n;
        m->bytes[m->len] = '\0';
        if (m->head == 0 && (end = strstr(m->bytes, "\r\n\r\n")) != NULL) {
            m->head = (size_t)(end - m->bytes) + 4;
            length = strcasestr(m->bytes, "content-length:");
            want = m->head;
            if (length != NULL && length < end) {
                want += strtoul(length + 15, NULL, 10);
            }
        }
    }
    return m->head > 0 && m->len >= want;
}

static void
send_bytes(int fd, const void *bytes, size_t len)
{
    (void)!file_write_all(fd, bytes, len);
}

/* What the relay at this socket says to these bytes. */
static bool
ask_at(const char *path, const void *request, size_t len, struct message *out)
{
    struct sockaddr_un a = address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok;

    memset(out, 0, sizeof *out);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        return false;
    }
    send_bytes(fd, request, len);
    ok = read_message(fd, out, ANSWER_MAX);
    (void)close(fd);
    return ok;
}

/* The real one. */
static bool
ask(const void *request, size_t len, struct message *out)
{
    return ask_at(upstream, request, len, out);
}

static bool
ask_path(const char *path, struct message *out)
{
    char request[256];
    int n = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

    return ask(request, (size_t)n, out);
}

static void
answer(int fd, const char *status, const void *body, size_t len)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Type: application/octet-stream"
                     "\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                     status, len);

    send_bytes(fd, head, (size_t)n);
    send_bytes(fd, body, len);
}

/* --- pages --------------------------------------------------------------- */

/* Other entries, a chain of its own, signed with the relay's key. */
static void
fork_pages(uint8_t *in, size_t len, const struct board *b)
{
    struct page_link before = {0};

    while (len > 0) {
        struct page p;
        size_t used;
        uint8_t *entries, *out;

        if (page_parse(&p, &used, b, in, len) != RC_OK ||
            (entries = malloc((size_t)p.slots * b->entry_len)) == NULL ||
            (out = malloc(used)) == NULL) {
            return;
        }
        for (size_t i = 0; i < p.slots; i++) {
            uint8_t noise[ENTRY_MAX];

            randombytes_buf(noise, sizeof noise);
            (void)!entry_dummy(entries + i * b->entry_len, b, noise);
        }
        p.entries = entries;
        if (before.number > 0) {
            p.previous = before.number;
            memcpy(p.previous_hash, before.hash, sizeof before.hash);
        }
        if (page_write(out, b, &p, sk) == RC_OK) {
            memcpy(in, out, used);
        }
        before.number = p.number;
        page_hash(before.hash, in, used);
        free(entries);
        free(out);
        in += used;
        len -= used;
    }
}

/* What of these pages is not above the one that the board ends with. */
static size_t
until_frozen(const uint8_t *in, size_t len)
{
    size_t done = 0;
    struct page p;
    size_t used;

    while (done < len &&
           page_parse(&p, &used, &boards[0], in + done, len - done) == RC_OK &&
           p.number <= (uint64_t)only_board) {
        done += used;
    }
    return done;
}

/* A board that is not there, or not from some page on. */
static void
serve_less(int fd, unsigned board, const struct message *m)
{
    const uint8_t *body = (const uint8_t *)m->bytes + m->head;
    size_t len = m->len - m->head;

    if (is("freeze") && board == 0 && strstr(m->bytes, " 200 ") != NULL) {
        len = until_frozen(body, len);
        answer(fd, len > 0 ? "200 OK" : "404 Not Found", body, len);
    } else if (is("hide") && board == (unsigned)only_board) {
        answer(fd, "404 Not Found", "", 0);
    } else {
        send_bytes(fd, m->bytes, m->len);
    }
}

static void
serve_pages(int fd, const char *path, struct message *m)
{
    uint8_t *body = (uint8_t *)m->bytes + m->head;
    size_t len = m->len - m->head;
    unsigned board = 0;
    uint64_t number = 0;

    (void)sscanf(path, "/v1/board/%u/%" SCNu64, &board, &number);
    if (is("hide") || is("freeze")) {
        serve_less(fd, board, m);
    } else if (strstr(m->bytes, " 200 ") == NULL || len == 0 || board > 1 ||
               (only_board >= 0 && board != (unsigned)only_board)) {
        send_bytes(fd, m->bytes, m->len);
    } else if (is("garbage")) {
        randombytes_buf(body, len);
        answer(fd, "200 OK", body, len);
    } else if (is("flip")) {
        body[randombytes_uniform((uint32_t)len)] ^= 0x10;
        answer(fd, "200 OK", body, len);
    } else if (is("short")) {
        send_bytes(fd, m->bytes, m->len - len / 2);
    } else if (is("cut")) {
        answer(fd, "200 OK", body, len - 100);
    } else if (is("empty")) {
        answer(fd, "200 OK", "", 0);
    } else if (is("fork")) {
        fork_pages(body, len, &boards[board]);
        answer(fd, "200 OK", body, len);
    } else if (is("replay") && number > 3) {
        char other[64];
        struct message old;

        (void)snprintf(other, sizeof other, "/v1/board/%u/%" PRIu64, board,
                       number - 3);
        if (ask_path(other, &old)) {
            send_bytes(fd, old.bytes, old.len);
        }
    } else {
        send_bytes(fd, m->bytes, m->len);
    }
}

static void
serve_status(int fd, const struct message *m)
{
    char text[2048] = "", line[256];
    const char *p = m->bytes + m->head;
    int64_t shift = is("back") ? -3600 : 365 * DAY_SECONDS;

    if (is("status")) {
        static const char nonsense[] =
            "tocsin 1\nbundle 00000000000000000000000000000000000000000000000000"
            "00000000000000\nboard 1 -5 99999999999999999999\n";

        answer(fd, "200 OK", nonsense, sizeof nonsense - 1);
        return;
    }
    for (; sscanf(p, "%255[^\n]", line) == 1; p += strlen(line) + 1) {
        unsigned id, slots, effort;
        int64_t newest;
        size_t n = strlen(text);

        if (sscanf(line, "board %u %" SCNd64 " %u %u", &id, &newest, &slots,
                   &effort) == 4) {
            if (is("hide") && id == (unsigned)only_board) {
                continue;
            }
            if (is("hide") || is("freeze")) {
                shift = is("freeze") && id == 0 ? only_board - newest : 0;
            }
            (void)snprintf(text + n, sizeof text - n,
                           "board %u %" PRId64 " %u %u\n", id, newest + shift,
                           slots, effort);
        } else {
            (void)snprintf(text + n, sizeof text - n, "%s\n", line);
        }
    }
    answer(fd, "200 OK", text, strlen(text));
}

/* --- exchanges ----------------------------------------------------------- */

/* Takes an address at another relay, as who was shown it can try to. */
static void
usurp(const uint8_t *address)
{
    static const char head[] = "POST /v1/exchange HTTP/1.1\r\nHost: x\r\n"
                               "Content-Length: 16384\r\n\r\n";
    uint8_t request[sizeof head - 1 + CELL_LEN], junk[CELL_BOX_LEN];
    uint8_t burn[DROP_BURN_LEN];
    const struct cell_request put = {.op = CELL_PUT,
                                     .address = address,
                                     .burn = burn,
                                     .data = junk,
                                     .data_len = sizeof junk};
    char path[512], other[108] = "";
    struct message m;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s.other", mode_file);
    if ((f = fopen(path, "r")) == NULL || fscanf(f, "%107s", other) != 1) {
        die(path);
    }
    (void)fclose(f);
    randombytes_buf(junk, sizeof junk);
    randombytes_buf(burn, sizeof burn);
    memcpy(request, head, sizeof head - 1);
    if (cell_request_write(request + sizeof head - 1, &put) == RC_OK) {
        (void)ask_at(other, request, sizeof request, &m);
    }
}

static void
serve_exchange(int fd, const struct message *request)
{
    uint8_t out[CELL_LEN], box[CELL_BOX_LEN];
    const uint8_t *up = (const uint8_t *)request->bytes + request->head;
    struct cell_answer a = {0};
    struct message m;
    uint8_t op = request->len - request->head == CELL_LEN ? up[1] : CELL_NOP;

    randombytes_buf(box, sizeof box);
    if ((is("hold") && op == CELL_GET) ||
        (is("holdnote") && op == CELL_NOTE)) {
        const struct timespec pause = {.tv_nsec = 50000000};

        (void)alarm(0); /* as long as the scenario likes */
        (void)puts("held");
        (void)fflush(stdout);
        do {
            (void)nanosleep(&pause, NULL);
            read_mode();
        } while (is("hold") || is("holdnote"));
    }
    if (is("refuse")) {
        answer(fd, "400 Bad Request", "no\033[2J\n", 7);
        return;
    }
    if (is("drops") && op >= CELL_PUT && op <= CELL_BURN) {
        char address[17];

        (void)sodium_bin2hex(address, sizeof address, up + 16, 8);
        (void)printf("drop %u %s\n", (unsigned)op, address);
        (void)fflush(stdout);
    }
    if (is("taken-once") && op == CELL_PUT) {
        a.status = CELL_TAKEN;
        if (file_write(mode_file, (const uint8_t *)"pass\n", 5, 0600, true) !=
            RC_OK) {
            die(mode_file);
        }
    } else if (is("taken") && op == CELL_PUT) {
        a.status = CELL_TAKEN;
    } else if ((is("effort") || is("later")) && op == CELL_RING) {
        char entry[17], nonce[2 * CELL_NONCE_LEN + 1];

        a.status = is("effort") ? CELL_MORE_EFFORT : CELL_AGAIN;
        a.effort = is("effort") ? 7 : 0;
        (void)sodium_bin2hex(entry, sizeof entry, up + CELL_HEAD_LEN, 8);
        (void)sodium_bin2hex(nonce, sizeof nonce, up + CELL_NONCE_OFFSET,
                             CELL_NONCE_LEN);
        (void)printf("asked %d %s %s\n", (int)a.status, entry, nonce);
        (void)fflush(stdout);
    } else if (is("usurp") && op == CELL_PUT) {
        usurp(up + 16);
        a.status = CELL_STORED;
        a.expiry_day = clock_day(clock_now()) + 3;
    } else if (is("full") && (op == CELL_PUT || op == CELL_RING)) {
        a.status = CELL_FULL;
    } else if (is("absent") && op == CELL_GET) {
        a.status = CELL_ABSENT;
    } else if (is("wrongbox") && op == CELL_GET) {
        a.status = CELL_PRESENT;
        a.box = box;
    } else if (is("swallow") && op == CELL_RING) {
        a.status = CELL_QUEUED;
        a.page = UINT64_C(253370764800);
    } else {
        if (ask(request->bytes, request->len, &m)) {
            send_bytes(fd, m.bytes, m.len);
        }
        return;
    }
    if (cell_answer_write(out, &a) == RC_OK) {
        answer(fd, "200 OK", out, sizeof out);
    }
}

static void
serve_bundle(int fd)
{
    char path[512];
    uint8_t *bytes;
    size_t len;

    (void)snprintf(path, sizeof path, "%s.bundle", mode_file);
    if (file_read(&bytes, &len, path, ANSWER_MAX) == RC_OK) {
        answer(fd, "200 OK", bytes, len);
    }
}

/* The relay's own status, but for the hash of the bundle. */
static void
serve_other_hash(int fd, struct message *m)
{
    char *at = memmem(m->bytes, m->len, "\nbundle ", 8);

    if (at != NULL) {
        at[8] = at[8] == '0' ? '1' : '0';
    }
    send_bytes(fd, m->bytes, m->len);
}

/* More than is awaited, fast enough to be no stall. */
static void
serve_slowly(int fd)
{
    static const char head[] = "HTTP/1.1 200 OK\r\n"
                               "Content-Length: 16000\r\n\r\n";
    const struct timespec pause = {0, 100 * 1000 * 1000};

    (void)alarm(200);
    send_bytes(fd, head, sizeof head - 1);
    for (int i = 0; i < 16000 / 30; i++) {
        send_bytes(fd, "tocsin 1\ntocsin 1\ntocsin 1\n\n\n", 30);
        (void)nanosleep(&pause, NULL);
    }
}

static void
serve(int fd)
{
    struct message request, m;
    char path[256] = "";

    if (!read_message(fd, &request, REQUEST_MAX)) {
        return;
    }
    read_mode();
    (void)sscanf(request.bytes, "%*s %255s ", path);
    (void)printf("%s %s\n", mode, path);
    (void)fflush(stdout);
    if (is("down")) {
        return;
    }
    if (is("hang")) {
        (void)alarm(0); /* who gives up must be the other side */
        (void)sleep(600);
        return;
    }
    if (is("drip")) {
        serve_slowly(fd);
        return;
    }
    if (is("words")) {
        answer(fd, "200 OK", "<html>Under maintenance</html>", 30);
        return;
    }
    if (strncmp(request.bytes, "POST ", 5) == 0) {
        serve_exchange(fd, &request);
        return;
    }
    if (is("bundle") && strcmp(path, "/v1/directory") == 0) {
        serve_bundle(fd);
    } else if (!ask(request.bytes, request.len, &m)) {
        return;
    } else if (strncmp(path, "/v1/board/", 10) == 0) {
        serve_pages(fd, path, &m);
    } else if (strcmp(path, "/v1/status") == 0 &&
               (is("back") || is("future") || is("status") || is("hide") ||
                is("freeze"))) {
        serve_status(fd, &m);
    } else if (is("bundle") && strcmp(path, "/v1/status") == 0) {
        serve_other_hash(fd, &m);
    } else {
        send_bytes(fd, m.bytes, m.len);
    }
}

int
main(int argc, char **argv)
{
    struct sockaddr_un a;
    uint8_t *seed, pk[32];
    size_t len;
    int fd;

    if (argc != 5 || sodium_init() < 0) {
        fputs("usage: hostile LISTEN UPSTREAM MODE KEY\n", stderr);
        return 2;
    }
    upstream = argv[2];
    mode_file = argv[3];
    if (file_read(&seed, &len, argv[4], 32) != RC_OK || len != 32 ||
        crypto_sign_seed_keypair(pk, sk, seed) != 0) {
        die(argv[4]);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_IGN);
    (void)unlink(argv[1]);
    a = address(argv[1]);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(fd, 64) != 0) {
        die(argv[1]);
    }
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) {
        int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

        if (c < 0) {
            continue;
        }
        if (fork() == 0) {
            /* nothing stays behind a scenario */
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)alarm(60);
            serve(c);
            _exit(0);
        }
        (void)close(c);
    }
}
