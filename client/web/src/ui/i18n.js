// SPDX-License-Identifier: ISC
// Languages: the English text is the key; catalogues come deflated in the page.
import catalogues from 'tocsin:catalogues';
import { unpack } from './inflate.js';

export const LANGUAGES = [
  ['en', 'English'], ['fr', 'Français'], ['es', 'Español'], ['pt', 'Português'], ['ar', 'العربية'],
  ['bn', 'বাংলা'], ['hi', 'हिन्दी'], ['id', 'Bahasa Indonesia'], ['ru', 'Русский'], ['tr', 'Türkçe'],
  ['my', 'မြန်မာ'], ['fil', 'Filipino'],
];
const RIGHT_TO_LEFT = new Set(['ar']);
const ZEROS = { ar: 0x660, bn: 0x9e6, hi: 0x966, my: 0x1040 };

let texts = new Map();
let current = 'en';

export function setLanguage(lang) {
  const there = unpack(catalogues[lang]);
  texts = new Map(unpack(catalogues.en).map((text, i) => [text, there[i]]));
  current = lang;
  document.documentElement.lang = lang;
  document.documentElement.dir = RIGHT_TO_LEFT.has(lang) ? 'rtl' : 'ltr';
}

export const language = () => current;

/** Digits as the reader writes them. */
export function numerals(digits) {
  const zero = ZEROS[current] ?? 0x30;
  return String(digits).replace(/[0-9]/g, (d) => String.fromCodePoint(zero + Number(d)));
}

/** The text in the reader's language; {names} are filled in from values. */
export function t(text, values = {}) {
  const found = texts.get(text) ?? text;
  const shown = (value) => (typeof value === 'number' ? numerals(value) : value);
  return found.replace(/\{([a-z]+)\}/g, (whole, name) => shown(values[name] ?? whole));
}

/** How the reader writes dates, in our calendar. */
export const dateFormat = (options) =>
  new Intl.DateTimeFormat(`${current}-u-ca-gregory-nu-latn`, { timeZone: 'UTC', ...options });

/** A day since 1970. */
export const dayText = (day) => numerals(dateFormat({ dateStyle: 'long' }).format(day * 86400000));

/** A day and an hour: seconds since 1970. */
export const hourText = (seconds) => numerals(`${dateFormat({ dateStyle: 'long', timeStyle: 'short' })
  .format(Math.floor(seconds / 3600) * 3600000)} UTC`);

/** Some things in a row. */
export const listText = (items) => new Intl.ListFormat(current, { type: 'conjunction' }).format(items);

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
