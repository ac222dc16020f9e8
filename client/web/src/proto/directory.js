// SPDX-License-Identifier: ISC
// Root, directory, desk and seen notes, PROTOCOL.md section 7.
import { compare, equal, hex, Malformed } from './bytes.js';
import { ascending, id, key, Lines, list, number } from './lines.js';
import { countSigners, parseNote } from './note.js';

const require = (ok, what) => {
  if (!ok) {
    throw new Malformed(what);
  }
};
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** before: the trusted root of the version below, or null. */
export function openRoot(bytes, before) {
  const note = parseNote(bytes);
  const l = new Lines(note.text);
  const version = number(l.one('tocsin-root').replace(/^v/, ''));
  const threshold = number(l.one('threshold'));
  const keys = l.all('key', 2).map(([name, pk]) => ({ name, pk: key(pk) }));
  l.end();
  ascending(keys.map((k) => k.name), byText);
  require(new Set(keys.map((k) => hex(k.pk))).size === keys.length, 'a key twice');
  require(threshold >= 1 && threshold <= keys.length, 'an impossible threshold');
  require(countSigners(note, keys) >= threshold, 'too few signatures of its own');
  if (before) {
    require(version === before.version + 1, 'a version left out');
    require(countSigners(note, before.keys) >= before.threshold, 'too few signatures');
  }
  return { version, threshold, keys, hash: note.hash };
}

function parseBoards(l) {
  const boards = l.all('board', 6).map((f) => {
    const bid = f[0] === '0' ? 0 : number(f[0]);
    const [entry, tick, slots, max, spread] = f.slice(1).map(number);
    require(entry === (bid === 0 ? 16 : 4096) && tick > 0 && 3600 % tick === 0, 'a bad board');
    require(slots > 0 && max >= slots && spread > 0, 'a bad board');
    return { id: bid, entry, tick, slots, max, spread };
  });
  ascending(boards.map((b) => b.id), (a, b) => a - b);
  require(boards.length > 0 && boards[0].id === 0, 'no answers board');
  return boards;
}

export function openDirectory(bytes, root) {
  const note = parseNote(bytes);
  require(countSigners(note, root.keys) >= root.threshold, 'too few signatures');
  const l = new Lines(note.text);
  const d = { hash: note.hash };
  d.version = number(l.one('tocsin-directory').replace(/^v/, ''));
  d.issued = number(l.one('issued'));
  d.expires = number(l.one('expires'));
  d.retention = number(l.one('retention'));
  d.page = l.one('page');
  d.boards = parseBoards(l);
  d.relays = l.all('relay', -1).map((f) => ({
    id: id(f[0]), pk: key(f[1]), closing: f[2] === 'open' ? 0 : number(f[2]), urls: f.slice(3),
  }));
  require(d.relays.length >= 1 && d.relays.length <= 8, 'no relay, or too many');
  require(d.relays.every((r) => r.urls.length > 0), 'a relay without an address');
  d.orgs = l.all('org', 9, true).map((f) => ({
    id: id(f[0]), pk: key(f[1]), board: number(f[2]), kind: f[3], countries: list(f[4]),
    sectors: list(f[5]), languages: list(f[6]), codes: list(f[7]), name: f[8], revoked: 0,
  }));
  ascending(d.orgs.map((o) => o.id), compare);
  for (const [oid, day] of l.all('revoked', 2)) {
    const org = d.orgs.find((o) => equal(o.id, id(oid)));
    if (org) {
      org.revoked = number(day);
    }
  }
  l.end();
  require(d.expires >= d.issued && d.expires - d.issued <= 90, 'a life that is too long');
  return d;
}

const orgName = (kind, org) => `${kind}-${hex(org).slice(0, 16)}`;

export function openDeskNote(bytes, org) {
  const note = parseNote(bytes);
  require(countSigners(note, [{ name: orgName('desk', org.id), pk: org.pk }]) === 1, 'not signed');
  const l = new Lines(note.text);
  const n = { version: number(l.one('tocsin-desk').replace(/^v/, '')) };
  require(equal(id(l.one('org')), org.id), 'another organisation');
  n.issued = number(l.one('issued'));
  n.expires = number(l.one('expires'));
  n.weeks = l.all('keys', 4).map(([week, k, q, v]) => ({
    week: number(week), k: key(k), q: key(q, 1216), v: key(v),
  }));
  n.past = l.all('past', 2).map(([week, v]) => ({ week: number(week), v: key(v) }));
  l.end();
  require(n.weeks.length === 2 && n.weeks[1].week === n.weeks[0].week + 1, 'not two weeks');
  require(n.past.length <= 6, 'too many past weeks');
  ascending(n.past.map((p) => p.week), (a, b) => a - b);
  require(n.expires <= Math.min(n.issued + 10, 7 * n.weeks[0].week + 13), 'a life that is too long');
  return n;
}

export const verifyKeys = (desk) => [...desk.weeks, ...desk.past];

export function openSeenNote(bytes, org, desk) {
  const note = parseNote(bytes);
  const l = new Lines(note.text);
  const s = { day: number(l.one('tocsin-seen').replace(/^v/, '')) };
  require(equal(id(l.one('org')), org.id), 'another organisation');
  const [version, hash] = l.fields('directory', 2);
  s.directoryVersion = number(version);
  s.directoryHash = id(hash);
  s.pages = l.all('page', 4).map(([relay, board, n, h]) => ({
    relay: id(relay), board: board === '0' ? 0 : number(board), number: number(n), hash: id(h),
  }));
  l.end();
  const v = verifyKeys(desk).find((k) => k.week === Math.floor(s.day / 7));
  require(v, 'no key of that week');
  require(countSigners(note, [{ name: orgName('seen', org.id), pk: v.v }]) === 1, 'not signed');
  return s;
}
