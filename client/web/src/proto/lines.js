// SPDX-License-Identifier: ISC
// Strict lines of the notes of section 7: fields with one space between.
import { base64Decode, Malformed, unhex } from './bytes.js';

export class Lines {
  constructor(text) {
    this.lines = text.split('\n');
    if (this.lines.pop() !== '') {
      throw new Malformed('no newline at the end');
    }
    this.at = 0;
  }

  /** The rest of the next line if it begins with this key, else null. */
  maybe(key) {
    const line = this.lines[this.at];
    if (line === undefined || !line.startsWith(`${key} `)) {
      return null;
    }
    this.at++;
    return line.slice(key.length + 1);
  }

  one(key) {
    const rest = this.maybe(key);
    if (rest === null) {
      throw new Malformed(`no line ${key}`);
    }
    return rest;
  }

  /** n fields; the last may hold spaces where `open` is set. */
  fields(key, n, open = false) {
    return split(this.one(key), n, open);
  }

  all(key, n, open = false) {
    const out = [];
    for (let rest = this.maybe(key); rest !== null; rest = this.maybe(key)) {
      out.push(split(rest, n, open));
    }
    return out;
  }

  end() {
    if (this.at !== this.lines.length) {
      throw new Malformed('a line that does not belong here');
    }
  }
}

function split(rest, n, open) {
  const parts = rest.split(' ');
  const out = open ? [...parts.slice(0, n - 1), parts.slice(n - 1).join(' ')] : parts;
  if (out.length !== n && n !== -1) {
    throw new Malformed('a wrong number of fields');
  }
  if (out.some((f) => f === '')) {
    throw new Malformed('an empty field');
  }
  return out;
}

export function number(text, most = Number.MAX_SAFE_INTEGER) {
  if (!/^[1-9][0-9]{0,15}$/.test(text) || Number(text) > most) {
    throw new Malformed('not a number');
  }
  return Number(text);
}

export const version = (text, most) => number(text.startsWith('v') ? text.slice(1) : '', most);
export const DAY_MAX = 999999;
export const day = (text) => number(text, DAY_MAX);
export const week = (text) => number(text, 142856);
export const board = (text) => (text === '0' ? 0 : number(text, 255));

function sized(bytes, length) {
  if (bytes.length !== length) {
    throw new Malformed('a field of a wrong length');
  }
  return bytes;
}

export const id = (text) => sized(unhex(text), 32);
export const key = (text, length = 32) => sized(base64Decode(text), length);

export function list(text) {
  const items = text === '-' ? [] : text.split(',');
  if (text.length > 1000 || items.some((i) => i === '-' || !/^[-A-Za-z0-9._:/]+$/.test(i))) {
    throw new Malformed('not a list');
  }
  return items;
}

export function ascending(items, compare) {
  for (let i = 1; i < items.length; i++) {
    if (compare(items[i - 1], items[i]) >= 0) {
      throw new Malformed('lines out of order');
    }
  }
  return items;
}
