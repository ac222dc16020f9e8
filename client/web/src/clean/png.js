// SPDX-License-Identifier: ISC
// Strips a PNG to the chunks that draw it (ISO 15948), animation included.
// The same bytes in give the same bytes out.
import { isZero, Malformed, Reader, equal } from '../proto/bytes.js';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const KEEP = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND', 'gAMA', 'cHRM', 'sRGB', 'sBIT', 'bKGD',
  'acTL', 'fcTL', 'fdAT']);
/** What a chunk that goes tells of, in the words of index.js. */
const TELLS = { tEXt: 'text', zTXt: 'text', iTXt: 'text', eXIf: 'details', tIME: 'times', iCCP: 'colour' };

export function cleanPng(bytes) {
  const r = new Reader(bytes);
  const removed = new Set();
  const out = [SIGNATURE];
  r.require(equal(r.take(8), SIGNATURE));
  for (let first = true, type = ''; type !== 'IEND'; first = false) {
    const start = r.at;
    const length = r.u32();
    type = String.fromCharCode(...r.take(4));
    r.require(/^[A-Za-z]{4}$/.test(type) && (!first || type === 'IHDR'));
    r.take(length);
    r.take(4);
    if (KEEP.has(type)) {
      out.push(bytes.subarray(start, r.at));
    } else if (type[0] >= 'A' && type[0] <= 'Z') {
      throw new Malformed(`a PNG with the unknown critical chunk ${type}`);
    } else {
      removed.add(TELLS[type] ?? 'other');
    }
  }
  if (r.left > 0 && !isZero(bytes.subarray(r.at))) {
    removed.add('other');
  }
  return { parts: out, removed: [...removed] };
}
