// SPDX-License-Identifier: ISC
// Which language a text is in, by its letters: for the voice that reads it.

/** Scripts, and the language that is read where no better one is known. */
const SCRIPTS = [['Latn', 'en'], ['Arab', 'ar'], ['Beng', 'bn'], ['Deva', 'hi'], ['Cyrl', 'ru'], ['Mymr', 'my'],
  ['Khmr', 'km'], ['Laoo', 'lo'], ['Thai', 'th'], ['Taml', 'ta'], ['Telu', 'te'], ['Sinh', 'si'], ['Guru', 'pa'],
  ['Gujr', 'gu'], ['Mlym', 'ml'], ['Knda', 'kn'], ['Orya', 'or'], ['Ethi', 'am'], ['Grek', 'el'], ['Hebr', 'he'],
  ['Geor', 'ka'], ['Armn', 'hy'], ['Hang', 'ko'], ['Kana', 'ja'], ['Hira', 'ja'], ['Hani', 'zh']]
  .map(([script, lang]) => ({ script, lang, letters: new RegExp(`\\p{Script=${script}}`, 'gu') }));

function scriptOf(lang) {
  try {
    return new Intl.Locale(lang).maximize().script;
  } catch {
    return undefined;
  }
}

/** The language of a text: of these, the first that is written as most of it is. */
export function langOf(text, langs) {
  const counted = SCRIPTS.map((s) => ({ ...s, n: text.match(s.letters)?.length ?? 0 }));
  const most = counted.reduce((a, b) => (b.n > a.n ? b : a));
  if (most.n === 0) {
    return null; // figures and signs are read as the page is
  }
  return langs.find((l) => scriptOf(l) === most.script) ?? most.lang;
}
