/* SPDX-License-Identifier: ISC */
/* The English word list of BIP-39: sorted, distinct in the first four
 * letters. */
#ifndef BIP39_ENGLISH_H
#define BIP39_ENGLISH_H

#define BIP39_WORDS 2048
#define BIP39_WORD_MIN 3 /* letters */
#define BIP39_WORD_MAX 8

extern const char bip39_english[BIP39_WORDS][BIP39_WORD_MAX + 1];

#endif
