// SPDX-License-Identifier: ISC
// What a relay sees: visits of one shape, whether they read or write, and the same
// header blocks from every copy of the page.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { after, before, test } from 'node:test';
import { NetError } from '../src/net.js';
import { readBoards } from '../src/visit.js';
import { DAY, HOUR } from './clock.mjs';
import { Network, serve } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { answer } from './tour.mjs';

globalThis.crypto ??= webcrypto;
let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 2, retention: 14, orgs: [['Garment Union'], ['Legal Aid']] });
  browser = await launch();
  file = await net.page();
  net.watch('Garment Union');
});
after(async () => {
  await browser?.close();
  net?.close();
});

/** What this browser sent, not the desks and programs. */
const fromPage = (relay) => relay.proxy.seen.filter((s) => s.headers.some((h) => h.includes('HeadlessChrome')));
const OPS = ['NOP', 'PUT', 'GET', 'BURN', 'RING', 'NOTE'];

function kind({ method, path, body, answer }) {
  if (method === 'POST') {
    const op = OPS[body[1]];
    return `${path} ${op === 'BURN' || op === 'NOP' ? 'BURN-or-NOP' : op} ${body.length} ${answer?.length}`;
  }
  return `${method} ${path.replace(/\/v1\/board\/(\d+)\/(day|hour)\/\d+/, '/v1/board/$1/$2').replace(/\/v1\/board\/[1-9]\d*\/\d+/, 'page')}`;
}

/**
 * The exchanges of a visit. How often a page was asked for depends on the clock, and
 * so does how many hours the last day has; who is asked for the bundle, right after
 * the first status, on a lot.
 */
function shapeOf(seen) {
  const out = [];
  const kinds = seen.map(kind);
  for (const [i, k] of kinds.entries()) {
    if (k === 'GET /v1/directory') {
      assert.equal(kinds[i - 1], 'GET /v1/status');
      continue;
    }
    const last = out[out.length - 1];
    // A status after a page is one of waiting, or begins the next visit.
    const waiting = last === 'GET page' && (k === 'GET page' || (k === 'GET /v1/status' && kinds[i + 1] === 'GET page'));
    if (!waiting && !(k === last && /^GET \/v1\/board\/\d+\/hour$/.test(k))) {
      out.push(k);
    }
  }
  return out;
}

/** What decides how far a visit that needs no answers looks back; see readBoards. */
const drawn = (long) => `const real = crypto.getRandomValues.bind(crypto);
  crypto.getRandomValues = (a) => (a.length === 1 ? a.fill(${long ? 0 : 1}) : real(a));`;

async function visit(what, { long = false } = {}) {
  const before = net.relays.map((r) => fromPage(r).length);
  const reader = await Reader.open(browser, file, { init: drawn(long) });
  await what(reader);
  await reader.close();
  const seen = net.relays.map((r, i) => fromPage(r).slice(before[i]));
  const bundles = seen.map((s) => s.filter((e) => e.path === '/v1/directory').length);
  assert.ok(Math.max(...bundles) >= 1, 'no bundle was asked for');
  return seen.map(shapeOf);
}

test('a reading and a writing visit look the same, at each relay', async () => {
  let code;
  const writing = await visit(async (r) => {
    await r.write({ orgs: ['Garment Union'], free: 'A report.' });
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  });
  await answer(net, 'Garment Union', code, 'We answer you.');
  const reading = await visit(async (r) => {
    await r.comeBack(code, 'In the last seven days');
    await r.says('We answer you.', 90000);
  });
  const nothing = await visit(async (r) => {
    await r.comeBack('zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong', 'In the last seven days');
    await r.heading('No answer yet', 90000);
  });
  for (const shapes of [writing, reading, nothing]) {
    for (const shape of shapes) {
      assert.deepEqual(shape, writing[0]);
    }
  }
  assert.deepEqual(writing[0].filter((k) => k.startsWith('/v1/exchange')), [
    '/v1/exchange RING 16384 16384', '/v1/exchange GET 16384 16384', '/v1/exchange BURN-or-NOP 16384 16384',
    '/v1/exchange RING 16384 16384', '/v1/exchange GET 16384 16384', '/v1/exchange BURN-or-NOP 16384 16384',
  ]);
  assert.equal(writing[0][0], 'GET /v1/status');
  assert.equal(writing[0][writing[0].length - 1], 'GET page');
});

test('a long look back, and a writing visit for which one was drawn, look the same', async () => {
  let code;
  const [writing] = await visit(async (r) => {
    await r.write({ orgs: ['Garment Union'], free: 'A long visit.' });
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  }, { long: true });
  const reading = await visit(async (r) => {
    await r.comeBack(code, 'Longer ago, or never');
    await r.heading('No answer yet', 90000);
  });
  for (const shape of reading) {
    assert.deepEqual(shape, writing);
  }
  assert.equal(writing.filter((k) => k === 'GET /v1/board/0/day').length, 14);
});

const TODAY = 20000;

/** What a look back asks for, so many seconds into a day. */
async function askedAt(seconds, options) {
  const directory = { boards: [{ id: 0, entry: 16, tick: 600, slots: 16, max: 64 }], orgs: [], retention: 28 };
  const asked = [];
  const get = async (relay, path) => {
    asked.push(path);
    if (path === '/v1/status') {
      return new TextEncoder().encode(`tocsin 1\nbundle ${'0'.repeat(64)}\nboard 0 0 16 0\n`);
    }
    throw new NetError('missing', relay);
  };
  await readBoards({ net: { get }, network: { directory, relays: [{ id: new Uint8Array(32) }], now: TODAY * DAY + seconds } }, options);
  return asked;
}

test('a look back: each closed day, then each hour of this one, up to now', async () => {
  const days = (n) => Array.from({ length: n }, (_, i) => `/v1/board/0/day/${TODAY - n + i}`);
  const hours = (n) => Array.from({ length: n }, (_, i) => `/v1/board/0/hour/${TODAY * 24 + i}`);
  for (const [seconds, n] of [[0, 1], [HOUR - 1, 1], [HOUR, 2], [37210, 11], [DAY - 1, 24]]) {
    assert.deepEqual(await askedAt(seconds, { long: false }), ['/v1/status', ...days(7), ...hours(n)], `at ${seconds} s`);
  }
  assert.deepEqual(await askedAt(600, { long: true }), ['/v1/status', ...days(28), ...hours(1)]);
});

test('a visit that needs no answers looks back a week or over all days, now this, now that', async () => {
  const lengths = new Map();
  for (let i = 0; i < 100; i++) {
    const days = (await askedAt(600, {})).filter((p) => p.includes('/day/')).length;
    lengths.set(days, (lengths.get(days) ?? 0) + 1);
  }
  assert.deepEqual([...lengths.keys()].sort((a, b) => a - b), [7, 28]);
  // One in four; outside with a chance below one in a million.
  assert.ok(lengths.get(28) > 5 && lengths.get(28) < 50, `${lengths.get(28)} of 100`);
});

test('a reply after reading is a visit of its own, of the same shape', async () => {
  let code;
  const [writing] = await visit(async (r) => {
    await r.write({ orgs: ['Garment Union'], free: 'I come back and write.' });
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  });
  const both = await visit(async (r) => {
    await r.comeBack(code, 'In the last seven days');
    await r.heading('No answer yet', 90000);
    await r.tap('Write again');
    await r.check('Garment Union');
    await r.fill('In your own words', 'And this.');
    await r.tap('Send');
    await r.heading('It has rung', 90000);
  });
  for (const shape of both) {
    assert.deepEqual(shape, [...writing, ...writing]);
  }
});

test('two recipients fill the same two blocks; a burning visit adds whole blocks', async () => {
  let code;
  const two = await visit(async (r) => {
    await r.write({ orgs: ['Garment Union', 'Legal Aid'], free: 'To two.' });
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  });
  assert.equal(two[0].filter((k) => k.includes('RING')).length, 2);
  await answer(net, 'Garment Union', code, 'Burn this one.');
  const burning = await visit(async (r) => {
    await r.comeBack(code, 'In the last seven days');
    await r.says('Burn this one.', 90000);
    await r.tap('Burn what I have read');
    await r.says('Burned. It can’t be read again.', 90000);
  });
  for (const shape of burning) {
    const ops = shape.filter((k) => k.startsWith('/v1/exchange')).map((k) => k.split(' ')[1]);
    assert.deepEqual(ops, ['RING', 'GET', 'BURN-or-NOP', 'RING', 'GET', 'BURN-or-NOP', 'RING', 'GET', 'BURN-or-NOP', 'RING', 'GET', 'BURN-or-NOP']);
  }
});

test('copies from file:, http://a and http://b send the same header blocks, from no origin', async () => {
  const site = await serve({ '/page': file });
  try {
    const blocks = [];
    for (const where of [file, `http://a.example:${site.port}/page`, `http://b.example:${site.port}/page`]) {
      const before = fromPage(net.relays[0]).length;
      const reader = await Reader.open(browser, where, { context: { locale: undefined } });
      if (where !== file) {
        await reader.says('This page came from an ordinary web address.');
        assert.equal(await reader.page.locator('input, textarea').count(), 0);
      }
      await reader.write({ orgs: ['Garment Union'], free: 'From a copy.' });
      await reader.keepCode();
      await reader.heading('It has rung', 90000);
      await reader.close();
      const seen = fromPage(net.relays[0]).slice(before);
      assert.ok(seen.every((s) => s.method === 'GET' || s.method === 'POST'), 'no preflight');
      const get = seen.find((s) => s.path === '/v1/status').headers;
      const post = seen.find((s) => s.method === 'POST').headers;
      for (const headers of seen.map((s) => s.headers)) {
        const names = headers.filter((_, i) => i % 2 === 0).map((n) => n.toLowerCase());
        assert.equal(headers[names.indexOf('origin') * 2 + 1], 'null');
        assert.ok(!names.includes('referer') && !names.includes('cookie') && !names.includes('content-type'), names.join());
      }
      assert.ok(seen.filter((s) => s.method === 'POST').every((s) => s.headers.join('\n') === post.join('\n')), 'all exchanges alike');
      blocks.push([get, post]);
    }
    assert.deepEqual(blocks[1], blocks[0]);
    assert.deepEqual(blocks[2], blocks[0]);
  } finally {
    site.close();
  }
});
