// SPDX-License-Identifier: ISC
// Boxes of a report at two relays that keep, lose, refuse or were there before;
// answers that differ at two relays. The same cases as tests/unit/upload_test.c.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { readAnswers } from '../src/inbox.js';
import { NetError } from '../src/net.js';
import { sealAnswer, wrapAnswer } from '../src/proto/answer.js';
import * as body from '../src/proto/body.js';
import { equal, hex, random, utf8 } from '../src/proto/bytes.js';
import { burnHash, OP, STATUS } from '../src/proto/cell.js';
import { answerAddress, replyKey, rootOf } from '../src/proto/conversation.js';
import { kdf } from '../src/proto/kdf.js';
import { buildBody, digestOf, sendReport } from '../src/send.js';
import { uploadBody, working } from '../src/upload.js';
import { addressOf as addressIn, World } from './sim.mjs';

globalThis.crypto ??= webcrypto;

const BOARD = { id: 1, entry: 4096, tick: 30, slots: 2, max: 32 };
const NOW = 2970 * 604800 + 1000;
const THIS = 2970;
const seed = new Uint8Array(32).fill(1);
const bytes = Uint8Array.from({ length: 6 * body.BOX_PLAIN }, (_, i) => i * 7 + (i >> 8));
const whole = { bytes, boxes: 6 };
const keyOf = (week) => kdf(seed, 'body', new Uint8Array([week >> 8, week & 255]));

/** Two relays; each: drops, loses, burned, puts, gets: what was asked for. */
function world() {
  const relays = [1, 2].map((n) => ({
    id: new Uint8Array(32).fill(n), url: `http://relay${n}`, drops: new Map(), loses: false, burned: false, puts: [], gets: [],
  }));
  const exchange = async (relay, cell) => {
    const address = hex(cell.subarray(16, 48));
    const there = relay.drops.get(address);
    if (cell[1] === 2) {
      relay.gets.push(address);
      return there ? { status: STATUS.PRESENT, box: there.box } : { status: STATUS.ABSENT };
    }
    const [burn, box] = [hex(cell.subarray(48, 80)), cell.slice(384)];
    relay.puts.push({ address, gets: relay.gets.length });
    if (relay.burned || (there && there.burn !== burn)) {
      return { status: STATUS.TAKEN };
    }
    if (!relay.loses) {
      relay.drops.set(address, { burn, box });
    }
    return { status: STATUS.STORED };
  };
  const at = new Map(relays.map((r) => [r, null]));
  const job = { keyOf, seed, whole, at, stored: new Set(), now: NOW };
  const upload = (more = {}) => uploadBody({ net: { exchange }, network: { directory: { boards: [BOARD] } } }, { ...job, ...more }, async () => {}, () => {});
  return { relays, at, job, upload, exchange };
}

const addressOf = (relay, i, week) => hex(body.bodyAddress(keyOf(week), relay.id, i));
const boxOf = (relay, i, week) => body.sealBox(keyOf(week), relay.id, i, bytes.subarray(i * body.BOX_PLAIN, (i + 1) * body.BOX_PLAIN));
/** Boxes that were there before; planted: other bytes. */
function had(relay, n, week, planted = false) {
  for (let i = 0; i < n; i++) {
    const address = body.bodyAddress(keyOf(week), relay.id, i);
    const burn = hex(burnHash(body.bodyBurnSecret(seed, address)));
    relay.drops.set(hex(address), planted ? { burn: 'other', box: random(16000) } : { burn, box: boxOf(relay, i, week) });
  }
}
const hasAll = (relay, week) => Array.from({ length: 6 }, (_, i) => i).every((i) => {
  const there = relay.drops.get(addressOf(relay, i, week));
  return there && equal(there.box, boxOf(relay, i, week));
});

test('box 0 first and alone, then all; two weeks are asked for before, three boxes after', async () => {
  const { relays, upload } = world();
  assert.equal(await upload(), THIS);
  for (const relay of relays) {
    assert.ok(hasAll(relay, THIS));
    assert.equal(relay.puts.length, 6);
    assert.deepEqual(relay.puts[0], { address: addressOf(relay, 0, THIS), gets: 2 });
    assert.deepEqual(relay.gets.slice(0, 2), [addressOf(relay, 0, THIS), addressOf(relay, 0, THIS - 1)]);
    assert.equal(new Set(relay.gets.slice(2)).size, 3);
    assert.ok(relay.gets.slice(2).every((a) => relay.drops.has(a)));
  }
  assert.ok([...relays[0].drops.keys()].every((a) => !relays[1].drops.has(a)), 'a drop belongs to one relay');
});

test('a relay that keeps nothing is not counted as having the files', async () => {
  const { relays, at, job, upload } = world();
  relays[0].loses = true;
  assert.equal(await upload(), THIS);
  assert.deepEqual(working(at), [relays[1]]);
  assert.deepEqual([at.get(relays[0]).code, relays[0].trouble.code], ['unkept', 'unkept']);
  assert.equal([...job.stored].filter((n) => n.endsWith('relay1')).length, 0);
});

test('a body of last week goes on under its key, at both relays', async () => {
  const { relays, upload } = world();
  had(relays[1], 2, THIS - 1);
  assert.equal(await upload(), THIS - 1);
  assert.ok(relays.every((r) => hasAll(r, THIS - 1)));
});

test('two relays that disagree about box 0: the newer week counts; an older one does not', async () => {
  const { relays, upload } = world();
  had(relays[0], 3, THIS - 1);
  had(relays[1], 1, THIS);
  assert.equal(await upload(), THIS);
  assert.ok(relays.every((r) => hasAll(r, THIS)));
  const old = world();
  had(old.relays[0], 6, THIS - 2);
  assert.equal(await old.upload(), THIS);
});

test('a planted box 0 decides nothing, and costs only its own relay', async () => {
  const { relays, upload } = world();
  had(relays[0], 1, THIS, true);
  had(relays[1], 2, THIS - 1);
  assert.equal(await upload(), THIS - 1);
  assert.ok(relays.every((r) => hasAll(r, THIS - 1)));
  const other = world();
  had(other.relays[0], 1, THIS, true);
  assert.equal(await other.upload(), THIS);
  assert.deepEqual(working(other.at), [other.relays[1]]);
  assert.ok(hasAll(other.relays[1], THIS));
});

test('what is burned everywhere can be sent again next week', async () => {
  const { relays, upload } = world();
  relays.forEach((r) => { r.burned = true; });
  await assert.rejects(upload(), (e) => e instanceof NetError && e.code === 'burned' && e.day === (THIS + 1) * 7);
});

test('taken, and our own box comes back: it is stored', async () => {
  const { relays, at, upload } = world();
  had(relays[0], 6, THIS);
  relays[0].burned = true;
  assert.equal(await upload(), THIS);
  assert.equal(working(at).length, 2);
});

test('a second try keeps its week and puts nothing twice', async () => {
  const { relays, upload } = world();
  assert.equal(await upload({ week: THIS - 1 }), THIS - 1);
  assert.ok(relays.every((r) => hasAll(r, THIS - 1) && r.puts.length === 6));
  assert.equal(await upload({ week: THIS - 1 }), THIS - 1);
  assert.ok(relays.every((r) => r.puts.length === 6));
});

test('a week that was chosen is kept through an upload that stops midway', async () => {
  const w = new World({ boards: [1] });
  const [first, second] = w.relays;
  const [{ id }] = w.orgs;
  const items = [{ type: 'text/plain', ending: 'txt', data: bytes }];
  const file = buildBody(items, null);
  const digest = await digestOf(file.bytes, async () => {});
  const key = (week) => body.reportBodyKey(seed, id, week, digest);
  const place = (relay, week, i) => hex(body.bodyAddress(key(week), relay.id, i));
  first.drops.set(place(first, THIS - 1, 0), { burn: '', box: body.sealBox(key(THIS - 1), first.id, 0, file.bytes.subarray(0, body.BOX_PLAIN)) });
  const again = {};
  const send = () => w.run(sendReport({
    net: w.net, visit: w.visit, network: () => w.network, seed, orgs: w.orgs, lines: [], free: 'They fired us.', items,
    followUp: () => false, again, pause: async () => {}, steps() {}, stopped() {},
  }));
  const down = { status: 0, bytes: null };
  const putsAt = (relay) => relay.seen.filter((s) => s.op === OP.PUT);
  const isAfterVisit = ({ seen }) => seen.filter((s) => s.op === OP.BURN && s.end).length === 2;
  // The one that has a box of last week does not say so, the other takes three.
  first.lie = ({ op }) => (op === OP.GET && isAfterVisit(first) ? down : null);
  second.lie = ({ op }) => (op === OP.PUT && putsAt(second).length > 3 ? down : null);
  await assert.rejects(send(), { code: 'offline' });
  assert.ok(putsAt(second).some((s) => addressIn(s) === place(second, THIS, 0)));
  // Now it does; the other one is away.
  w.relays.forEach((r) => { r.seen.length = 0; });
  first.lie = null;
  second.lie = ({ op }) => (op === OP.PUT || op === OP.GET ? down : null);
  await send();
  const boxes = Array.from({ length: file.boxes }, (_, i) => place(first, THIS, i));
  assert.deepEqual(putsAt(first).map(addressIn).sort(), boxes.sort());
});

test('a body that was burned in its week is another one in the next', async () => {
  const { relays, upload } = world();
  const chosen = [];
  relays.forEach((r) => { r.burned = true; });
  await assert.rejects(upload({ choose: (week) => chosen.push(week) }), { code: 'burned' });
  assert.deepEqual(chosen, [THIS, undefined]);
});

/** What relays say in a visit: boxes at addresses. */
function visitOf(boxes) {
  const relays = [1, 2].map((n) => ({ id: new Uint8Array(32).fill(n), url: `r${n}` }));
  const visit = async ({ choose }) => {
    const network = { directory: { orgs: [] }, relays };
    const { gets } = choose({ network, clues: new Map() });
    const ask = (address, relay) => boxes(relay).get(hex(address));
    return { network, gets: gets.map((get) => new Map(relays.map((r) => [r, ask(get(r), r)])
      .map(([r, box]) => [r, box ? { status: STATUS.PRESENT, box } : { status: STATUS.ABSENT }]))) };
  };
  return { net: { check() {}, sleep: async () => {}, pause: [0, 0] }, visit };
}

test('two verified answers of one number at two relays are both there; junk is absent', async () => {
  const vSecret = new Uint8Array(32).fill(9);
  const desk = { keys: { week: 2900, v: ed25519.getPublicKey(vSecret) }, next: new Uint8Array(32), past: [] };
  const org = { id: new Uint8Array(32).fill(3), name: 'Union', desk };
  const root = rootOf(seed, org.id);
  const { R } = replyKey(seed, org.id);
  const wrapped = (relay, i, text) => wrapAnswer({
    root, relay, i, n: random(24),
    inner: sealAnswer({ org: org.id, root, R, i, text: utf8(text), day: 20300, vSecret, eseed: random(32) }),
  });
  const placed = (relay, i, box) => [hex(answerAddress(root, relay.id, i)), box];
  const boxes = (relay) => new Map([
    placed(relay, 0, wrapped(relay.id, 0, relay.url)), // another at each
    placed(relay, 1, wrapped(relay.id, 1, 'the same')),
    placed(relay, 2, relay.url === 'r1' ? random(16000) : wrapped(relay.id, 2, 'good')),
    placed(relay, 3, random(16000)),
    placed(relay, 4, wrapAnswer({ root, relay: relay.id, i: 4, n: random(24), inner: random(15960) })),
    placed(relay, 5, wrapped(new Uint8Array(32).fill(relay.url === 'r1' ? 2 : 1), 5, 'of the other relay')),
  ]);
  const answers = [0, 1, 2, 3, 4, 5].map((i) => ({ org, i, day: 20300 }));
  const found = await readAnswers({ ...visitOf(boxes), seed, answers });
  const of = (i) => found.filter((a) => a.i === i);
  assert.deepEqual(of(0).map((a) => a.text).sort(), ['r1', 'r2']);
  assert.deepEqual(of(1).map((a) => a.text), ['the same']);
  assert.deepEqual(of(2).map((a) => a.text), ['good']);
  assert.deepEqual([3, 4, 5].map((i) => of(i).map((a) => a.state)), [['gone'], ['forged'], ['gone']]);
});
