/* SPDX-License-Identifier: ISC */
#include "net_words.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"

#define URL_SHOWN    512
#define DETAIL_SHOWN 400

/* What Tor says of the way to the relay, or what is there that is not Tor. */
static const char *
of_proxy(long px)
{
    switch (px) {
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_NOT_ALLOWED:
    case CURLPX_REPLY_TTL_EXPIRED:
    case CURLPX_REPLY_UNASSIGNED:
        return _("Tor found no way there: try again in some minutes; if it "
                 "stays so, that relay may be switched off");
    case CURLPX_CLOSED:
    case CURLPX_RECV_ADDRESS:
    case CURLPX_RECV_CONNECT:
    case CURLPX_RECV_REQACK:
    case CURLPX_SEND_CONNECT:
    case CURLPX_SEND_REQUEST:
        return _("the connection broke off: try again");
    default:
        return _("what answers in the place of Tor is not Tor, or refuses: "
                 "look which port is Tor's");
    }
}

static const char *
of_connect(enum net_way way)
{
    return way == NET_TOR ? _("Tor does not answer: start it, then try again")
                          : _("it can't be reached: try again later");
}

const char *
net_words_curl(CURLcode code, long px, enum net_way way)
{
    switch (code) {
    case CURLE_PROXY:
        return of_proxy(px);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return of_connect(NET_TOR);
    case CURLE_OPERATION_TIMEDOUT:
        return _("it took too long: try again later");
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return _("the connection broke off: try again");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
        return _("nothing proves that it is this relay: somebody may be in "
                 "between. Tell who gave you the network file");
    case CURLE_ABORTED_BY_CALLBACK:
        return _("it was stopped");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_URL_MALFORMAT:
        return net_words_broken();
    default:
        return of_connect(way);
    }
}

const char *
net_words_status(long status)
{
    switch (status) {
    case 404:
        return _("it does not have what was asked for");
    case 429:
    case 503:
        return _("it is too busy: try again later");
    default:
        return net_words_broken();
    }
}

const char *
net_words_broken(void)
{
    return _("what it answers is not what a relay answers: it may be another "
             "server, or broken. If it stays so, tell who gave you the "
             "network file");
}

static size_t
put_ascii(char *out, size_t cap, const char *text, size_t most)
{
    size_t n = 0;

    while (n < most && n + 1 < cap && text[n] != 0) {
        out[n] = text[n];
        if (out[n] < 0x20 || out[n] > 0x7e) {
            out[n] = '?';
        }
        n++;
    }
    out[n] = 0;
    return n;
}

void
net_words_line(char *out, size_t cap, const char *url, const char *words,
               const char *detail)
{
    char a[URL_SHOWN + 1], b[DETAIL_SHOWN + 1];

    (void)put_ascii(a, sizeof a, url, URL_SHOWN);
    if (put_ascii(b, sizeof b, detail, DETAIL_SHOWN) > 0) {
        (void)snprintf(out, cap, "%s: %s (%s)", a, words, b);
    } else {
        (void)snprintf(out, cap, "%s: %s", a, words);
    }
}
