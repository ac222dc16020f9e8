// SPDX-License-Identifier: ISC
// What is not in the page's language says which it is in: a screen reader would read
// English words in a Bengali voice, which nobody understands.
import { langOf } from '../lang.js';
import { shownLine, shownText } from '../proto/shown.js';
import { h } from './dom.js';
import { language } from './i18n.js';

/** The name of an organisation. */
export const named = (org) => h('bdi', { lang: langOf(org.name, [...org.languages, language()]), translate: 'no' }, shownLine(org.name));

/** What an organisation wrote: in the reader's language, if it has that. */
export function letterOf(org, text) {
  const langs = org.languages.length === 0 || org.languages.includes(language())
    ? [language(), ...org.languages] : [...org.languages, language()];
  return h('p', {
    class: 'letter', dir: 'auto', lang: langOf(text, langs), translate: 'no', spellcheck: 'false',
    writingsuggestions: 'false', autocapitalize: 'none',
  }, shownText(text.trim()));
}
