// SPDX-License-Identifier: ISC
// Strips an MP4 or MOV (ISO 14496-12) in place: what goes is overwritten with
// zeros inside a "free" box of the same size, so that the offsets of pictures
// and sound stay right. Tracks that are neither picture nor sound (places,
// sensors) go with their samples. The same bytes in give the same bytes out.
import { Malformed } from '../proto/bytes.js';

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'dinf', 'edts', 'moof', 'traf', 'mvex']);
const KEEP = new Set(['ftyp', 'mdat', 'mvhd', 'tkhd', 'mdhd', 'hdlr', 'vmhd', 'smhd', 'nmhd', 'gmhd', 'dref',
  'elst', 'stsd', 'stts', 'ctts', 'cslg', 'stsc', 'stsz', 'stz2', 'stco', 'co64', 'stss', 'sdtp', 'sgpd',
  'sbgp', 'trex', 'mehd', 'mfhd', 'tfhd', 'tfdt', 'trun', 'sidx', 'mfra', 'styp', 'free', 'wide']);
/** What a box that goes tells of, in the words of index.js. */
const TELLS = { udta: 'details', meta: 'details', uuid: 'details', tref: 'track' };

class File {
  constructor(bytes) {
    this.bytes = bytes.slice();
    this.view = new DataView(this.bytes.buffer);
    this.removed = new Set();
  }

  type(at) {
    return String.fromCharCode(...this.bytes.subarray(at, at + 4));
  }

  /** Calls visit(type, start, body, end) for each box in a range. */
  boxes(from, to, visit) {
    let at = from;
    while (at < to) {
      if (to - at < 8) {
        // QuickTime ends some containers with four zero bytes.
        if (this.bytes.subarray(at, to).every((b) => b === 0)) {
          return;
        }
        throw new Malformed('a box that is cut off');
      }
      let size = this.view.getUint32(at);
      let body = at + 8;
      if (size === 1 && to - at >= 16) {
        size = this.view.getUint32(at + 8) * 2 ** 32 + this.view.getUint32(at + 12);
        body = at + 16;
      } else if (size === 0) {
        size = to - at;
      }
      if (size < body - at || size > to - at) {
        throw new Malformed('a box with an impossible size');
      }
      visit(this.type(at + 4), at, body, at + size);
      at += size;
    }
  }

  drop(name, start, body, end) {
    this.removed.add(name);
    this.bytes.set([0x66, 0x72, 0x65, 0x65], start + 4);
    this.bytes.fill(0, body, end);
  }

  find(from, to, path) {
    let found = null;
    this.boxes(from, to, (type, start, body, end) => {
      if (type === path[0] && !found) {
        found = path.length === 1 ? { body, end } : this.find(body, end, path.slice(1));
      }
    });
    return found;
  }
}

/** Creation and modification times of mvhd, tkhd, mdhd. */
function zeroTimes(f, body, end) {
  const n = f.bytes[body] === 1 ? 16 : 8;
  if (end - body < 4 + n) {
    throw new Malformed('a header that is cut off');
  }
  if (f.bytes.subarray(body + 4, body + 4 + n).some((b) => b !== 0)) {
    f.removed.add('times');
    f.bytes.fill(0, body + 4, body + 4 + n);
  }
}

/** The name of the program that made the pictures. */
function zeroCompressorName(f, body, end) {
  f.boxes(Math.min(body + 8, end), end, (type, start, inside, stop) => {
    if (stop - start >= 86 && f.bytes[start + 50] > 0) {
      f.removed.add('program');
      f.bytes.fill(0, start + 50, start + 82);
    }
  });
}

/** Name of the handler: it tells maker and program. */
function zeroHandlerName(f, body, end) {
  const from = Math.min(body + 12, end);
  if (f.bytes.subarray(from, end).some((b) => b !== 0)) {
    f.removed.add('program');
    f.bytes.fill(0, from, end);
  }
}

function table(f, box, at, count, width, read) {
  if (box.end - box.body < at || count > (box.end - box.body - at) / width) {
    throw new Malformed('a table that is cut off');
  }
  return Array.from({ length: count }, (_, i) => read(box.body + at + i * width));
}

/** Overwrites the samples of a track that goes. */
function wipeSamples(f, stbl) {
  const box = (type) => f.find(stbl.body, stbl.end, [type]);
  const [stsz, stsc, stco, co64] = ['stsz', 'stsc', 'stco', 'co64'].map(box);
  if (!stsz || !stsc || !(stco || co64)) {
    return;
  }
  const u32 = (at) => f.view.getUint32(at);
  const fixed = u32(stsz.body + 4);
  const count = u32(stsz.body + 8);
  const sizes = fixed ? null : table(f, stsz, 12, count, 4, u32);
  const runs = table(f, stsc, 8, u32(stsc.body + 4), 12, (at) => [u32(at), u32(at + 4)]);
  const chunks = stco
    ? table(f, stco, 8, u32(stco.body + 4), 4, u32)
    : table(f, co64, 8, u32(co64.body + 4), 8, (at) => u32(at) * 2 ** 32 + u32(at + 4));
  let sample = 0;
  let run = 0;
  chunks.forEach((offset, i) => {
    while (run + 1 < runs.length && runs[run + 1][0] <= i + 1) {
      run++;
    }
    for (let k = 0; runs.length && k < runs[run][1] && sample < count; k++, sample++) {
      const size = fixed || sizes[sample];
      f.bytes.fill(0, Math.min(offset, f.bytes.length), Math.min(offset + size, f.bytes.length));
      offset += size;
    }
  });
}

function cleanTrack(f, start, body, end) {
  const hdlr = f.find(body, end, ['mdia', 'hdlr']);
  const kind = hdlr ? f.type(hdlr.body + 8) : '';
  if (kind === 'vide' || kind === 'soun') {
    walk(f, body, end, kind);
    return;
  }
  const stbl = f.find(body, end, ['mdia', 'minf', 'stbl']);
  if (stbl) {
    wipeSamples(f, stbl);
  }
  f.drop('track', start, body, end);
}

function walk(f, from, to, kind) {
  f.boxes(from, to, (type, start, body, end) => {
    if (type === 'trak') {
      cleanTrack(f, start, body, end);
    } else if (CONTAINERS.has(type)) {
      walk(f, body, end, kind);
    } else if (type === 'stsd' && kind === 'vide') {
      zeroCompressorName(f, body, end);
    } else if (!KEEP.has(type)) {
      f.drop(TELLS[type] ?? 'other', start, body, end);
    } else if (type === 'mvhd' || type === 'tkhd' || type === 'mdhd') {
      zeroTimes(f, body, end);
    } else if (type === 'hdlr') {
      zeroHandlerName(f, body, end);
    } else if (type === 'free' || type === 'wide') {
      if (f.bytes.subarray(body, end).some((b) => b !== 0)) {
        f.removed.add('other');
        f.bytes.fill(0, body, end);
      }
    }
  });
}

export function cleanMp4(bytes) {
  const f = new File(bytes);
  if (f.type(4) !== 'ftyp' || !f.find(0, bytes.length, ['moov'])) {
    throw new Malformed('no MP4 with its index');
  }
  walk(f, 0, bytes.length, '');
  return { parts: [f.bytes], removed: [...f.removed] };
}
