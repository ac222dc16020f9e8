/* SPDX-License-Identifier: ISC */
/*
 * status: asks the daemon over its control socket.
 */
#include "ctl.h"

#include "controltext.h"
#include "file.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

struct cli_option status_options[] = {
    {.name = "dir", .value = "DIR", .help = N_("the relay's folder")},
    {.name = "config", .value = "FILE", .help = N_("its configuration")},
    {.name = "json", .help = N_("for programs")},
    {0},
};

/* The daemon's lines; heap, NUL-terminated. */
static enum rc
ask(char **out, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char *text = calloc(1, CONTROL_ANSWER_MAX + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t len = 0;
    ssize_t n = 0;
    enum rc rc = RC_IO;

    *out = NULL;
    if (text == NULL || fd < 0 || strlen(path) >= sizeof addr.sun_path) {
        goto out;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) != 0 ||
        file_write_all(fd, (const uint8_t *)"status\n", 7) != RC_OK) {
        goto out;
    }
    while (len < CONTROL_ANSWER_MAX &&
           (n = read(fd, text + len, CONTROL_ANSWER_MAX - len)) > 0) {
        len += (size_t)n;
    }
    if (n == 0 && len > 0 && text[len - 1] == '\n') {
        *out = text;
        text = NULL;
        rc = RC_OK;
    }
out:
    if (fd >= 0) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
    }
    free(text);
    return rc;
}

static enum rc
add_line(json_t *all, const struct control_line *l)
{
    char *name = text_copy(l->name, l->name_len);
    json_t *value = l->is_number ? json_integer((json_int_t)l->number)
                                 : json_stringn(l->value, l->value_len);
    enum rc rc =
        name != NULL && value != NULL && json_object_set(all, name, value) == 0
            ? RC_OK
            : RC_NOMEM;

    json_decref(value);
    free(name);
    return rc;
}

static enum rc
print_json(const char *text)
{
    json_t *all = json_object();
    struct control_line line;
    struct reader r;
    enum rc rc = all != NULL ? RC_OK : RC_NOMEM;

    rd_init(&r, (const uint8_t *)text, strlen(text));
    while (rc == RC_OK && (rc = control_line_next(&line, &r)) == RC_OK) {
        rc = add_line(all, &line);
    }
    rc = rc == RC_MISSING ? RC_OK : rc;
    if (rc != RC_OK) {
        cli_error(_("the relay's answer can't be read: %s"), rc_text(rc));
    } else if (json_dumpf(all, stdout, JSON_INDENT(2)) != 0) {
        rc = RC_IO;
    } else {
        (void)putchar('\n');
    }
    json_decref(all);
    return rc;
}

int
status_run(int argc, char **argv)
{
    struct config c;
    char *text = NULL;
    enum rc rc = ctl_config(&c, status_options);

    (void)argc;
    (void)argv;
    if (rc != RC_OK) {
        config_wipe(&c);
        return CLI_FAILED;
    }
    rc = ask(&text, c.control);
    if (rc != RC_OK) {
        cli_error(_("no relay answers at %s: is it running, and are you its "
                    "user? (%s)"),
                  c.control, strerror(errno));
    } else if (cli_given(status_options, "json")) {
        rc = print_json(text);
    } else {
        (void)fputs(text, stdout);
    }
    free(text);
    config_wipe(&c);
    return cli_exit(rc);
}
