// SPDX-License-Identifier: ISC
// Which cleaner for which file, by its first bytes, never by its name.
import { concat, Malformed } from '../proto/bytes.js';
import { cleanJpeg } from './jpeg.js';
import { cleanMp4 } from './mp4.js';
import { cleanPng } from './png.js';

const text = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

export function typeOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) {
    return { type: 'image/jpeg', ending: 'jpg', clean: cleanJpeg };
  }
  if (text(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') {
    return { type: 'image/png', ending: 'png', clean: cleanPng };
  }
  if (text(bytes, 4, 8) === 'ftyp') {
    return text(bytes, 8, 12) === 'qt  '
      ? { type: 'video/quicktime', ending: 'mov', clean: cleanMp4 }
      : { type: 'video/mp4', ending: 'mp4', clean: cleanMp4 };
  }
  return { type: 'application/octet-stream', ending: 'bin', clean: null };
}

/**
 * The file without what tells about its maker: { type, ending, data, removed },
 * or null for a type that can't be cleaned. A file that breaks its own format
 * throws Malformed.
 */
export function clean(bytes) {
  const kind = typeOf(bytes);
  if (!kind.clean) {
    return null;
  }
  try {
    const { parts, removed } = kind.clean(bytes);
    return { type: kind.type, ending: kind.ending, data: concat(...parts), removed };
  } catch (e) {
    throw e instanceof Malformed ? e : new Malformed('a file that is damaged');
  }
}
