// SPDX-License-Identifier: ISC
// What the relay sees too, against the project's vectors: cells, effort,
// pages, notes, bundles; and that what must be refused is.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkBundle, isConfirmed, openBundle, orgProblem, todayOf } from '../src/proto/bundle.js';
import { concat, hex, Malformed, u32, unhex, utf8 } from '../src/proto/bytes.js';
import * as cell from '../src/proto/cell.js';
import { openDeskNote, openDirectory, openRoot, openSeenNote } from '../src/proto/directory.js';
import { challenge, effortHour, effortOf, hashBefore, solve } from '../src/proto/effort.js';
import { verify } from '../src/proto/ed25519.js';
import { blake2b256 } from '../src/proto/kdf.js';
import { countSigners, keyId, parseNote } from '../src/proto/note.js';
import { pageHash, pageIsSigned, parsePage, parseSpan } from '../src/proto/page.js';
import { parseStatus } from '../src/proto/status.js';

globalThis.crypto ??= webcrypto;

const load = (name) => {
  const { tests } = JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url)));
  assert.ok(tests.length > 0);
  return tests;
};
/** A cell is written without the zeros at its end. */
const whole = (h) => {
  const out = new Uint8Array(cell.CELL);
  out.set(unhex(h));
  return out;
};
const opens = (t, open) => {
  if (t.result === 'valid') {
    return open();
  }
  assert.throws(open, undefined, t.comment);
  return null;
};

const nonceOf = (t) => (t.nonce ? unhex(t.nonce) : new Uint8Array(8));

test('ed25519', () => {
  for (const t of load('ed25519')) {
    assert.equal(verify(unhex(t.signature), unhex(t.message), unhex(t.pk)), t.result === 'valid', t.comment);
  }
});

test('cell', () => {
  const make = {
    0: () => cell.nop(),
    1: (t) => cell.put(unhex(t.address), unhex(t['burn hash']), unhex(t.box), nonceOf(t)),
    2: (t) => cell.get(unhex(t.address)),
    3: (t) => cell.burn(unhex(t.address), unhex(t['burn secret'])),
    4: (t) => cell.ring(t.board, unhex(t.entry), nonceOf(t)),
  };
  for (const t of load('cell')) {
    if (t.kind === 'answer') {
      const a = opens(t, () => cell.parseAnswer(whole(t.cell), t.op));
      if (a) {
        assert.deepEqual([a.status, a.effort, a.expiryDay, a.page], [t.status, t.effort, t['expiry day'], t.page]);
        assert.equal(a.box ? hex(a.box) : undefined, t.box);
      }
    } else if (t.result === 'valid' && make[t.op]) {
      assert.equal(hex(make[t.op](t)), hex(whole(t.cell)));
    }
  }
});

test('effort', () => {
  const board = { id: 0, entry: 16, tick: 600, slots: 2, max: 64 };
  const drop = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  for (const t of load('effort')) {
    if (t.kind === 'hour') {
      assert.equal(effortHour(t.tick, t.now), t.s);
    } else if (t.kind === 'file') {
      const find = () => hashBefore(board, unhex(t.pk), t.s, unhex(t.file));
      if (t.result === 'refused') {
        assert.throws(find, Malformed, t.comment);
      } else {
        assert.equal(t.result === 'none' ? find() : hex(find()), t.h ?? null, t.comment);
      }
    } else {
      const c = challenge(unhex(t.R), t.board, unhex(t.h));
      const make = (nonce) => (t.entry ? cell.ring(0, unhex(t.entry), nonce) : cell.put(...drop, unhex(t.box), nonce));
      assert.equal(hex(c), t.c);
      assert.equal(hex(blake2b256(make(new Uint8Array(8)))), t['cell hash']);
      assert.equal(effortOf(make(unhex(t.nonce)), c), t.effort);
    }
  }
});

test('nonces: random at first, then from a random number up by one', async () => {
  const entry = new Uint8Array(16).fill(9);
  const c = new Uint8Array(32);
  const drawn = new Set(Array.from({ length: 50 }, () => hex(cell.ring(0, entry).subarray(8, 16))));
  assert.equal(drawn.size, 50);
  const solved = new Set();
  for (let i = 0; i < 20; i++) {
    const bytes = cell.ring(0, entry);
    await solve(bytes, c, 6, async () => {});
    assert.ok(effortOf(bytes, c) >= 6);
    solved.add(hex(bytes.subarray(8, 12)));
  }
  assert.ok(solved.size > 15, 'each begins somewhere else');
  // Numbers begin anew after the last one, and none is left out.
  const real = crypto.getRandomValues;
  crypto.getRandomValues = (a) => a.fill(255);
  try {
    const bytes = cell.ring(0, entry, new Uint8Array(8));
    await solve(bytes, c, 6, async () => {});
    const tried = [new Uint8Array(8).fill(255), ...Array.from({ length: 4096 }, (_, n) => concat(new Uint8Array(4), u32(n)))];
    const first = tried.find((nonce) => effortOf(cell.ring(0, entry, nonce), c) >= 6);
    assert.equal(hex(bytes.subarray(8, 16)), hex(first));
  } finally {
    crypto.getRandomValues = real;
  }
});

test('page', () => {
  for (const t of load('page')) {
    const board = { id: t.board, entry: t['entry size'], tick: t.tick, slots: t.slots, max: t.max };
    const pk = unhex(t.pk);
    if (t.kind === 'file') {
      const after = t.after === undefined ? null : { number: t.after, hash: unhex(t['after hash']) };
      opens(t, () => parseSpan(board, unhex(t.file), pk, after));
      continue;
    }
    const p = opens(t, () => parsePage(board, unhex(t.page)));
    if (p) {
      assert.deepEqual([p.slots, p.effort, p.number, p.previous], [t['page slots'], t.effort, t.number, t.previous]);
      assert.equal(p.entries.map(hex).join(''), t.entries);
      assert.equal(hex(pageHash(p)), t.hash);
      assert.ok(pageIsSigned(p, pk));
    }
  }
});

test('note', () => {
  const vkey = (text) => {
    const [name, id, rest] = [...text.split('+', 2), text.split('+').slice(2).join('+')];
    const key = { name, pk: new Uint8Array(Buffer.from(rest, 'base64')).subarray(1) };
    assert.equal(hex(keyId(key)), id);
    return key;
  };
  for (const t of load('note')) {
    const keys = t.vkeys.split(' ').filter(Boolean).map(vkey);
    if (t.result === 'malformed') {
      assert.throws(() => parseNote(utf8(t.note)), undefined, t.comment);
    } else if (t.result === 'invalid') {
      assert.throws(() => countSigners(parseNote(utf8(t.note)), keys), undefined, t.comment);
    } else {
      const note = parseNote(utf8(t.note));
      assert.equal(countSigners(note, keys), t.signers ?? 0, t.comment);
      assert.equal(hex(note.hash), t.hash ?? hex(note.hash));
    }
  }
});

test('root', () => {
  for (const t of load('root')) {
    const before = t.before ? openRoot(utf8(t.before), null) : null;
    const r = opens(t, () => openRoot(utf8(t.note), before));
    if (r) {
      assert.deepEqual([r.version, r.threshold, r.keys.length, hex(r.hash)], [t.version, t.threshold, t.keys, t.hash]);
    }
  }
});

test('directory', () => {
  const [first, ...tests] = load('directory');
  const root = openRoot(utf8(first.note), null);
  for (const t of tests) {
    const d = opens(t, () => openDirectory(utf8(t.note), root));
    if (d) {
      assert.deepEqual([d.version, d.issued, d.expires, d.retention], [t.version, t.issued, t.expires, t.retention]);
      assert.deepEqual([d.boards.length, d.relays.length, d.orgs.length], [t.boards, t.relays, t.orgs]);
      assert.equal(d.orgs.filter((o) => o.revoked).length, t['orgs revoked']);
      assert.equal(hex(d.hash), t.hash);
    }
  }
});

// The page has no use for them; they are notes like others.
test('doors', () => {
  const root = openRoot(utf8(load('directory')[0].note), null);
  for (const t of load('doors')) {
    const note = parseNote(utf8(t.note));
    assert.equal(countSigners(note, root.keys) >= root.threshold, t.comment !== 'one signature', t.comment);
    assert.equal(hex(note.hash), t.hash ?? hex(note.hash));
  }
});

const orgOf = (t) => ({ id: unhex(t.O), pk: unhex(t.pk) });

test('desknote', () => {
  for (const t of load('desknote')) {
    const n = opens(t, () => openDeskNote(utf8(t.note), orgOf(t)));
    if (n) {
      const w = n.keys;
      assert.deepEqual([n.version, n.issued, n.expires, w.week, n.past.length],
        [t.version, t.issued, t.expires, t.week, t.past]);
      assert.deepEqual([w.k, w.q, w.v, n.next].map(hex), [t.K, t.Q, t.V, t.next]);
    }
  }
});

test('seen', () => {
  const [first, ...tests] = load('seen');
  const org = orgOf(first);
  const desk = openDeskNote(utf8(first.note), org);
  for (const t of tests) {
    const n = opens(t, () => openSeenNote(utf8(t.note), org, desk));
    if (n) {
      assert.deepEqual([n.day, n.directoryVersion, hex(n.directoryHash), n.pages.length],
        [t.day, t['directory version'], t['directory hash'], t.pages]);
      if (t.pages > 0) {
        const [p] = n.pages;
        assert.deepEqual([hex(p.relay), p.board, p.number, hex(p.hash)], [t['relay id'], t.board, t.number, t.hash]);
      }
    }
  }
});

test('status', () => {
  for (const t of load('status')) {
    const st = opens(t, () => parseStatus(unhex(t.status)));
    if (st) {
      assert.equal(st.bundle, t.bundle, t.comment);
      assert.equal([...st.boards].map(([id, b]) => [id, b.newest, b.slots, b.effort].join(' ')).join(','), t.boards, t.comment);
    }
  }
});

test('bundle', () => {
  const [first, ...tests] = load('bundle');
  const anchor = openRoot(utf8(first.note), null);
  const verdict = (b, known, day) => {
    try {
      checkBundle(b, known, day);
      return 'ok';
    } catch (e) {
      return e.message;
    }
  };
  for (const t of tests) {
    const b = opens(t, () => openBundle(unhex(t.bundle), anchor));
    if (b) {
      const known = { rootVersion: 0, directoryVersion: t['known directory version'], directoryHash: t['known directory hash'] ? unhex(t['known directory hash']) : new Uint8Array(32) };
      const today = todayOf(b, t['local day']);
      assert.equal(b.root.version, t['root version']);
      assert.equal(today, t.today, t.comment);
      assert.equal(isConfirmed(b, today), t.confirmed === 'yes', t.comment);
      assert.equal(verdict(b, known, t['local day']), t.check, t.comment);
      assert.equal(b.directory.orgs.map((o) => orgProblem(o, today) || 'ok').join(','), t.orgs, t.comment);
    }
  }
});
