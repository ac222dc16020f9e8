/* SPDX-License-Identifier: ISC */
/*
 * A relay for tests of clients: a thread that answers HTTP on a Unix socket
 * with whatever the test says. One request a connection.
 */
#ifndef FAKE_RELAY_H
#define FAKE_RELAY_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct fake_relay {
    /*
     * Called in the relay's thread. Returns an HTTP status, or 0: it closes the
     * line without an answer; *body is heap and
     * freed by the caller, or stays NULL.
     */
    int (*answer)(void *arg, const char *method, const char *path,
                  uint8_t **body, size_t *len);
    void *arg;
    const uint8_t *request; /* during answer: the body that came */
    size_t request_len;
    unsigned requests; /* to be read after fake_relay_stop */
    int listener;
    pthread_t thread;
    char dir[64];
    char path[80];
    char url[96]; /* unix:/... */
};

/* Failures end the program. */
void fake_relay_start(struct fake_relay *f);
void fake_relay_stop(struct fake_relay *f);

#endif
