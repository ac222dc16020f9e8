// SPDX-License-Identifier: ISC
// Strips a JPEG to what is needed to draw it (ITU T.81). The same bytes in give
// the same bytes out. How the picture is turned is kept, everything else of
// EXIF, XMP, IPTC, comments, thumbnails, colour profiles and trailers goes.
import { Malformed, Reader } from '../proto/bytes.js';

/** What a segment that goes tells of, in the words of index.js. */
const TELLS = { 0xe0: 'preview', 0xe1: 'details', 0xe2: 'colour', 0xed: 'details', 0xfe: 'text' };

const startsWith = (bytes, text) =>
  [...text].every((ch, i) => bytes[i] === ch.charCodeAt(0));

/** The orientation (1..8) an EXIF segment gives, or 0. */
function orientationOf(tiff) {
  try {
    const little = tiff[0] === 0x49;
    const v = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
    const ifd = v.getUint32(4, little);
    const n = v.getUint16(ifd, little);
    for (let i = 0; i < n; i++) {
      const at = ifd + 2 + 12 * i;
      if (v.getUint16(at, little) === 0x0112) {
        const value = v.getUint16(at + 8, little);
        return value >= 1 && value <= 8 ? value : 0;
      }
    }
  } catch {
    // A broken EXIF segment has no orientation to keep.
  }
  return 0;
}

/** An EXIF segment that says how to turn the picture and nothing else. */
function orientationSegment(value) {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0,
    0, 0, 0, 0];
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return Uint8Array.from([0xff, 0xe1, 0, exif.length + 2, ...exif]);
}

const keepApp = (marker, data) =>
  (marker === 0xe0 && startsWith(data, 'JFIF\0')) || (marker === 0xee && startsWith(data, 'Adobe'));

/** Past the entropy-coded bytes after a start of scan. */
function scanEnd(bytes, at) {
  for (let i = bytes.indexOf(0xff, at); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
    const next = bytes[i + 1];
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) {
      return i;
    }
  }
  throw new Malformed('a JPEG without an end');
}

export function cleanJpeg(bytes) {
  const r = new Reader(bytes);
  const out = [bytes.subarray(0, 2)];
  const removed = new Set();
  let turned = 0;
  r.require(r.u16() === 0xffd8);
  for (;;) {
    const start = r.at;
    r.require(r.u8() === 0xff);
    let marker = r.u8();
    while (marker === 0xff) {
      marker = r.u8();
    }
    if (marker === 0xd9) {
      out.push(Uint8Array.of(0xff, 0xd9));
      break;
    }
    r.require(marker >= 0xc0 && !(marker >= 0xd0 && marker <= 0xd8));
    const length = r.u16();
    r.require(length >= 2);
    const data = r.take(length - 2);
    if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) {
      if (marker === 0xe1 && startsWith(data, 'Exif\0\0')) {
        turned = orientationOf(data.subarray(6)) || turned;
      }
      if (keepApp(marker, data)) {
        // JFIF may hold a thumbnail: keep its fixed part only.
        const kept = marker === 0xe0 ? jfif(data) : data.subarray(0, 12);
        if (data.length > kept.length) {
          removed.add('preview');
        }
        out.push(Uint8Array.of(0xff, marker, 0, kept.length + 2), kept);
      } else {
        removed.add(TELLS[marker] ?? 'other');
      }
      continue;
    }
    out.push(bytes.subarray(start, r.at));
    if (marker === 0xda) {
      const end = scanEnd(bytes, r.at);
      out.push(r.take(end - r.at));
    }
  }
  if (r.left > 0) {
    removed.add('other');
  }
  if (turned > 1) {
    out.splice(1, 0, orientationSegment(turned));
  }
  return { parts: out, removed: [...removed] };
}

function jfif(data) {
  const fixed = new Uint8Array(14);
  fixed.set(data.subarray(0, 12));
  return fixed;
}
