// SPDX-License-Identifier: ISC
// What the two ends see, against the project's vectors, byte for byte.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openAnswer, sealAnswer, unwrapAnswer, wrapAnswer } from '../src/proto/answer.js';
import { readAnswerText } from '../src/proto/answertext.js';
import * as body from '../src/proto/body.js';
import { concat, equal, hex, Malformed, Reader, unhex, utf8, utf8Decode } from '../src/proto/bytes.js';
import { codeDigits, codeWords, parseCode } from '../src/proto/code.js';
import * as conv from '../src/proto/conversation.js';
import { blake2b256, hash, kdf } from '../src/proto/kdf.js';
import * as report from '../src/proto/report.js';
import { X25519 } from '../src/proto/hpke.js';

const load = (name) => {
  const { tests } = JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}.json`, import.meta.url)));
  assert.ok(tests.length > 0);
  return tests;
};
const bytes = (t, ...keys) => keys.map((k) => unhex(t[k]));

test('kdf', () => {
  for (const t of load('kdf')) {
    const [key, data] = bytes(t, 'key', 'data');
    const out = t.function === 'BLAKE2b-256' ? blake2b256(data)
      : t.function.startsWith('H') ? hash(t.label, data) : kdf(key, t.label, data, t.out.length / 2);
    assert.equal(hex(out), t.out, t.function);
  }
});

test('code', () => {
  for (const t of load('code')) {
    if (t.op === 'show') {
      assert.equal(codeWords(unhex(t.code)).join(' '), t.words);
      assert.equal(codeDigits(unhex(t.code)), t.digits.replaceAll(' ', ''));
    } else if (t.code !== undefined) {
      assert.equal(hex(parseCode(t.typed)), t.code, t.typed);
    } else {
      assert.throws(() => parseCode(t.typed), (e) => {
        assert.equal(e.what, t.error, t.typed);
        if (t.error === 'letter') {
          assert.deepEqual([e.position, e.letter], [t.position, t.letter], t.typed);
        }
        if (t.error === 'word') {
          assert.equal(e.position, t.position);
          assert.equal(e.hint, t.hint, t.typed);
        }
        return true;
      });
    }
  }
});

test('conversation', () => {
  for (const t of load('conversation')) {
    const seed = conv.seedOf(unhex(t.code));
    const root = conv.rootOf(seed, unhex(t.O));
    const { r, R } = conv.replyKey(seed, unhex(t.O));
    assert.deepEqual([seed, root, r, R, conv.conversationId(root)].map(hex),
      [t.seed, t.root_O, t.r_O, t.R_O, t.conversation_id]);
  }
});

test('head', () => {
  for (const t of load('head')) {
    if (t.result !== 'valid') {
      continue;
    }
    const [a, b, key, digest, text, p] = bytes(t, 'A', 'B', 'body_key', 'digest', 'text', 'P');
    const info = { boxes: t.boxes, length: t.body_length, key, digest };
    assert.equal(hex(report.writeHead(t.kind, text, a, b, info, p)), t.head);
    if (t.root_O) {
      const [root, r, R, k, e] = bytes(t, 'root_O', 'r_O', 'R_O', 'K_t', 'E');
      assert.equal(hex(report.provenHead(t.kind, text, { root, r, R }, { week: t.t, k }, e, info)), t.head);
    }
  }
});

test('entry', () => {
  for (const t of load('entry')) {
    const [org, k, q, entry] = bytes(t, 'O', 'k', 'q', 'entry');
    const opened = report.openEntry(entry, org, { week: t.t, k, q });
    if (t.result !== 'valid') {
      assert.equal(opened, null, t.comment);
      continue;
    }
    assert.equal(hex(opened), t.head);
    const [K, Q, head, eseed] = bytes(t, 'K', 'Q', 'head', 'eseed');
    assert.equal(hex(report.entryKey(eseed)), t.E);
    assert.equal(hex(report.sealEntry({ org, week: t.t, k: K, q: Q }, head, eseed)), t.entry);
  }
});

test('body', () => {
  for (const t of load('body')) {
    if (t.op === 'boxes') {
      assert.equal(body.boxesFor(t.length), t.boxes, `${t.length}`);
    } else if (t.body !== undefined) {
      if (t.result === 'valid') {
        assert.equal(body.parseItems(unhex(t.body)).length, t.items.length ?? t.items);
      } else {
        assert.throws(() => body.parseItems(unhex(t.body)));
      }
    } else {
      const from = unhex(t.seed ?? t.root_O);
      const [digest, R] = bytes(t, 'digest', 'R');
      const key = t.seed ? body.reportBodyKey(from, unhex(t.O), t.t, digest) : body.answerBodyKey(from, t.answer, digest);
      const address = body.bodyAddress(key, R, t.i);
      assert.deepEqual([key, address, body.bodyBurnSecret(from, address)].map(hex),
        [t.body_key, t.address, t.burn_secret]);
      if (t.box) {
        assert.equal(hex(body.sealBox(key, R, t.i, unhex(t.plain))), t.box);
        assert.equal(hex(body.openBox(key, R, t.i, unhex(t.box))).slice(0, t.plain.length), t.plain);
      }
    }
  }
});

test('answer', () => {
  for (const t of load('answer')) {
    const [root, relay] = bytes(t, 'root_O', 'R');
    if (t.op === 'names') {
      assert.equal(hex(conv.answerAddress(root, relay, t.i)), t.address);
      assert.equal(hex(conv.answerBurnSecret(root, relay, t.i)), t.burn_secret);
      assert.equal(hex(conv.answerEntries(root)[t.i]), t.entry);
      continue;
    }
    const [org, r, box, v, next] = bytes(t, 'O', 'r_O', 'box', 'V', 'next');
    const desk = { keys: { week: t.week, v }, next, past: [] };
    const R = t.R_O ? unhex(t.R_O) : X25519.publicKey(r);
    const open = () => openAnswer({ org, root, r, R, i: t.i, inner: unwrapAnswer({ root, relay, i: t.i, box }) ?? new Uint8Array(15960), desk, today: t.today });
    if (t.result !== 'valid') {
      const message = { 'too old to check': 'old', 'get a newer list': 'ahead', 'later than tomorrow': 'later', damaged: 'malformed', invalid: 'forged' }[t.result];
      assert.throws(open, { message }, t.comment);
      continue;
    }
    const a = open();
    assert.equal(a.text, t.text);
    assert.equal(a.day, t.day);
    if (!t.V_secret) {
      continue; // the box of the one before
    }
    const [vSecret, eseed, n, key, digest] = bytes(t, 'V_secret', 'eseed', 'n', 'body_key', 'digest');
    const text = utf8(t.text);
    const inner = sealAnswer({
      org, root, R, i: t.i, text, day: t.day, vSecret: vSecret.subarray(0, 32), eseed,
      body: { boxes: t.boxes, length: t.body_length, key, digest },
    });
    assert.equal(hex(wrapAnswer({ root, relay, i: t.i, n, inner })), t.box);
  }
});

test('a signed answer that breaks the table is not shown', () => {
  const t = load('answer').find((x) => x.result === 'valid');
  const [org, root, r, v, vSecret, eseed, R] = bytes(t, 'O', 'root_O', 'r_O', 'V', 'V_secret', 'eseed', 'R_O');
  const open = (changed) => {
    const inner = sealAnswer({ org, root, R, i: 1, text: utf8('x'), day: 20000, vSecret: vSecret.subarray(0, 32), eseed, ...changed });
    const desk = { keys: { week: Math.floor(20000 / 7), v }, next: one, past: [{ week: 2800, v: one }] };
    return openAnswer({ org, root, r, R, i: 1, inner, desk, today: 20012 });
  };
  const one = new Uint8Array(32).fill(1);
  assert.equal(open({}).day, 20000);
  const zero = new Uint8Array(32);
  // A day that no calendar shows once kept all other answers from being shown.
  for (const [day, message] of [[0, 'forged'], [1000000, 'forged'], [2 ** 32 - 1, 'forged'], [7, 'old'], [19993, 'forged'], [20012, 'forged'], [20013, 'ahead'], [20014, 'later'], [999999, 'later']]) {
    assert.throws(() => open({ day }), { message }, `day ${day}`);
  }
  for (const changed of [{ text: unhex('ff') },
    { body: { boxes: 1, length: 5, key: zero, digest: one } }, { body: { boxes: 1, length: 5, key: one, digest: zero } },
    { body: { boxes: 0, length: 0, key: one, digest: one } }, { body: { boxes: 2, length: 5, key: one, digest: one } }]) {
    assert.throws(() => open(changed), { message: 'malformed' }, JSON.stringify(changed));
  }
});

test('answertext', () => {
  for (const t of load('answertext')) {
    const text = utf8Decode(unhex(t.text));
    if (text === null) {
      assert.equal(t.broken, 1, t.comment); // the answer is damaged
      continue;
    }
    const a = readAnswerText(text);
    const line = (value) => (value === undefined ? undefined : hex(utf8(value)));
    assert.deepEqual([a.broken, a.status, line(a.outcome), line(a.ref), a.refer && hex(a.refer), a.unknown.length, hex(utf8(a.free))],
      [t.broken === 1, t.status, t.outcome, t.ref, t.refer, t.unknown, t.free], t.comment);
  }
});

test('attachments of more parts than a page can show are none', () => {
  const items = (n) => concat(...new Array(n).fill(body.itemHead('a/b', '', 0)));
  assert.equal(body.parseItems(items(1000)).length, 1000);
  assert.throws(() => body.parseItems(items(1001)), Malformed);
});

test('report', () => {
  for (const t of load('report')) {
    const r = report.readText(unhex(t.text));
    assert.deepEqual([r.broken, r.lines.length, hex(r.free)], [t.broken === 1, t.lines, t.free], t.comment);
    assert.equal(r.lines.find(([k]) => k === 'violation')?.[1] ?? '', Buffer.from(t.first_violation, 'hex').toString(), t.comment);
    if (!t.broken) {
      assert.equal(hex(report.writeText(r.lines, Buffer.from(r.free).toString())), t.text);
    }
  }
});

/** The head block of a sealed file: { week, cells, hash }. */
function sealedHead(block) {
  const r = new Reader(block);
  r.require(equal(r.take(16), utf8('tocsin/1 sealed\n')));
  const head = { week: r.u32(), records: r.u32(), hash: r.take(32) };
  r.require(head.records > 0);
  r.zero(r.left);
  return head;
}

/** A letter: a PUT for that relay; "-": a RING. */
function isInOrder(order) {
  const m = /^([A-Z]*)(-+)$/.exec(order);
  const runs = m ? m[1].match(/(.)\1*/g) ?? [] : [];
  return m !== null && runs.length <= 2 && new Set(runs.map((r) => r[0])).size === runs.length
    && runs.every((r) => r.length === runs[0].length);
}

test('sealedfile', () => {
  const all = load('sealedfile');
  const heads = all.filter((t) => t.op === 'head');
  for (const [n, t] of heads.entries()) {
    const block = new Uint8Array(16384);
    block.set(unhex(t.head_start));
    block[16383] = n === heads.length - 1 ? 1 : 0;
    if (t.result !== 'valid') {
      assert.throws(() => sealedHead(block), Malformed);
      continue;
    }
    const head = sealedHead(block);
    assert.deepEqual([head.week, head.records], [t.last_week, t.records]);
    const record = new Uint8Array(32 + 16384);
    record[0] = 1;
    const whole = concat(block.subarray(0, 24), block.subarray(56), record, record);
    assert.equal(hex(blake2b256(whole)), hex(head.hash));
  }
  const orders = all.filter((t) => t.op === 'records');
  assert.ok(orders.length > 5);
  orders.forEach((t) => assert.equal(isInOrder(t.order), t.result === 'valid', t.order));
});

test('every file of vectors is read by a test', () => {
  const here = new URL('.', import.meta.url);
  const tests = readdirSync(here).filter((f) => f.endsWith('_test.mjs')).map((f) => readFileSync(new URL(f, here), 'utf8')).join('');
  const names = readdirSync(new URL('../../../tests/vectors/', import.meta.url)).filter((f) => f.endsWith('.json'));
  assert.ok(names.length >= 15);
  names.forEach((n) => assert.ok(tests.includes(`load('${n.slice(0, -5)}')`), n));
});
