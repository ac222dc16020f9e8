// SPDX-License-Identifier: ISC
// What work is about: the page after the hour, however a relay shows it, or does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dummyReportEntry } from '../src/proto/board.js';
import { hex, Malformed } from '../src/proto/bytes.js';
import { OP, ring, STATUS } from '../src/proto/cell.js';
import { challenge, effortHour, effortOf } from '../src/proto/effort.js';
import { Net, NetError } from '../src/net.js';
import { PutOff } from '../src/toll.js';
import { BEGIN, Chain } from './sim.mjs';

const BOARD = { id: 1, entry: 4096, tick: 30, slots: 2, max: 256 }; // 120 MiB an hour at most
const SMALL = { ...BOARD, max: 32 };
const WORK = { status: STATUS.MORE_EFFORT, effort: 3 };
const FILE_MAX = 64 * 1024 * 1024;
const SK = new Uint8Array(32).fill(7);

/** A relay whose answers take their time. serve(path, chain): { status, bytes }, or null for 404. */
function relayWith(board, { from = 3 * 3600, takes = 0, serve }) {
  const chain = new Chain(board, SK).begin(from, BEGIN);
  const asked = [];
  let now = 0;
  const net = new Net({
    send: async ({ url, max, all }) => {
      const path = url.replace('http://relay/v1/board/1/', '');
      const r = serve(path, chain) ?? { status: 404 };
      asked.push({ path, max, all, at: now });
      now += Math.min(takes, all);
      return takes > all ? { status: 0 } : r;
    },
    close() {},
  });
  net.now = () => BEGIN * 1000 + now;
  net.ticks = () => now;
  net.sleep = async (ms) => { now += ms; };
  const relay = { url: 'http://relay', id: new Uint8Array(32).fill(4), pk: chain.pk };
  const request = ring(board.id, dummyReportEntry());
  const visit = { net, network: { now: BEGIN } };
  const begin = async () => {
    const putOff = new PutOff(net, board, WORK);
    const shown = await putOff.begin(visit, relay, request);
    await putOff.work;
    return shown;
  };
  return { begin, asked, chain, relay, request, elapsed: () => now };
}

const page = (path, chain) => {
  const bytes = chain.pages.get(Number(path));
  return bytes ? { status: 200, bytes } : null;
};
const hour = (path, chain) => {
  const which = /^hour\/(\d+)$/.exec(path)?.[1];
  const bytes = which && chain.span('hour', Number(which));
  return bytes?.length ? { status: 200, bytes } : null;
};
const either = (path, chain) => page(path, chain) ?? hour(path, chain);

/** Was it worked for, by the newest page of that hour? */
function isWorked({ chain, relay, request }, board) {
  const s = effortHour(board.tick, BEGIN);
  const before = Math.max(...[...chain.pages.keys()].filter((n) => n <= s / board.tick));
  const next = Math.min(...[...chain.pages.keys()].filter((n) => n > before));
  return effortOf(request, challenge(relay.id, board.id, chain.pages.get(next).subarray(24, 56))) >= WORK.effort;
}

test('the first page after the hour says it; else the file of an hour', async () => {
  const at = relayWith(SMALL, { serve: either });
  assert.equal(await at.begin(), true);
  assert.equal(at.asked.length, 1);
  assert.ok(isWorked(at, SMALL));
  const away = relayWith(SMALL, { from: 600, serve: either }); // since after the eighth page
  assert.equal(await away.begin(), true);
  const paths = away.asked.map((a) => a.path);
  assert.deepEqual([paths.length, /^hour/.test(paths[8])], [9, true]);
});

test('the file of an hour that is too large is read as pages, where the board’s figures allow one', async () => {
  const serve = (path, chain) => (/^hour/.test(path) ? { status: 413 } : page(path, chain));
  const at = relayWith(BOARD, { from: 600, serve });
  assert.equal(await at.begin(), true);
  const file = at.asked.find(({ path }) => /^hour/.test(path));
  assert.equal(file.max, FILE_MAX);
  assert.equal(at.asked.filter(({ path }) => /^hour/.test(path)).length, 1);
  const s = effortHour(BOARD.tick, BEGIN);
  const last = Math.min(...at.chain.pages.keys());
  assert.deepEqual(at.asked.slice(9).map(({ path }) => Number(path)), Array.from({ length: last - s / 30 + 1 }, (_, i) => s / 30 + i));
  // One that its figures do not allow is no file of that board.
  const lies = relayWith(SMALL, { from: 600, serve });
  await assert.rejects(lies.begin(), (e) => e instanceof NetError && e.code === 'large');
});

test('however slowly a relay answers, all of it ends after ten minutes', async () => {
  for (const takes of [40000, 89000, 300000]) {
    const at = relayWith(BOARD, { from: 100, takes, serve: (path) => (/^hour/.test(path) ? { status: 413 } : null) });
    await assert.rejects(at.begin(), (e) => e instanceof NetError && e.code === 'offline');
    assert.ok(at.elapsed() >= 600000 && at.elapsed() < 700000, `${at.elapsed()} ms`);
    at.asked.forEach((a) => assert.ok(a.at + a.all <= at.asked[0].at + 600000));
  }
});

test('pages that are not the first after the hour, or of another key, are not worked for', async () => {
  const other = new Chain(SMALL, new Uint8Array(32).fill(8)).begin(3 * 3600, BEGIN);
  const forged = relayWith(SMALL, { serve: (path) => page(path, other) });
  await assert.rejects(forged.begin(), Malformed);
  const late = relayWith(SMALL, { serve: (path, chain) => page(`${Number(path) + 1}`, chain) });
  await assert.rejects(late.begin(), Malformed);
  const none = relayWith(SMALL, { serve: () => null });
  assert.equal(await none.begin(), false);
  assert.equal(none.request[1], OP.RING);
  assert.notEqual(hex(forged.relay.pk), hex(other.pk));
});
