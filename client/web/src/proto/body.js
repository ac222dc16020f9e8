// SPDX-License-Identifier: ISC
// Bodies: items in one byte string, cut into sealed boxes, PROTOCOL.md section 5.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { concat, Reader, u32, u8, utf8, Writer } from './bytes.js';
import { kdf } from './kdf.js';

export const BOX_PLAIN = 15984;
const NONCE = new Uint8Array(12);
const ITEMS_MAX = 1000; // shown; a stranger can make millions

/** Number of boxes for n that are needed: at most O(log log n) bits are told. */
export function padme(n) {
  if (n < 2) {
    return n;
  }
  const e = Math.floor(Math.log2(n));
  const s = e === 1 ? 1 : Math.floor(Math.log2(e)) + 1;
  const m = 2 ** (e - s) - 1;
  const up = n + m;
  return up - (up % (m + 1));
}

export const boxesFor = (length) => padme(Math.ceil(length / BOX_PLAIN));

/** The frame before an item's data. */
export function itemHead(type, name, length) {
  const [t, n] = [utf8(type), utf8(name)];
  return new Writer(2 + t.length + n.length + 8)
    .u8(t.length).put(t).u8(n.length).put(n).u64(length).bytes;
}

export function parseItems(body) {
  const r = new Reader(body);
  const items = [];
  const text = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  while (r.left > 0) {
    const type = text(r.take(r.u8()));
    const name = text(r.take(r.u8()));
    r.require(/^[\x21-\x7e]+$/.test(type) && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\]|^\./.test(name));
    items.push({ type, name, data: r.take(r.u64()) });
    r.require(items.length <= ITEMS_MAX);
  }
  return items;
}

export const digester = () => blake2b.create({ dkLen: 32 });
/** week: t of its first PUT; org: zeros where several recipients share it. */
export const reportBodyKey = (seed, org, week, digest) => kdf(seed, 'body', concat(org, u32(week), digest));
export const answerBodyKey = (root, i, digest) => kdf(root, 'answer body', concat(u8(i), digest));
// A box belongs to one relay: what one is shown is of no use at another.
export const bodyAddress = (bodyKey, relay, i) => kdf(bodyKey, 'body drop', concat(u32(i), relay));
export const bodyBurnSecret = (key, address) => kdf(key, 'body burn', address);
const boxKey = (bodyKey, relay, i) => kdf(bodyKey, 'body box', concat(u32(i), relay));

export function sealBox(bodyKey, relay, i, chunk) {
  const plain = new Uint8Array(BOX_PLAIN);
  plain.set(chunk);
  return chacha20poly1305(boxKey(bodyKey, relay, i), NONCE).encrypt(plain);
}

/** Throws where the tag does not fit. */
export const openBox = (bodyKey, relay, i, box) =>
  chacha20poly1305(boxKey(bodyKey, relay, i), NONCE).decrypt(box);
