/* SPDX-License-Identifier: ISC */
#include "net_answer.h"

#include "ascii.h"
#include "cell.h"

#include <stdlib.h>
#include <string.h>

/* With interim answers and trailers. */
#define HEADER_LINES_MAX 64
#define HEADER_BYTES_MAX 8192

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200" and a space or the line's end. libcurl takes a status that it
 * can't read for 200. */
static bool
is_status_line(const char *line, size_t len)
{
    static const char start[] = "HTTP/1.";
    const char *p = line + sizeof start - 1;

    return len >= sizeof start - 1 + 6 &&
           memcmp(line, start, sizeof start - 1) == 0 && is_digit(p[0]) &&
           p[1] == ' ' && is_digit(p[2]) && is_digit(p[3]) && is_digit(p[4]) &&
           (p[5] == ' ' || p[5] == '\r' || p[5] == '\n');
}

size_t
net_answer_header(char *line, size_t size, size_t n, void *arg)
{
    struct net_answer *in = arg;
    bool status = in->header_lines == 0 ||
                  (size * n >= 5 && ascii_is_same(line, "HTTP/", 5));

    if (status && !is_status_line(line, size * n)) {
        in->rc = RC_FORMAT;
        in->why = "the answer is not HTTP";
        return 0;
    }
    in->header_lines++;
    in->header_bytes += size * n;
    in->headers_end = size * n > 0 && (*line == '\r' || *line == '\n');
    if (in->header_lines > HEADER_LINES_MAX ||
        in->header_bytes > HEADER_BYTES_MAX) {
        in->rc = RC_FORMAT;
        in->why = "the answer has too many headers";
        return 0;
    }
    return size * n;
}

size_t
net_answer_body(char *data, size_t size, size_t n, void *arg)
{
    struct net_answer *in = arg;
    size_t len = size * n, max = in->max;
    long status = 0;

    (void)curl_easy_getinfo(in->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && max > NET_ANSWER_ERROR_MAX) {
        max = NET_ANSWER_ERROR_MAX;
    }
    if (len > max - in->len) {
        in->rc = RC_FULL;
        return 0;
    }
    if (in->len + len > in->cap) {
        size_t cap = in->cap == 0 ? CELL_LEN : in->cap * 2;
        uint8_t *more;

        while (cap < in->len + len) {
            cap *= 2;
        }
        if ((more = realloc(in->buf, cap)) == NULL) {
            in->rc = RC_NOMEM;
            return 0;
        }
        in->buf = more;
        in->cap = cap;
    }
    memcpy(in->buf + in->len, data, len);
    in->len += len;
    return len;
}
