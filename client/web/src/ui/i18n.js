// SPDX-License-Identifier: ISC
// Languages: the English text is the key; catalogues come deflated in the page.
import catalogues from 'tocsin:catalogues';

export const LANGUAGES = [
  ['en', 'English'], ['fr', 'Français'], ['es', 'Español'], ['pt', 'Português'], ['ar', 'العربية'],
  ['bn', 'বাংলা'], ['hi', 'हिन्दी'], ['id', 'Bahasa Indonesia'], ['ru', 'Русский'], ['tr', 'Türkçe'],
  ['my', 'မြန်မာ'], ['fil', 'Filipino'],
];
const RIGHT_TO_LEFT = new Set(['ar']);

let texts = {};
let current = 'en';

async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}

export async function setLanguage(lang) {
  texts = lang === 'en' ? {} : await inflate(catalogues[lang]);
  current = lang;
  document.documentElement.lang = lang;
  document.documentElement.dir = RIGHT_TO_LEFT.has(lang) ? 'rtl' : 'ltr';
}

export const language = () => current;

/** The text in the reader's language; {names} are filled in from values. */
export function t(text, values = {}) {
  const found = texts[text] ?? text;
  return found.replace(/\{([a-z]+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Numerals as the reader writes them. */
export function numerals(digits) {
  const zero = { ar: 0x660, bn: 0x9e6, hi: 0x966, my: 0x1040 }[current] ?? 0x30;
  return digits.replace(/[0-9]/g, (d) => String.fromCodePoint(zero + Number(d)));
}

/** The language of the reader's device, where there is a catalogue for it. */
export function preferred() {
  for (const tag of navigator.languages ?? []) {
    const found = LANGUAGES.find(([code]) => tag.toLowerCase().split('-')[0] === code);
    if (found) {
      return found[0];
    }
  }
  return 'en';
}
