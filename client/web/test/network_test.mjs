// SPDX-License-Identifier: ISC
// The bundle of a visit is joined with what is known: no relay can hide a note that the
// page has, and one with an older directory still gives its notes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { carriedNetwork, loadNetwork, NoNetwork } from '../src/network.js';
import { isConfirmed } from '../src/proto/bundle.js';
import { base64, concat, hex, utf8 } from '../src/proto/bytes.js';
import { openRoot } from '../src/proto/directory.js';
import { X25519, XWING } from '../src/proto/hpke.js';
import { blake2b256 } from '../src/proto/kdf.js';
import { parseNote } from '../src/proto/note.js';
import { ANSWERS, BEGIN, DAY, frame, note, REPORTS } from './sim.mjs';

const TODAY = Math.floor(BEGIN / DAY);
const WEEK = Math.floor(TODAY / 7);
const secret = (n) => new Uint8Array(32).fill(n);
const publicKey = (sk) => ed25519.getPublicKey(sk);
const ROOT = note(`tocsin-root v1\nthreshold 1\nkey ana ${base64(publicKey(secret(5)))}\n`, 'ana', secret(5));
const RELAYS = [41, 42].map((n, i) => ({ pk: publicKey(secret(n)), url: `http://relay${i}.example` }));
const ORGS = [60, 61].map((n) => ({ sk: secret(n), pk: publicKey(secret(n)), id: blake2b256(publicKey(secret(n))), v: secret(n + 30) }))
  .sort((a, b) => (hex(a.id) < hex(b.id) ? -1 : 1));
const SETTINGS = { anchor: openRoot(ROOT, null), relays: RELAYS.map(({ url }) => ({ url })) };

function directory(version, { issued = TODAY - 10, keys = [] } = {}) {
  const boards = [ANSWERS, REPORTS].map((b) => `board ${b.id} ${b.entry} ${b.tick} ${b.slots} ${b.max} ${b.spread}\n`);
  const relays = RELAYS.map((r) => `relay ${hex(blake2b256(r.pk))} ${base64(r.pk)} open ${r.url}\n`);
  const orgs = ORGS.map((o, i) => `org ${hex(o.id)} ${base64(keys[i] ?? o.pk)} 1 union - - en - Union ${i}\n`);
  return note(`tocsin-directory v${version}\nissued ${issued}\nexpires ${issued + 60}\nretention 28\npage ${'0'.repeat(64)}\n${
    [...boards, ...relays, ...orgs].join('')}`, 'ana', secret(5));
}

function desk(i, version, v = ORGS[i].v) {
  const org = ORGS[i];
  const keys = [X25519.publicKey(secret(70)), XWING.publicKey(secret(80)), publicKey(v)].map(base64).join(' ');
  return note(`tocsin-desk v${version}\norg ${hex(org.id)}\nissued ${TODAY}\nexpires ${TODAY + 7}\nkeys ${WEEK} ${keys}\nnext ${base64(publicKey(secret(99)))}\n`,
    `desk-${hex(org.id).slice(0, 16)}`, org.sk);
}

function seen(i, day, of, version) {
  const org = ORGS[i];
  return note(`tocsin-seen v${day}\norg ${hex(org.id)}\ndirectory ${version} ${hex(parseNote(of).hash)}\n`,
    `seen-${hex(org.id).slice(0, 16)}`, org.v);
}

const bundle = (...notes) => concat(...[ROOT, ...notes].map(frame));

/** Loads from relays that serve these. */
function load(served, known = null) {
  const net = {
    ticks: () => 0,
    sleep: () => new Promise(() => {}),
    get: async ({ url }, path) => {
      const bytes = served[RELAYS.findIndex((r) => r.url === url)];
      return path === '/v1/status' ? utf8(`tocsin 1\nbundle ${hex(blake2b256(bytes))}\n`) : bytes;
    },
  };
  return loadNetwork(net, SETTINGS, known, BEGIN);
}

const notesOf = ({ directory: { orgs } }) => orgs.map((o) => [o.desk?.version ?? 0, o.seen?.day ?? 0]);
const D3 = directory(3);
const D4 = directory(4, { issued: TODAY - 5 });

test('what the page carries, and what the visit before brought, is not forgotten', async () => {
  const carried = carriedNetwork({ ...SETTINGS, network: bundle(D3, desk(0, 7), seen(0, TODAY - 1, D3, 3), desk(1, 2)) }, BEGIN);
  const served = bundle(D3, desk(0, 5), seen(0, TODAY - 2, D3, 3), desk(1, 9), seen(1, TODAY - 2, D3, 3));
  const first = await load([served, served], carried);
  assert.deepEqual(notesOf(first), [[7, TODAY - 1], [9, TODAY - 2]]);
  assert.deepEqual(notesOf(carried), [[7, TODAY - 1], [2, 0]], 'that stays as it was');
  const bare = bundle(D3);
  const second = await load([bare, bare], first);
  assert.deepEqual(notesOf(second), notesOf(first));
  assert.ok(isConfirmed(second, second.today));
  assert.ok(!isConfirmed(await load([bare, bare]), TODAY));
  // And with a directory that is newer.
  const third = await load([bundle(D4), bundle(D4)], second);
  assert.deepEqual([third.directory.version, ...notesOf(third)], [4, ...notesOf(first)]);
});

test('a bundle with an older directory still gives its notes, whichever comes first', async () => {
  for (let i = 0; i < 12; i++) { // drawn by lot
    const network = await load([bundle(D4, desk(0, 5)), bundle(D3, desk(0, 3), desk(1, 1000), seen(1, TODAY - 2, D3, 3))]);
    assert.deepEqual([network.directory.version, ...notesOf(network)], [4, [5, 0], [1000, TODAY - 2]]);
    assert.ok(network.relays.every((r) => !r.lost));
  }
  const known = await load([bundle(D4), bundle(D4)]);
  await assert.rejects(load([bundle(D3, desk(1, 1000)), bundle(D3)], known), (e) => e instanceof NoNetwork && e.problems.every((p) => p.problem.message === 'older'));
  const both = await load([bundle(D3, desk(1, 1000)), bundle(D4)], known);
  assert.deepEqual(notesOf(both), [[0, 0], [1000, 0]]);
  assert.deepEqual(both.relays.map((r) => r.trouble?.message ?? null), ['older', null]);
});

test('a note counts by the keys of the newest directory and of the newest desk note', async () => {
  const old = await load([bundle(D3, desk(0, 7), seen(0, TODAY - 1, D3, 3)), bundle(D3)]);
  assert.deepEqual(notesOf(old)[0], [7, TODAY - 1]);
  const moved = directory(4, { keys: [publicKey(secret(66))] });
  const network = await load([bundle(moved), bundle(moved)], old);
  assert.deepEqual(notesOf(network)[0], [0, 0], 'another identity key');
  const revoked = bundle(D3, desk(0, 8, secret(77)));
  assert.deepEqual(notesOf(await load([revoked, revoked], old))[0], [8, 0], 'a V that its note no longer has');
});

test('what is known may contradict what comes: a fork, or a newer directory that most have seen', async () => {
  const known = await load([bundle(D4), bundle(D4)]);
  const fork = directory(4, { issued: TODAY - 6 });
  await assert.rejects(load([bundle(fork), bundle(fork)], known), (e) => e.problems.every((p) => p.problem.message === 'contradicted'));
  const d5 = directory(5, { issued: TODAY - 4 });
  const told = carriedNetwork({ ...SETTINGS, network: bundle(D3, desk(0, 7), seen(0, TODAY - 1, d5, 5)) }, BEGIN);
  await assert.rejects(load([bundle(D4), bundle(D4)], told), (e) => e.problems.every((p) => p.problem.message === 'contradicted'));
  assert.equal((await load([bundle(d5), bundle(D4)], told)).directory.version, 5);
});
