/* SPDX-License-Identifier: ISC */
#include "answerlines.h"

#include <stdio.h>
#include <string.h>

#include "answertext.h"
#include "cli.h"
#include "term.h"

#define INDENT 4

static const char *
status_said(enum answertext_status status)
{
    switch (status) {
    case ANSWERTEXT_OPENED:
        return _("They have opened your report.");
    case ANSWERTEXT_WORKING:
        return _("They are working on it.");
    case ANSWERTEXT_ASKS:
        return _("They ask you something. Please write back.");
    case ANSWERTEXT_CLOSED:
        return _("They have closed the case.");
    case ANSWERTEXT_NONE:
        break;
    }
    return NULL;
}

static void
print_value(const char *label, const struct report_line *line)
{
    if (line != NULL) {
        (void)printf("%*s%s: ", INDENT, "", label);
        term_print_text(stdout, line->value, line->value_len, INDENT);
        (void)printf("\n");
    }
}

/* The name is the list's, whatever the answer calls it. */
static void
print_refer(const struct directory *d,
            const uint8_t id[static ORG_ID_LEN])
{
    const struct directory_org *org = directory_org(d, id);

    (void)printf("%*s%s: ", INDENT, "",
                 _("You can also write to this organisation, they say"));
    if (org != NULL) {
        (void)printf("%s", term_name(org->name).text);
    }
    if (org == NULL || org->revoked_day != 0) {
        (void)printf("%s%s", org == NULL ? "" : ". ",
                     org == NULL ? _("one that is not on the list")
                                 : _("It was taken off the list. Do not write "
                                     "to it."));
    }
    (void)printf("\n");
}

/* Those that this program does not know stay as they are. */
static void
print_lines(const struct directory *d, const struct answertext *t)
{
    const char *status = status_said(t->status);

    if (status != NULL) {
        (void)printf("%*s%s\n", INDENT, "", status);
    }
    print_value(_("What came of it"), t->outcome);
    print_value(_("Their number for your report"), t->ref);
    if (t->refers) {
        print_refer(d, t->refer);
    }
    for (size_t i = 0; i < t->text.n_lines; i++) {
        const struct report_line *line = &t->text.lines[i];

        if (!answertext_is_known(line)) {
            (void)printf("%*s", INDENT, "");
            term_print_text(stdout, line->key,
                            line->key_len + 1 + line->value_len, INDENT);
            (void)printf("\n");
        }
    }
    if (t->text.n_lines > 0 && t->text.free_len > 0) {
        (void)printf("\n");
    }
}

void
answerlines_print(const struct directory *d, const struct answer *a)
{
    struct answertext t;

    if (answertext_parse(&t, a->text, a->text_len) != RC_OK) {
        t.text.free = (const char *)a->text; /* no memory: as it is */
        t.text.free_len = a->text_len;
    }
    print_lines(d, &t);
    if (t.text.free_len > 0 || t.text.n_lines == 0) {
        (void)printf("%*s", INDENT, "");
        term_print_text(stdout, t.text.free, t.text.free_len, INDENT);
        (void)printf("\n");
    }
    answertext_wipe(&t);
}
