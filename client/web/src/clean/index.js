// SPDX-License-Identifier: ISC
// Which cleaner for which file, by its first bytes, never by its name.
import { concat, Malformed, utf8Decode } from '../proto/bytes.js';
import { cleanJpeg } from './jpeg.js';
import { cleanMp4 } from './mp4.js';
import { cleanPng } from './png.js';

const nothing = (bytes) => ({ parts: [bytes], removed: [] });

/** [offset, first bytes, media type, ending, cleaner]; the first that fits counts. */
const TYPES = [
  [0, '\xff\xd8\xff', 'image/jpeg', 'jpg', cleanJpeg],
  [0, '\x89PNG\r\n\x1a\n', 'image/png', 'png', cleanPng],
  [4, 'ftyphei', 'image/heic', 'heic'],
  [4, 'ftyphev', 'image/heic', 'heic'],
  [4, 'ftypmif1', 'image/heic', 'heic'],
  [4, 'ftypmsf1', 'image/heic', 'heic'],
  [4, 'ftypavi', 'image/avif', 'avif'],
  [4, 'ftypcrx ', 'application/octet-stream', 'bin'],
  [4, 'ftypqt  ', 'video/quicktime', 'mov', cleanMp4],
  [4, 'ftypM4A', 'audio/mp4', 'm4a', cleanMp4],
  [4, 'ftyp', 'video/mp4', 'mp4', cleanMp4],
  [0, '%PDF-', 'application/pdf', 'pdf'],
  [0, 'GIF8', 'image/gif', 'gif'],
  [8, 'WEBP', 'image/webp', 'webp'],
  [8, 'WAVE', 'audio/x-wav', 'wav'],
  [0, 'OggS', 'audio/ogg', 'ogg'],
  [0, 'fLaC', 'audio/flac', 'flac'],
  [0, 'ID3', 'audio/mpeg', 'mp3'],
  [0, '\xff\xfb', 'audio/mpeg', 'mp3'],
  [0, '#!AMR', 'audio/amr', 'amr'],
  [0, 'PK\x03\x04', 'application/zip', 'zip'],
];

const OOXML = 'application/vnd.openxmlformats-officedocument.';
const ODF = 'application/vnd.oasis.opendocument.';
/** A zip file is known by the part that only its kind has, or says it in its first one. */
const PARTS = [
  ['word/document.xml', `${OOXML}wordprocessingml.document`, 'docx'],
  ['xl/workbook.xml', `${OOXML}spreadsheetml.sheet`, 'xlsx'],
  ['ppt/presentation.xml', `${OOXML}presentationml.presentation`, 'pptx'],
];
const FIRST_PARTS = [[`${ODF}text`, 'odt'], [`${ODF}spreadsheet`, 'ods'], [`${ODF}presentation`, 'odp'], [`${ODF}graphics`, 'odg']];

const has = (bytes, at, text) => bytes.length >= at + text.length
  && [...text].every((ch, i) => bytes[at + i] === ch.charCodeAt(0));

const isText = (bytes) => {
  const text = utf8Decode(bytes);
  return text !== null && !/[\u0000-\u0008\u000e-\u001f]/.test(text);
};

function zipType(bytes) {
  const first = FIRST_PARTS.find(([media]) => has(bytes, 30, `mimetype${media}PK`));
  const text = first ? '' : new TextDecoder('latin1').decode(bytes);
  const part = first ?? PARTS.find(([name]) => text.includes(name))?.slice(1);
  return part ? [0, '', ...part] : null;
}

export function typeOf(bytes) {
  const known = TYPES.find(([at, text]) => has(bytes, at, text));
  const zipped = known?.[3] === 'zip' ? zipType(bytes) : null;
  const [, , type, ending, cleaner] = zipped ?? known
    ?? (isText(bytes) ? [0, '', 'text/plain', 'txt', nothing] : [0, '', 'application/octet-stream', 'bin']);
  return { type, ending, clean: cleaner ?? null };
}

/** What a stranger's file is saved as: the ending by its bytes, whatever he calls it. */
export const savedName = (bytes, i) => `file-${i + 1}.${typeOf(bytes).ending}`;

/**
 * The file without what tells about its maker: { type, ending, data, removed },
 * or null for a type that can't be cleaned. A file that breaks its own format
 * throws Malformed. removed: of 'details', 'text', 'times', 'program', 'track',
 * 'preview', 'colour', 'other'.
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
