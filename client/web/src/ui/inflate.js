// SPDX-License-Identifier: ISC
// Inflating (RFC 1951): the catalogues' own deflated bytes and nothing from
// outside. The browser's stream for it is missing in older ones.
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83,
  99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5,
  5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769,
  1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Code lengths as counts of each length and symbols in order. */
function table(lengths) {
  const counts = new Array(16).fill(0);
  lengths.forEach((n) => { counts[n]++; });
  counts[0] = 0;
  const symbols = lengths.map((n, symbol) => [n, symbol]).filter(([n]) => n > 0)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, symbol]) => symbol);
  return { counts, symbols };
}

const FIXED = [table([...new Array(144).fill(8), ...new Array(112).fill(9), ...new Array(24).fill(7),
  ...new Array(8).fill(8)]), table(new Array(30).fill(5))];

class Bits {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0; // in bits
  }

  take(n) {
    let v = 0;
    for (let i = 0; i < n; i++, this.at++) {
      v |= ((this.bytes[this.at >> 3] >> (this.at & 7)) & 1) << i;
    }
    return v;
  }

  symbol({ counts, symbols }) {
    for (let n = 1, code = 0, first = 0, index = 0; n < 16; n++) {
      code |= this.take(1);
      if (code - first < counts[n]) {
        return symbols[index + code - first];
      }
      index += counts[n];
      first = (first + counts[n]) << 1;
      code <<= 1;
    }
    throw new RangeError('no such code');
  }
}

function readTables(bits) {
  const nl = bits.take(5) + 257;
  const nd = bits.take(5) + 1;
  const nc = bits.take(4) + 4;
  const first = new Array(19).fill(0);
  for (let i = 0; i < nc; i++) {
    first[ORDER[i]] = bits.take(3);
  }
  const codes = table(first);
  const lengths = [];
  while (lengths.length < nl + nd) {
    const s = bits.symbol(codes);
    if (s < 16) {
      lengths.push(s);
      continue;
    }
    const value = s === 16 ? lengths[lengths.length - 1] : 0;
    const times = s === 16 ? 3 + bits.take(2) : s === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    lengths.push(...new Array(times).fill(value));
  }
  return [table(lengths.slice(0, nl)), table(lengths.slice(nl))];
}

function block(bits, out, [literals, distances]) {
  for (let s = bits.symbol(literals); s !== 256; s = bits.symbol(literals)) {
    if (s < 256) {
      out.push(s);
      continue;
    }
    const length = LENGTHS[s - 257] + bits.take(LENGTH_BITS[s - 257]);
    const d = bits.symbol(distances);
    const back = DISTANCES[d] + bits.take(Math.max(0, (d >> 1) - 1));
    for (let i = 0; i < length; i++) {
      out.push(out[out.length - back]);
    }
  }
}

export function inflate(bytes) {
  const bits = new Bits(bytes);
  const out = [];
  for (let last = 0; !last;) {
    last = bits.take(1);
    const kind = bits.take(2);
    if (kind === 0) {
      bits.at = (bits.at + 7) & ~7;
      const length = bits.take(16);
      bits.take(16);
      for (let i = 0; i < length; i++) {
        out.push(bits.take(8));
      }
    } else {
      block(bits, out, kind === 1 ? FIXED : readTables(bits));
    }
  }
  return Uint8Array.from(out);
}

/** The build's base 85; zeros may follow. */
function base85(text) {
  const out = new DataView(new ArrayBuffer(text.length / 5 * 4));
  for (let at = 0; at < text.length; at += 5) {
    let v = 0;
    for (let i = at; i < at + 5; i++) {
      const c = text.charCodeAt(i);
      v = v * 85 + c - 35 - (c > 60) - (c > 92);
    }
    out.setUint32(at / 5 * 4, v);
  }
  return new Uint8Array(out.buffer);
}

/** The lines that the build packed (build.mjs). */
export const unpack = (text) => new TextDecoder().decode(inflate(base85(text))).split('\n');
