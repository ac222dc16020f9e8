// SPDX-License-Identifier: ISC
// Reading gettext catalogues: what the page needs of them.

const unquote = (line) => JSON.parse(line.slice(line.indexOf('"')));

/** Map from msgid to msgstr; fuzzy entries count as missing. */
export function parsePo(text) {
  const out = new Map();
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split('\n');
    if (lines.some((l) => l.startsWith('#,') && l.includes('fuzzy'))) {
      continue;
    }
    const entry = {};
    let key = null;
    for (const line of lines.filter((l) => l && !l.startsWith('#'))) {
      if (!line.startsWith('"')) {
        [key] = line.split(' ');
        entry[key] = '';
      }
      if (key) {
        entry[key] += unquote(line);
      }
    }
    if (entry.msgid) {
      out.set(entry.msgid, entry.msgstr ?? '');
    }
  }
  return out;
}
