/* SPDX-License-Identifier: ISC */
/* Why a request failed, in words for people that say what to do next; for
 * net.c alone. */
#ifndef NET_WORDS_H
#define NET_WORDS_H

#include <stddef.h>

#include <curl/curl.h>

/* By which way the request went. */
enum net_way { NET_SOCKET, NET_DIRECT, NET_TOR };

/* What libcurl's result means, translated; px its CURLINFO_PROXY_ERROR. */
const char *net_words_curl(CURLcode code, long px, enum net_way way);
/* What a status other than 200 means, translated. */
const char *net_words_status(long status);
/* Of an answer that breaks the protocol, translated. */
const char *net_words_broken(void);
/*
 * "url: words (detail)", the detail left out where it is empty. url and detail,
 * which others make, come out in ASCII, with nothing that a terminal obeys.
 */
void net_words_line(char *out, size_t cap, const char *url, const char *words,
                    const char *detail);

#endif
