// SPDX-License-Identifier: ISC
// Bytes: reading untrusted ones, writing, comparing. Integers are big-endian.

/** Thrown by every parser; the one thing callers catch. */
export class Malformed extends Error {}

export const utf8 = (text) => new TextEncoder().encode(text);

/** Bytes as text, or null where they are no UTF-8. */
export function utf8Decode(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export function unhex(text) {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) {
    throw new Malformed('not lower-case hex');
  }
  return Uint8Array.from(text.match(/../g) ?? [], (h) => parseInt(h, 16));
}

/** Same bytes? In time that depends on the lengths only. */
export function equal(a, b) {
  let diff = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) {
    diff |= a[i] ^ b[i];
  }
  return diff === 0;
}

export const isZero = (bytes) => bytes.every((b) => b === 0);

/** Bytewise order, as pages and directories are sorted. */
export function compare(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) {
      return a[i] - b[i];
    }
  }
  return a.length - b.length;
}

export function random(n) {
  const out = new Uint8Array(n);
  for (let at = 0; at < n; at += 65536) {
    crypto.getRandomValues(out.subarray(at, Math.min(n, at + 65536)));
  }
  return out;
}

export const u8 = (v) => Uint8Array.of(v);

export function u32(v) {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, v);
  return out;
}

export function base64Decode(text) {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new Malformed('not base64');
  }
  const bin = atob(text);
  const out = Uint8Array.from(bin, (c) => c.charCodeAt(0));
  if (base64(out) !== text) {
    throw new Malformed('base64 that is not canonical');
  }
  return out;
}

export const base64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));

export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(n) {
    if (n > this.left) {
      throw new Malformed('ends too early');
    }
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  u8() {
    return this.take(1)[0];
  }

  u16() {
    this.take(2);
    return this.view.getUint16(this.at - 2);
  }

  u32() {
    this.take(4);
    return this.view.getUint32(this.at - 4);
  }

  /** A u64 that fits a Number; others are refused. */
  u64() {
    const v = this.u32() * 2 ** 32 + this.u32();
    this.require(Number.isSafeInteger(v));
    return v;
  }

  zero(n) {
    this.require(isZero(this.take(n)));
  }

  require(ok) {
    if (!ok) {
      throw new Malformed('malformed');
    }
  }

  end() {
    this.require(this.left === 0);
  }
}

export class Writer {
  constructor(length) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  room(n) {
    if (n > this.bytes.length - this.at) {
      throw new RangeError('does not fit');
    }
    this.at += n;
    return this.at - n;
  }

  u8(v) {
    this.view.setUint8(this.room(1), v);
    return this;
  }

  u16(v) {
    this.view.setUint16(this.room(2), v);
    return this;
  }

  u32(v) {
    this.view.setUint32(this.room(4), v);
    return this;
  }

  u64(v) {
    return this.u32(Math.floor(v / 2 ** 32)).u32(v % 2 ** 32);
  }

  put(bytes) {
    this.bytes.set(bytes, this.room(bytes.length));
    return this;
  }

  skip(n) {
    this.room(n);
    return this;
  }
}

/** A whole number from 0 to below n, each as likely as any other but for 2^-40 or so. */
export function randomUpTo(n) {
  return Number(random(8).reduce((sum, b) => (sum * 256n + BigInt(b)), 0n) % BigInt(n));
}

/** Uniform between the two, of times in milliseconds. */
export const drawn = (least, most) => least + (randomUpTo(2 ** 24) / 2 ** 24) * (most - least);

/** In any order, each as likely. */
export function shuffled(items) {
  return items.map((item) => [random(8), item]).sort((a, b) => compare(a[0], b[0])).map(([, item]) => item);
}
