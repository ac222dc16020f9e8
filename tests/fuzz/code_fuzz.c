/* SPDX-License-Identifier: ISC */
/* A code as typed by anybody: what it is read as is shown and read again, and
 * it is found in the text that it is. */
#include "code.h"
#include "codefind.h"
#include "fuzz.h"
#include "utf8.h"

#include <sodium.h>

#include <string.h>

static void
reads_back(const char *text, const uint8_t *code)
{
    uint8_t again[CODE_LEN];
    struct code_error err;

    require(code_parse(again, &err, text, strlen(text)) == RC_OK);
    require(memcmp(again, code, CODE_LEN) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char words[CODE_WORDS_TEXT_MAX], digits[CODE_DIGITS_TEXT_LEN + 1];
    uint8_t code[CODE_LEN];
    struct code_error err;
    size_t at, len;
    bool found = codefind(&at, &len, (const char *)data, size);

    require(found ? at + len <= size && len >= CODE_WORDS
                  : at == 0 && len == 0);
    if (code_parse(code, &err, (const char *)data, size) == RC_OK) {
        require(err.what == CODE_NO_ERROR && found);
        code_words(words, code);
        reads_back(words, code);
        code_digits(digits, code);
        reads_back(digits, code);
    } else {
        require(err.what != CODE_NO_ERROR);
        require(sodium_is_zero(code, sizeof code));
        require(memchr(err.word, '\0', sizeof err.word) != NULL);
        require(memchr(err.hint, '\0', sizeof err.hint) != NULL);
        require(utf8_is_line((const uint8_t *)err.word, strlen(err.word)));
    }
    return 0;
}
