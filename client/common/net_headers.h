/* SPDX-License-Identifier: ISC */
/* The header lines of requests, for net.c alone. */
#ifndef NET_HEADERS_H
#define NET_HEADERS_H

#include <stddef.h>

/*
 * What every request carries after Host, so that all clients look alike: what
 * the web page's requests carry in a browser set up as Tor Browser is, as
 * recorded in tests/vectors/headers.txt; for https also what a browser would
 * have in another way there. Content-Length stands here to be in its place;
 * bodies are always one cell.
 */
#define AGENT                                                                  \
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 "    \
    "Firefox/153.0"
#define LANGUAGE        "Accept-Language: en-US,en;q=0.9"
#define BEFORE_ENCODING AGENT, "Accept: */*", LANGUAGE
#define ENCODING_HTTP  "Accept-Encoding: gzip, deflate"
#define ENCODING_HTTPS "Accept-Encoding: gzip, deflate, br, zstd"
#define AFTER_LENGTH                                                           \
    "Origin: null", "Sec-GPC: 1", "Connection: keep-alive",                    \
        "Sec-Fetch-Dest: empty", "Sec-Fetch-Mode: cors",                       \
        "Sec-Fetch-Site: cross-site", "Priority: u=4", "Pragma: no-cache",     \
        "Cache-Control: no-cache"
#define LENGTH "Content-Length: 16384"
/* The same browser, opening a page. */
#define BEFORE_ENCODING_PAGE                                                   \
    AGENT,                                                                     \
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"       \
        "*/*;q=0.8",                                                           \
        LANGUAGE
#define AFTER_ENCODING_PAGE                                                    \
    "Sec-GPC: 1", "Connection: keep-alive", "Upgrade-Insecure-Requests: 1",    \
        "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate",                \
        "Sec-Fetch-Site: none", "Sec-Fetch-User: ?1", "Priority: u=0, i"
/* libcurl's own: left out. */
#define NOT_OURS "Content-Type:", "Expect:"

enum {
    IS_POST = 1,
    IS_HTTPS = 2,
    IS_PAGE = 4 /* and no other, but for the next: of https */
};
static const char *const headers_get[] = {BEFORE_ENCODING, ENCODING_HTTP,
                                          AFTER_LENGTH, NULL};
static const char *const headers_post[] = {
    BEFORE_ENCODING, ENCODING_HTTP, LENGTH, AFTER_LENGTH, NOT_OURS, NULL};
static const char *const headers_get_tls[] = {BEFORE_ENCODING, ENCODING_HTTPS,
                                              AFTER_LENGTH, NULL};
static const char *const headers_post_tls[] = {
    BEFORE_ENCODING, ENCODING_HTTPS, LENGTH, AFTER_LENGTH, NOT_OURS, NULL};
static const char *const headers_page[] = {
    BEFORE_ENCODING_PAGE, ENCODING_HTTP, AFTER_ENCODING_PAGE, NULL};
static const char *const headers_page_tls[] = {
    BEFORE_ENCODING_PAGE, ENCODING_HTTPS, AFTER_ENCODING_PAGE, NULL};
static const char *const *const header_lists[] = {
    [0] = headers_get,
    [IS_POST] = headers_post,
    [IS_HTTPS] = headers_get_tls,
    [IS_HTTPS | IS_POST] = headers_post_tls,
    [IS_PAGE] = headers_page,
    [IS_PAGE + 1] = headers_page_tls,
};

#endif
