/* SPDX-License-Identifier: ISC */
#include "speak.h"

#include "vec.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

#define HEAD_MAX 1024

static int
open_unix(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int
speak_open(const char *where)
{
    const char *colon = strrchr(where, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *a;
    const int on = 1;
    char host[256];
    int fd;

    if (where[0] == '/') {
        return open_unix(where);
    }
    if (colon == NULL) {
        return -1;
    }
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
    if (getaddrinfo(host, colon + 1, &hints, &a) != 0) {
        return -1;
    }
    fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
        (void)close(fd);
        fd = -1;
    }
    if (fd >= 0) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    freeaddrinfo(a);
    return fd;
}

static int
write_all(int fd, const uint8_t *in, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, in, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return -1;
        }
        in += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The whole answer of one request: its head in buf, and what follows. */
static unsigned
read_answer(int fd, uint8_t *buf, size_t cap, size_t *body, size_t *length)
{
    size_t len = 0;
    unsigned status;
    char *end, *field;

    for (;;) {
        ssize_t n = read(fd, buf + len, cap - 1 - len);

        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
        buf[len] = 0;
        if ((end = strstr((char *)buf, "\r\n\r\n")) != NULL) {
            break;
        }
    }
    if (sscanf((char *)buf, "HTTP/1.1 %u ", &status) != 1 ||
        (field = strstr((char *)buf, "\r\nContent-Length: ")) == NULL) {
        return 0;
    }
    *length = strtoul(field + 18, NULL, 10);
    *body = (size_t)(end + 4 - (char *)buf);
    while (len < *body + *length && len < cap - 1) {
        ssize_t n = read(fd, buf + len, cap - 1 - len);

        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
    }
    return status;
}

unsigned
speak_exchange(int fd, const uint8_t up[static CELL_LEN],
               uint8_t down[static CELL_LEN])
{
    static const char head[] = SPEAK_HEAD;
    uint8_t out[SPEAK_REQUEST_LEN];
    uint8_t in[HEAD_MAX + CELL_LEN + 1];
    size_t body, length;
    unsigned status;

    memcpy(out, head, sizeof head - 1);
    memcpy(out + sizeof head - 1, up, CELL_LEN);
    if (write_all(fd, out, sizeof out) != 0) {
        return 0;
    }
    status = read_answer(fd, in, sizeof in, &body, &length);
    if (status == 200 && length != CELL_LEN) {
        return 0;
    }
    if (status == 200) {
        memcpy(down, in + body, CELL_LEN);
    }
    return status;
}

static void
seed(uint8_t *out, size_t n, const char *kind, const char *name)
{
    char label[256];

    (void)snprintf(label, sizeof label, "%s %s", kind, name);
    vec_seed(out, n, label);
}

void
speak_box(uint8_t out[static CELL_BOX_LEN], const char *name)
{
    seed(out, CELL_BOX_LEN, "box", name);
}

enum rc
speak_cell(uint8_t out[static CELL_LEN], char *const *words, size_t n)
{
    static uint8_t box[CELL_BOX_LEN], entry[ENTRY_MAX];
    uint8_t address[32], secret[32], burn[32], scalar[32];
    struct cell_request q = {.op = CELL_NOP};
    const char *a = n > 1 ? words[1] : "";

    seed(address, sizeof address, "address", a);
    if (n == 0) {
        return RC_FORMAT;
    }
    if (strcmp(words[0], "put") == 0 && n > 1) {
        speak_box(box, n > 2 ? words[2] : a);
        seed(secret, sizeof secret, "burn", n > 3 ? words[3] : a);
        drop_burn_hash(burn, secret);
        q = (struct cell_request){.op = CELL_PUT,
                                  .address = address,
                                  .burn = burn,
                                  .data = box,
                                  .data_len = sizeof box};
    } else if (strcmp(words[0], "get") == 0 && n > 1) {
        q = (struct cell_request){.op = CELL_GET, .address = address};
    } else if (strcmp(words[0], "burn") == 0 && n > 1) {
        seed(secret, sizeof secret, "burn", n > 2 ? words[2] : a);
        q = (struct cell_request){
            .op = CELL_BURN, .address = address, .burn = secret};
    } else if (strcmp(words[0], "ring") == 0 && n > 2) {
        q.op = CELL_RING;
        q.board = (uint8_t)atoi(words[1]);
        q.data = entry;
        q.data_len =
            q.board == 0 ? ENTRY_ANSWER_LEN : ENTRY_REPORT_LEN;
        seed(entry, sizeof entry, "entry", words[2]);
        if (q.board != 0) {
            memcpy(scalar, entry, sizeof scalar);
            if (crypto_scalarmult_base(entry, scalar) != 0) {
                return RC_FORMAT;
            }
        }
    } else if (strcmp(words[0], "nop") != 0) {
        return RC_FORMAT;
    }
    return cell_request_write(out, &q);
}

const char *
speak_status(enum cell_status s)
{
    switch (s) {
    case CELL_OK:
        return "ok";
    case CELL_STORED:
        return "stored";
    case CELL_TAKEN:
        return "taken";
    case CELL_PRESENT:
        return "present";
    case CELL_ABSENT:
        return "absent";
    case CELL_BURNED:
        return "burned";
    case CELL_QUEUED:
        return "queued";
    case CELL_SEALED:
        return "sealed";
    case CELL_FULL:
        return "full";
    case CELL_MORE_EFFORT:
        return "more-effort";
    case CELL_QUOTA:
        return "quota";
    case CELL_AGAIN:
        return "again";
    }
    return "?";
}
