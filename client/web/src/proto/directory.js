// SPDX-License-Identifier: ISC
// Root, directory, desk and seen notes, PROTOCOL.md section 7.
import { isEntryLength, isForAnswers } from './board.js';
import { compare, equal, hex, Malformed } from './bytes.js';
import {
  ascending, board, day, DAY_MAX, id, key, Lines, list, number, version, week,
} from './lines.js';
import { countSigners, parseNote } from './note.js';

const require = (ok, what) => {
  if (!ok) {
    throw new Malformed(what);
  }
};
const PAST_MAX = 14;
const ANSWERS_MAX = 7;
const PAGES_MAX = 64;
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** before: the trusted root of the version below, or null. */
export function openRoot(bytes, before) {
  const note = parseNote(bytes);
  const l = new Lines(note.text);
  const n = version(l.one('tocsin-root'));
  const threshold = number(l.one('threshold'));
  const keys = l.all('key', 2).map(([name, pk]) => ({ name, pk: key(pk) }));
  l.end();
  require(keys.length <= 64 && keys.every((k) => /^[!-*,-~]{1,64}$/.test(k.name)), 'a bad name');
  ascending(keys.map((k) => k.name), byText);
  require(new Set(keys.map((k) => hex(k.pk))).size === keys.length, 'a key twice');
  require(threshold >= 1 && threshold <= keys.length, 'an impossible threshold');
  require(countSigners(note, keys) >= threshold, 'too few signatures of its own');
  if (before) {
    require(n === before.version + 1, 'a version left out');
    require(countSigners(note, before.keys) >= before.threshold, 'too few signatures');
  }
  return { version: n, threshold, keys, hash: note.hash };
}

function parseBoards(l) {
  const boards = l.all('board', 6).map((f) => {
    const bid = board(f[0]);
    const [entry, tick, slots, max, spread] = f.slice(1).map((v) => number(v, 4096));
    require(isEntryLength(entry) && 3600 % tick === 0, 'a bad board');
    require(max <= 1024 && spread <= 1024 && Number.isInteger(Math.log2(max / slots)), 'a bad board');
    require(slots <= max, 'a bad board');
    return { id: bid, entry, tick, slots, max, spread };
  });
  ascending(boards.map((b) => b.id), (a, b) => a - b);
  const answers = boards.filter(isForAnswers).length;
  require(answers >= 1 && answers <= ANSWERS_MAX, 'no board for answers, or too many');
  return boards;
}

const isUrl = (text) => text.length <= 200 && /^(https?:\/\/|unix:\/)[!-~]+$/.test(text);
const allDifferent = (items) => new Set(items.map(hex)).size === items.length;

function parseRelays(l) {
  const relays = l.all('relay', -1).map((f) => ({
    id: id(f[0]), pk: key(f[1]), closing: f[2] === 'open' ? 0 : day(f[2]), urls: f.slice(3),
  }));
  const open = relays.filter((r) => !r.closing).length;
  require(open >= 1 && open <= 2 && relays.length - open <= 2, 'no open relay, or too many');
  for (const { urls } of relays) {
    require(urls.length >= 1 && urls.length <= 8 && urls.every(isUrl), 'a bad address of a relay');
  }
  require(allDifferent(relays.map((r) => r.id)), 'a relay twice');
  require(allDifferent(relays.map((r) => r.pk)), 'a page key twice');
  return relays;
}

// Nothing that a terminal or a line would take for more than text.
const isName = (text) => new TextEncoder().encode(text).length <= 200
  && text.trim() !== '' && !text.startsWith(' ') && !text.endsWith(' ')
  && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text);

function parseOrgs(l, boards) {
  const orgs = l.all('org', 9, true).map((f) => ({
    id: id(f[0]), pk: key(f[1]), board: board(f[2]), kind: f[3], countries: list(f[4]),
    sectors: list(f[5]), languages: list(f[6]), codes: list(f[7]), name: f[8], revoked: 0,
  }));
  for (const o of orgs) {
    require(list(o.kind).length <= 1 && isName(o.name), 'a bad organisation');
    require(boards.some((b) => b.id === o.board && !isForAnswers(b)), 'an organisation without a board');
  }
  ascending(orgs.map((o) => o.id), compare);
  const revoked = l.all('revoked', 2).map(([o, d]) => ({ id: id(o), day: day(d) }));
  ascending(revoked.map((r) => r.id), compare);
  for (const r of revoked) {
    const org = orgs.find((o) => equal(o.id, r.id));
    if (org) {
      org.revoked = r.day;
    }
  }
  return orgs;
}

export function openDirectory(bytes, root) {
  const note = parseNote(bytes);
  require(countSigners(note, root.keys) >= root.threshold, 'too few signatures');
  const l = new Lines(note.text);
  const d = { hash: note.hash };
  d.version = version(l.one('tocsin-directory'));
  d.issued = day(l.one('issued'));
  d.expires = number(l.one('expires'));
  d.retention = number(l.one('retention'), 90);
  require(d.retention >= 3, 'a bad retention');
  d.page = l.one('page');
  id(d.page);
  d.boards = parseBoards(l);
  d.relays = parseRelays(l);
  d.orgs = parseOrgs(l, d.boards);
  l.end();
  require(d.expires >= d.issued && d.expires - d.issued <= 90, 'a life that is too long');
  return d;
}

const orgName = (kind, org) => `${kind}-${hex(org).slice(0, 16)}`;

/** By this key alone. */
const isSignedBy = (note, signer) => note.sigs.length === 1 && countSigners(note, [signer]) === 1;

export function openDeskNote(bytes, org) {
  const note = parseNote(bytes);
  require(isSignedBy(note, { name: orgName('desk', org.id), pk: org.pk }), 'not signed');
  const l = new Lines(note.text);
  const n = { version: version(l.one('tocsin-desk')) };
  require(equal(id(l.one('org')), org.id), 'another organisation');
  n.issued = day(l.one('issued'));
  n.expires = day(l.one('expires'));
  const [w, k, q, v] = l.fields('keys', 4);
  n.keys = { week: week(w), k: key(k), q: key(q, 1216), v: key(v) };
  n.next = key(l.one('next'));
  n.past = l.all('past', 2).map(([before, pv]) => ({ week: week(before), v: key(pv) }));
  l.end();
  const first = 7 * n.keys.week;
  require(n.past.length <= PAST_MAX && n.past.every((p) => p.week < n.keys.week), 'bad past weeks');
  ascending(n.past.map((p) => p.week), (a, b) => a - b);
  require(n.issued >= first - 5 && n.issued <= first + 6, 'issued for another week');
  require(n.expires <= Math.min(n.issued + 10, first + 11), 'a life that is too long');
  require(n.expires >= n.issued, 'a life that is over before it begins');
  return n;
}

/**
 * V of a week, by a desk note: { v }, or { why }: 'old', a week below all that are
 * listed; 'ahead', one above them; 'forged', one that was left out between them.
 */
export function verifyKey({ keys, next, past }, of) {
  const known = past.find((p) => p.week === of)?.v
    ?? (of === keys.week ? keys.v : of === keys.week + 1 ? next : null);
  if (known) {
    return { v: known };
  }
  return { why: of < (past[0]?.week ?? keys.week) ? 'old' : of > keys.week ? 'ahead' : 'forged' };
}

export function openSeenNote(bytes, org, desk) {
  const note = parseNote(bytes);
  const l = new Lines(note.text);
  const s = { day: version(l.one('tocsin-seen'), DAY_MAX) };
  require(equal(id(l.one('org')), org.id), 'another organisation');
  const [known, hash] = l.fields('directory', 2);
  s.directoryVersion = number(known);
  s.directoryHash = id(hash);
  s.pages = l.all('page', 4).map(([relay, b, n, h]) => ({
    relay: id(relay), board: board(b), number: number(n, 2 ** 48 - 1), hash: id(h),
  }));
  require(s.pages.length <= PAGES_MAX, 'too many pages');
  ascending(s.pages, (a, b) => compare(a.relay, b.relay) || a.board - b.board);
  l.end();
  const { v } = verifyKey(desk, Math.floor(s.day / 7));
  require(v, 'no key of that week');
  require(isSignedBy(note, { name: orgName('seen', org.id), pk: v }), 'not signed');
  return s;
}
