// SPDX-License-Identifier: ISC
// What one hostile relay can't do: keep a visit for ever, or freeze the page.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { fetchBody } from '../src/inbox.js';
import { FRAME_SCRIPT, Net, NetError } from '../src/net.js';
import { loadNetwork } from '../src/network.js';
import { dummyReportEntry } from '../src/proto/board.js';
import { bodyAddress, sealBox } from '../src/proto/body.js';
import { openBundle } from '../src/proto/bundle.js';
import { compare, concat, hex, Malformed, unhex, utf8, utf8Decode } from '../src/proto/bytes.js';
import { CELL, OP, put, STATUS } from '../src/proto/cell.js';
import { challenge, effortHour, effortOf } from '../src/proto/effort.js';
import { openRoot } from '../src/proto/directory.js';
import { X25519, XWING } from '../src/proto/hpke.js';
import { blake2b256 } from '../src/proto/kdf.js';
import { openEntry } from '../src/proto/report.js';
import { parseStatus } from '../src/proto/status.js';
import { BadKeys, sendReport } from '../src/send.js';
import { insistOnPut } from '../src/toll.js';
import { readBoards } from '../src/visit/boards.js';
import { awaitPages } from '../src/visit/pages.js';
import { entryOf, says, World } from './sim.mjs';

globalThis.crypto ??= webcrypto;

/**
 * Runs the frame's script with a clock of ours, against a relay that sends a byte
 * every so many milliseconds: what it answers, and how many bytes came.
 */
async function drip(every, request) {
  const timers = new Map();
  let now = 0;
  let ids = 0;
  let read = 0;
  let listener;
  let answer;
  const pass = (ms) => {
    now += ms;
    [...timers].filter(([, [at]]) => at <= now).forEach(([id, [, f]]) => { timers.delete(id); f(); });
  };
  const world = {
    addEventListener: (_, f) => { listener = f; },
    parent: { postMessage() {} },
    setTimeout: (f, ms) => { timers.set(++ids, [now + ms, f]); return ids; },
    clearTimeout: (id) => timers.delete(id),
    AbortController,
    fetch: async (url, { signal }) => ({
      status: 200,
      body: {
        getReader: () => ({
          read: async () => {
            pass(every);
            if (signal.aborted || read > 10000) {
              throw signal.reason;
            }
            read++;
            return { done: false, value: new Uint8Array(1) };
          },
        }),
      },
    }),
  };
  new Function(...Object.keys(world), FRAME_SCRIPT)(...Object.values(world));
  await listener({ data: request, source: { postMessage: (m) => { answer = 'status' in m ? m : answer; } } });
  assert.equal(timers.size, 0, 'no timer is left');
  return { answer, read };
}

test('a relay that sends a byte now and then is given up', async () => {
  let sent;
  const net = new Net({ send: async (r) => { sent = r; return { status: 200, bytes: new Uint8Array(CELL) }; } });
  await net.request({ url: 'http://relay' }, '/v1/exchange', { body: new Uint8Array(CELL), max: CELL });
  const { answer, read } = await drip(60000, { id: 1, ...sent });
  assert.equal(answer.status, 0);
  assert.ok(read < 10, `${read} bytes were waited for`);
  const [silent, large] = [await drip(100000, { id: 2, ...sent }), await drip(1, { id: 3, ...sent, max: 5 })];
  assert.deepEqual([silent.answer.status, silent.read, large.answer.status], [0, 0, 413]);
});

test('one that takes its time with each attempt is not asked as often', async () => {
  const tries = async (each) => {
    const net = new Net({ close() {} });
    let now = 0;
    let n = 0;
    net.now = () => now;
    await assert.rejects(net.patiently(async () => {
      n++;
      now += each;
      throw new NetError('offline', null);
    }), NetError);
    return n;
  };
  assert.equal(await tries(1000000), 1);
  assert.equal(await tries(160000), 2);
});

test('what may pass by itself is tried again three times, each after a longer rest', async (t) => {
  const rests = [];
  t.mock.method(globalThis, 'setTimeout', (f, ms) => { rests.push(ms); f(); });
  for (const [code, expected] of [['offline', [1500, 3000, 4500]], ['busy', [1500, 3000, 4500]], ['malformed', []]]) {
    const net = new Net({ close() {} });
    await assert.rejects(net.patiently(async () => { throw new NetError(code, null); }), { code });
    assert.deepEqual(rests.splice(0), expected, code);
  }
});

const BOARD = { id: 1, entry: 4096, tick: 30, slots: 2, max: 32 };
const sk = new Uint8Array(32).fill(7);

function signedPage(number, board = BOARD, entries = null, [previous, hash] = [number - 1, new Uint8Array(32)], key = sk) {
  const head = new Uint8Array(64);
  const view = new DataView(head.buffer);
  const entry = () => (board.entry === 16 ? webcrypto.getRandomValues(new Uint8Array(16)) : dummyReportEntry());
  head.set([1, board.id]);
  view.setUint16(2, board.tick);
  view.setUint16(4, board.slots);
  view.setBigUint64(8, BigInt(number));
  view.setBigUint64(16, BigInt(previous));
  head.set(hash, 24);
  const bytes = concat(head, ...(entries ?? Array.from({ length: board.slots }, entry)).sort(compare));
  return concat(bytes, ed25519.sign(concat(utf8('tocsin/1 page\n'), bytes), key));
}

/** Reads the answers boards of relays with such a status. */
const reading = (get, network, days = 7) => {
  const net = { get, sleep: async () => {}, ticks: () => 0 };
  network.relays.forEach((r) => Object.assign(r, { lost: false, trouble: null }));
  return readBoards({ net, network, days, onStep() {} }, { again() {}, done() {}, wait: (_, doing) => doing });
};
const parsed = (boards) => parseStatus(utf8(statusOf(boards)));

const statusOf = (boards, bundle = '0'.repeat(64)) => `tocsin 1\nrelay 00\nbundle ${bundle}\nretention 7\n${boards}`;

test('pages without end, and pages that hang in the air, do not keep a visit', async () => {
  const far = (id, n) => (s, r) => (s.path === '/v1/status' && r.seen.some((x) => x.op === OP.RING)
    ? { status: 200, bytes: utf8(utf8Decode(r.status).replace(new RegExp(`^board ${id} \\d+`, 'm'), `board ${id} ${n}`)) } : null);
  const world = new World({ boards: [1] });
  const [liar] = world.relays;
  const number = ({ path }) => Number(/^\/v1\/board\/1\/(\d+)$/.exec(path)?.[1]);
  liar.lie = (s, r) => far(1, 2 ** 47)(s, r) ?? (number(s) > 2 ** 40 ? { status: 200, bytes: signedPage(number(s), BOARD, null, [number(s) - 1, new Uint8Array(32)], liar.sk) } : null);
  const began = world.clock.now;
  const { rings, network } = await world.run(world.visit({ choose: () => ({ rings: [{ board: 1, entry: dummyReportEntry() }] }) }));
  assert.deepEqual([...rings[0].keys()].map((r) => r.url), [world.relays[1].url]);
  assert.ok(network.relays[0].trouble instanceof Malformed, 'a chain that is none');
  assert.ok(world.clock.now - began < 400000);
  // Each follows the one before, for ever.
  const endless = new World({ boards: [1] });
  const [other] = endless.relays;
  let before = null;
  other.lie = (s, r) => {
    if (!(number(s) > 2 ** 40)) {
      return far(1, 2 ** 47)(s, r);
    }
    const bytes = signedPage(number(s), BOARD, null, before ?? [7, new Uint8Array(32)], other.sk);
    before = [number(s), blake2b256(bytes)];
    return { status: 200, bytes };
  };
  const start = endless.clock.now;
  await endless.run(endless.visit({ choose: () => ({}) }));
  assert.ok(endless.clock.now - start < 400000, `${endless.clock.now - start} ms`);
  assert.ok(other.seen.length < 600, `${other.seen.length} requests`);
});

test('an answer of a day that no calendar has: pages are of the time that was asked for', async () => {
  const board = { id: 0, entry: 16, tick: 600, slots: 16, max: 64 };
  const now = Math.floor(Date.now() / 1000);
  const relay = { id: new Uint8Array(32), pk: ed25519.getPublicKey(sk) };
  const network = { directory: { boards: [board], orgs: [], retention: 7 }, relays: [relay], now };
  const newest = Math.floor(now / 3600) * 6;
  const read = (number) => {
    relay.status = parsed(`board 0 ${newest} 16 0\n`);
    return reading(async (_, path) => {
      if (path === `/v1/board/0/hour/${Math.floor(now / 3600)}`) {
        return signedPage(number, board, null, [0, new Uint8Array(32)]);
      }
      throw new NetError('missing', relay);
    }, network);
  };
  assert.equal((await read(newest)).clues.size, 16);
  for (const number of [2 ** 47, newest + 6, newest - 1]) {
    await assert.rejects(read(number), Malformed);
  }
});

test('a bundle full of notes that are none: each is opened for whom it names, and not for ever', () => {
  const { tests } = JSON.parse(readFileSync(new URL('../../../tests/vectors/bundle.json', import.meta.url)));
  const [first, ...rest] = tests;
  const anchor = openRoot(utf8(first.note), null);
  const good = rest.find((t) => t.result === 'valid' && t.check === 'ok' && t.orgs.startsWith('ok'));
  const bytes = unhex(good.bundle);
  const { directory } = openBundle(bytes, anchor);
  const { id } = directory.orgs[0];
  const name = [...id].map((b) => b.toString(16).padStart(2, '0')).join('');
  const frame = (text) => {
    const note = utf8(text);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, note.length);
    return concat(length, note);
  };
  // The roots and the directory, then junk, then what stood there.
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const typeAt = () => new TextDecoder().decode(bytes.subarray(at + 4, at + 20));
  while (typeAt().startsWith('tocsin-root') || typeAt().startsWith('tocsin-directory')) {
    at += 4 + view.getUint32(at);
  }
  const junk = (n, text) => new Array(n).fill(frame(text));
  const others = [...junk(3000, `tocsin-desk v1\norg ${'ab'.repeat(32)}\n${'x'.repeat(500)}\n`), ...junk(3000, 'tocsin-seen\n\n')];
  const parsed = countDecoding(() => {
    const b = openBundle(concat(bytes.subarray(0, at), ...others, bytes.subarray(at)), anchor);
    assert.ok(b.directory.orgs[0].desk, 'the good note is still found');
  });
  const many = countDecoding(() => openBundle(concat(bytes.subarray(0, at), ...junk(6000, `tocsin-desk v1\norg ${name}\n${'x'.repeat(500)}\n\n— a AAAAAAAA\n`)), anchor));
  for (const n of [parsed, many]) {
    assert.ok(n < 6000 * 200, `${n} bytes were decoded`);
  }
});

test('an organisation whose keys are no good is named, after a visit that is like all others', async () => {
  for (const bad of [{ k: new Uint8Array(32) }, { q: new Uint8Array(1216).fill(255) }]) {
    const world = new World({ boards: [1, 1] });
    const send = (orgs) => sendReport({
      net: world.net,
      visit: ({ choose, ...more }) => world.visit({ ...more,
        choose: (seen) => {
          Object.assign(seen.network.directory.orgs[0].desk.keys, bad);
          return choose(seen);
        } }),
      network: () => world.network,
      seed: new Uint8Array(32), orgs, lines: [], free: 'Text.', items: [], followUp: () => false, again: {}, pause: async () => {}, steps() {}, stopped() {},
    });
    await world.run(assert.rejects(send(world.orgs.slice(0, 1)), (e) => e instanceof BadKeys && e.org.name === world.orgs[0].name));
    assert.equal(world.relays[0].seen.filter((s) => s.op === OP.RING).length, 2);
    const { at, closed } = await world.run(send(world.orgs));
    assert.deepEqual([at, closed.map((o) => o.name)], [2, [world.orgs[0].name]]);
  }
});

test('a RING that is put off: three times again, then it is over; one that shows no page is not worked for', async () => {
  for (const [answer, pages, tries] of [[says(STATUS.AGAIN), true, 4], [says(STATUS.MORE_EFFORT, 4), true, 4], [says(STATUS.MORE_EFFORT, 4), false, 1]]) {
    const world = new World({ boards: [1] });
    const waits = [];
    const last = new Map();
    world.relays[0].lie = (s) => {
      if (/board\/1\/(hour|\d+)/.test(s.path) && !pages) {
        return { status: 404, bytes: null };
      }
      if (s.op !== OP.RING) {
        return null;
      }
      if (last.has(entryOf(s))) {
        waits.push(s.at - last.get(entryOf(s)));
      }
      last.set(entryOf(s), world.clock.now);
      return answer;
    };
    for (let i = 0; i < (tries > 1 ? 5 : 1); i++) {
      world.clear();
      await world.run(world.visit({ choose: () => ({}) }));
      assert.equal(world.relays[0].seen.filter((s) => s.op === OP.RING).length, 2 * tries);
    }
    if (tries > 1) {
      assert.equal(waits.length, 30);
      assert.ok(Math.min(...waits) >= 20000 && Math.max(...waits) <= 95000, `${Math.min(...waits)} to ${Math.max(...waits)}`);
      assert.ok(Math.max(...waits) - Math.min(...waits) > 30000, 'drawn');
    }
  }
});

test('a relay that asks for work before it takes boxes: one lane works, for 64 of them', async () => {
  let now = 1.8e12 + 600e3; // ten minutes of an hour: its work is about one hour throughout
  let paid = 0;
  const nonces = new Set();
  const works = [];
  const seen = new Set();
  const relay = { id: new Uint8Array(32).fill(4), pk: ed25519.getPublicKey(sk) };
  const s = effortHour(BOARD.tick, now / 1000);
  const page = signedPage(s / BOARD.tick + 1);
  const c = challenge(relay.id, 1, new Uint8Array(32).fill(0));
  const net = {
    retry: [20000, 90000],
    now: () => now, ticks: () => now,
    sleep: async (ms) => { now += ms; },
    check() {},
    exchange: async (_, bytes) => {
      await new Promise((r) => { setTimeout(r, 1); });
      nonces.add(hex(bytes.subarray(8, 16)));
      // A first try with a nonce that does by luck counts for none.
      const name = hex(bytes.subarray(16, 48));
      const first = !seen.has(name);
      seen.add(name);
      if (paid === 0 && (first || effortOf(bytes, c) < 10)) {
        return { status: 17, effort: 10 };
      }
      if (paid === 0) {
        works.push(now);
        paid = 64;
      }
      paid--;
      return { status: 1 };
    },
    get: async () => page,
  };
  const network = { now: 0, directory: { boards: [{ ...BOARD, id: 7 }, { id: 0, entry: 16 }, BOARD] } };
  let next = 0;
  const lane = async () => {
    while (next < 130) {
      const i = next++;
      const bytes = put(new Uint8Array(32).fill(i), new Uint8Array(32), new Uint8Array(16000));
      assert.equal((await insistOnPut({ net, network }, relay, bytes, () => {})).status, 1);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  assert.equal(works.length, 3, '130 boxes in three');
  assert.ok(works.every((at, i) => i === 0 || at - works[i - 1] >= 20000));
  assert.equal(nonces.size, 133, 'a random one for each, besides those worked for');
});

test('a relay that never takes a box, however hard one works, is tried for one of them', async () => {
  let now = 1.8e12 + 600e3;
  let asked = 0;
  const relay = { id: new Uint8Array(32).fill(4), pk: ed25519.getPublicKey(sk) };
  const page = signedPage(effortHour(BOARD.tick, now / 1000) / BOARD.tick + 1);
  const net = {
    retry: [20000, 90000],
    now: () => now, ticks: () => now,
    sleep: async (ms) => { now += ms; },
    check() {},
    exchange: async () => {
      await new Promise((r) => { setTimeout(r, 1); });
      asked++;
      return { status: STATUS.MORE_EFFORT, effort: 2 };
    },
    get: async () => page,
  };
  const network = { now: 0, directory: { boards: [BOARD] } };
  const began = now;
  const boxes = [1, 2, 3, 4].map((i) => put(new Uint8Array(32).fill(i), new Uint8Array(32), new Uint8Array(16000)));
  const answers = await Promise.all(boxes.map((b) => insistOnPut({ net, network }, relay, b, () => {})));
  assert.ok(answers.every((a) => a.status === STATUS.MORE_EFFORT));
  assert.equal(asked, 4 + 3);
  assert.ok(now - began <= 3 * 95000, `${(now - began) / 1000} s`);
});

/** Texts and kinds of what is rung for a report with a file, by relay; shows: which of them show the text. */
async function rungAt(shows) {
  const world = new World({ boards: [1] });
  const [org] = world.orgs;
  const heads = world.relays.map(() => []);
  for (const [i, relay] of world.relays.entries()) {
    relay.lie = ({ path, op, body }) => {
      const entry = body?.slice(384, 384 + 4096);
      const head = op === OP.RING ? openEntry(entry, org.id, { week: 2970, k: org.k, q: org.q }) : null;
      if (head) {
        heads[i].push(`${head[1]} ${utf8Decode(head.subarray(176, 176 + head[2] * 256 + head[3]))}`);
      }
      return !shows[i] && heads[i].length === 1 && /^\/v1\/board\/1\/\d+$/.test(path) ? { status: 404, bytes: null } : null;
    };
  }
  await world.run(sendReport({
    net: world.net, visit: world.visit, network: () => world.network, seed: new Uint8Array(32).fill(1), orgs: [org],
    lines: [['attachments', '1']], free: 'Hear me.', items: [{ type: 'text/plain', ending: 'txt', data: utf8('names') }],
    followUp: () => false, again: {}, pause: async () => {}, steps() {}, stopped() {},
  }));
  return heads;
}

test('a follow-up stands only where every relay has shown its report', async () => {
  const first = '1 attachments 1\n\nHear me.';
  assert.deepEqual(await rungAt([true, true]), [[first, '2 \n'], [first, '2 \n']]);
  const whole = '1 \nHear me.';
  for (const shows of [[true, false], [false, true]]) {
    assert.deepEqual(await rungAt(shows), [[first, whole], [first, whole]]);
  }
});

test('files of which a box is missing are not fetched on behind her back', async () => {
  let asked = 0;
  const key = new Uint8Array(32);
  const id = new Uint8Array(32);
  const boxes = new Map();
  for (let i = 1; i < 40; i++) { // all but the first
    boxes.set(hex(bodyAddress(key, id, i)), sealBox(key, id, i, new Uint8Array(15984)));
  }
  const net = {
    exchange: async (_, cell) => {
      const box = boxes.get(hex(cell.subarray(16, 48)));
      asked++;
      await new Promise((r) => { setTimeout(r, box ? 5 : 0); });
      return box ? { status: 3, box } : { status: 4 };
    },
  };
  const answer = { boxes: 40, bodyKey: key, bodyLength: 40 * 15984, digest: new Uint8Array(32) };
  const network = { relays: [{ id }] };
  await assert.rejects(fetchBody({ net, network, answer, pause: async () => {} }), NetError);
  const before = asked;
  await new Promise((r) => { setTimeout(r, 100); });
  assert.ok(asked === before && asked <= 4, `${asked} boxes were asked for, ${asked - before} of them afterwards`);
});

/** Bytes that a TextDecoder is given meanwhile. */
function countDecoding(what) {
  const real = TextDecoder.prototype.decode;
  let n = 0;
  TextDecoder.prototype.decode = function decode(bytes, ...rest) {
    n += bytes?.length ?? 0;
    return real.call(this, bytes, ...rest);
  };
  try {
    what();
  } finally {
    TextDecoder.prototype.decode = real;
  }
  return n;
}

test('of two relays that serve one bundle, one is asked for it, drawn by lot', async () => {
  const { tests: [first, ...rest] } = JSON.parse(readFileSync(new URL('../../../tests/vectors/bundle.json', import.meta.url)));
  const [whole, other] = rest.filter((t) => t.check === 'ok' && t['root version'] === 1 && t['local day'] === 20779);
  const anchor = openRoot(utf8(first.note), null);
  const settings = { anchor, relays: [] };
  const { directory } = openBundle(unhex(whole.bundle), anchor);
  const now = whole['local day'] * 86400;
  settings.relays = directory.relays.map((r) => ({ url: r.urls[0] }));
  const visits = async (serves, n) => {
    const asked = [0, 0];
    const net = {
      ticks: () => 0,
      sleep: () => new Promise(() => {}),
      get: async (relay, path) => {
        const i = settings.relays.findIndex((r) => r.url === relay.url);
        const bytes = unhex(serves[i].bundle);
        if (path === '/v1/status') {
          return utf8(statusOf('', hex(blake2b256(bytes))));
        }
        assert.equal(path, '/v1/directory');
        asked[i]++;
        return bytes;
      },
    };
    for (let k = 0; k < n; k++) {
      const network = await loadNetwork(net, settings, null, now);
      assert.deepEqual(network.relays.map((r) => r.trouble), [null, null]);
    }
    return asked;
  };
  const same = await visits([whole, whole], 40);
  assert.equal(same[0] + same[1], 40);
  assert.ok(same[0] > 0 && same[1] > 0, `${same}`);
  assert.deepEqual(await visits([whole, other], 3), [3, 3]);
});

/** Answers boards of a relay, each with a page every tick of so many hours up to now. */
function answersRelay(boards, now, hours = 30) {
  const pages = new Map();
  for (const board of boards) {
    let before = [0, new Uint8Array(32)];
    for (let n = Math.ceil((now - hours * 3600) / board.tick); n * board.tick <= now; n++) {
      const bytes = signedPage(n, board, null, before);
      before = [n, blake2b256(bytes)];
      pages.set(`${board.id}/${n}`, bytes);
    }
  }
  const span = (board, first, seconds) => {
    const out = [];
    for (let n = Math.ceil(first / board.tick); n * board.tick < first + seconds; n++) {
      out.push(pages.get(`${board.id}/${n}`) ?? new Uint8Array());
    }
    return concat(...out);
  };
  const newest = (board) => Math.max(...[...pages.keys()].filter((k) => k.startsWith(`${board.id}/`)).map((k) => Number(k.split('/')[1])));
  return {
    status: () => statusOf(boards.map((b) => `board ${b.id} ${newest(b)} 16 0\n`).join('')),
    file: (path) => {
      const [, id, unit, which] = /board\/(\d+)\/(day|hour)\/(\d+)$/.exec(path);
      const seconds = unit === 'day' ? 86400 : 3600;
      return span(boards.find((b) => b.id === Number(id)), which * seconds, seconds);
    },
    hash: (board, n) => blake2b256(pages.get(`${board.id}/${n}`)),
    entry: (board, n) => hex(pages.get(`${board.id}/${n}`).subarray(64, 80)),
    newest,
  };
}

const ANSWERS_BOARD = { id: 0, entry: 16, tick: 600, slots: 16, max: 64 };

/** Reads the answers boards of such a relay; hide: paths that it does not have. */
async function readAnswers(boards, { hide = () => false, status, seen = [], pagesUntil, now = Math.floor(Date.now() / 86400000) * 86400 + 43500 } = {}) {
  const made = answersRelay(boards, pagesUntil ?? now);
  const relay = { id: new Uint8Array(32), pk: ed25519.getPublicKey(sk) };
  const orgs = seen.map((pages, i) => ({ name: `Desk ${i}`, seen: { day: Math.floor(now / 86400) - 1, pages: pages(made, relay) } }));
  const network = { directory: { boards, orgs, retention: 28 }, relays: [relay], now, today: Math.floor(now / 86400) };
  relay.status = parseStatus(utf8(status ? status(made) : made.status()));
  const result = await reading(async (_, path) => {
    const bytes = made.file(path);
    if (hide(path) || bytes.length === 0) {
      throw new NetError('missing', relay);
    }
    return bytes;
  }, network);
  return { ...result, made, relay, network };
}

test('what the status or the chain says is there must be shown', async () => {
  const hour = Math.floor((Math.floor(Date.now() / 86400000) * 86400 + 43500) / 3600);
  const { clues, problems } = await readAnswers([ANSWERS_BOARD]);
  assert.ok(clues.size > 16 * 150);
  assert.deepEqual(problems, []);
  for (const hide of [
    () => true, // all files
    (path) => path.endsWith(`hour/${hour}`), // the newest
    (path) => path.endsWith(`hour/${hour - 3}`), // one between others
    (path) => path.includes('/day/'), // all but today's
    (path) => path.includes('/hour/'), // all of today
  ]) {
    await assert.rejects(readAnswers([ANSWERS_BOARD], { hide }), Malformed, String(hide));
  }
});

test('of two answers boards one that a relay hides costs the other nothing; all are read', async () => {
  const other = { ...ANSWERS_BOARD, id: 9 };
  const both = await readAnswers([ANSWERS_BOARD, other]);
  for (const board of [ANSWERS_BOARD, other]) {
    assert.ok(both.clues.has(both.made.entry(board, both.made.newest(board))));
  }
  for (const [hidden, shown] of [[ANSWERS_BOARD, other], [other, ANSWERS_BOARD]]) {
    const listed = (made) => made.status().replace(new RegExp(`^board ${hidden.id} .*\n`, 'm'), '');
    for (const how of [{ hide: (path) => path.includes(`/board/${hidden.id}/`) }, { status: listed }]) {
      const { clues, problems, made, relay } = await readAnswers([ANSWERS_BOARD, other], how);
      assert.ok(clues.has(made.entry(shown, made.newest(shown))));
      assert.ok(!clues.has(made.entry(hidden, made.newest(hidden))));
      assert.equal(problems.length, 1);
      assert.ok(problems[0].problem instanceof Malformed);
      assert.equal(relay.lost, false);
    }
  }
});

test('a relay is refused only where more than half of the desks with a line saw otherwise', async () => {
  const today = Math.floor(Date.now() / 86400000);
  const last = today * 144 - 1; // of yesterday
  const saw = (number, hash) => (made, relay) => [{ relay: relay.id, board: 0, number, hash: hash ?? made.hash(ANSWERS_BOARD, number) }];
  const zeros = new Uint8Array(32);
  const good = saw(last);
  const bad = saw(last, zeros);
  for (const [seen, disputed] of [[[good], 0], [[good, bad], 1], [[good, bad, good, bad], 2],
    [[saw(last + 1, zeros)], 0], [[saw(last - 144, zeros)], 0]]) { // not of the note's day
    const { relay, problems } = await readAnswers([ANSWERS_BOARD], { seen });
    assert.deepEqual([problems.length, Boolean(relay.lost), relay.disputed.size], [0, false, disputed]);
  }
  for (const seen of [[bad], [bad, bad, good], [bad, good, bad]]) {
    await assert.rejects(readAnswers([ANSWERS_BOARD], { seen }), Malformed);
  }
  // What they saw is not shown, the rest hangs together: it is hidden.
  const frozen = today * 86400 - 7200; // the relay's pages end here
  const read = (seen) => readAnswers([ANSWERS_BOARD], { seen, pagesUntil: frozen });
  assert.equal((await read([])).problems.length, 0);
  await assert.rejects(read([bad]), Malformed);
});

test('what desks saw of a report board counts in step 6, too', async () => {
  const today = Math.floor(Date.now() / 86400000);
  const last = today * 2880 - 1; // of yesterday
  const pages = new Map();
  let before = [0, new Uint8Array(32)];
  for (let n = last - 60; n <= last + 10; n++) {
    pages.set(n, signedPage(n, BOARD, null, before));
    before = [n, blake2b256(pages.get(n))];
  }
  const look = (...hashes) => {
    const relay = { id: new Uint8Array(32), pk: ed25519.getPublicKey(sk), status: parsed(`board 1 ${last - 40} 2 0\n`) };
    const orgs = hashes.map((hash) => ({ seen: { day: today - 1, pages: [{ relay: relay.id, board: 1, number: last, hash }] } }));
    const network = { now: today * 86400 + 310, directory: { orgs, retention: 28 } };
    const net = { ticks: () => 0, get: async (_, path) => (path === '/v1/status' ? utf8(statusOf(`board 1 ${last + 10} 2 0\n`)) : pages.get(Number(path.split('/').pop()))) };
    const ring = { board: { ...BOARD, spread: 2 }, entry: new Uint8Array(4096), seen: 0, answered: 0, putOff: null, isOpen: false, async work() {} };
    return awaitPages({ net, network, onStep() {} }, relay, [ring, ring]).then(() => relay.disputed.size);
  };
  const good = blake2b256(pages.get(last));
  const bad = new Uint8Array(32);
  assert.equal(await look(good, bad), 1);
  await assert.rejects(look(bad), Malformed);
});

test('a board that stands still is used, and noted', async () => {
  const noon = Math.floor(Date.now() / 86400000) * 86400 + 43200;
  for (const [behind, still] of [[0, false], [1800, false], [2400, true], [3 * 86400, true]]) {
    const { relay, clues, problems } = await readAnswers([ANSWERS_BOARD], { pagesUntil: noon - behind, now: noon });
    assert.deepEqual([problems.length, Boolean(relay.lost), clues.size > 0], [0, false, true]);
    assert.equal(relay.still ?? null, still ? noon - behind : null);
  }
  // With pages every hour the slack is three of them.
  const slow = { ...ANSWERS_BOARD, tick: 3600 };
  assert.equal((await readAnswers([slow], { pagesUntil: noon - 3 * 3600, now: noon })).relay.still ?? null, null);
  assert.equal((await readAnswers([slow], { pagesUntil: noon - 4 * 3600, now: noon })).relay.still, noon - 4 * 3600);
});
