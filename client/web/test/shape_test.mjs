// SPDX-License-Identifier: ISC
// What a relay sees of real visits: one shape, whatever they are for (visit_test has
// more of it), and the same header blocks from every copy of the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Network, serve } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { answer } from './tour.mjs';

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 2, retention: 14, orgs: [['Garment Union'], ['Legal Aid'], ['Miners']] });
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
    return `${path} ${op} ${body.length} ${answer?.length}`;
  }
  return `${method} ${path.replace(/\/v1\/board\/(\d+)\/(day|hour)\/\d+/, '/v1/board/$1/$2').replace(/\/v1\/board\/[1-9]\d*\/\d+/, 'page')}`;
}

/**
 * The parts of visits. How many looks at pages there are depends on the clock, and so
 * does how many hours the last day has; who is asked for the bundle, on a lot.
 */
function shapeOf(seen) {
  const out = [];
  const kinds = seen.map(kind).filter((k) => k !== 'GET /v1/directory');
  for (let i = 0; i < kinds.length;) {
    const blocks = out.at(-1)?.startsWith('/v1/exchange');
    let n = i;
    if (/\/(day|hour)$/.test(kinds[i])) {
      for (; /\/(day|hour)$/.test(kinds[n]); n++);
      const days = kinds.slice(i, n).filter((k) => k.endsWith('day')).length;
      out.push(`${days} days`, n - i > days ? 'hours' : 'no hours');
    } else if (blocks && kinds[i] === 'GET /v1/status') {
      for (; kinds[n] === 'GET page' || (kinds[n] === 'GET /v1/status' && !/\/(day|hour)$/.test(kinds[n + 1] ?? '')); n++);
      out.push(kinds.slice(i, n).includes('GET page') ? 'looks' : 'looks at nothing');
    } else {
      out.push(kinds[n++]);
    }
    i = n;
  }
  return out;
}

const BLOCK = ['RING', 'GET', 'BURN'].map((op) => `/v1/exchange ${op} 16384 16384`);
const shape = (days) => ['GET /v1/status', `${days} days`, 'hours', ...BLOCK, ...BLOCK, 'looks'];

/** Bytes that are drawn decide how far back a visit looks; see visit.js. */
const drawn = (long) => `const real = crypto.getRandomValues.bind(crypto);
  crypto.getRandomValues = (a) => {
    real(a);
    if (a.length === 8) { a[7] = ${long ? 'a[7] & 0xfc' : 'a[7] | 1'}; }
    return a;
  };`;

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

function all(shapes, n = 1, days = 7) {
  shapes.forEach((s) => assert.deepEqual(s, Array.from({ length: n }, () => shape(days)).flat()));
}

const sent = () => net.relays.map((r) => fromPage(r).length);

test('a reading and a writing visit look the same, at each relay; nothing comes before', async () => {
  let code;
  all(await visit(async (r) => {
    const before = sent();
    await r.write({ orgs: ['Garment Union'], free: 'A report.' });
    await r.heading('Your code');
    assert.deepEqual(sent(), before, 'nothing is sent before she has finished');
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  }));
  await answer(net, 'Garment Union', code, 'We answer you.');
  all(await visit(async (r) => {
    await r.comeBack(code, 'In the last seven days');
    await r.says('We answer you.', 90000);
  }));
  all(await visit(async (r) => {
    await r.comeBack('zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong', 'In the last seven days');
    await r.heading('No answer yet', 90000);
  }));
});

test('a long look back, and a writing visit for which one was drawn, look the same', async () => {
  let code;
  all(await visit(async (r) => {
    await r.write({ orgs: ['Garment Union'], free: 'A long visit.' });
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  }, { long: true }), 1, 14);
  all(await visit(async (r) => {
    await r.comeBack(code, 'Longer ago, or never');
    await r.heading('No answer yet', 90000);
  }), 1, 14);
});

test('a reply after reading, and burning, are visits of their own, of the same shape', async () => {
  let code;
  all(await visit(async (r) => {
    await r.write({ orgs: ['Garment Union', 'Legal Aid'], free: 'To two; I come back and write.' });
    code = await r.keepCode();
    await r.heading('It has rung', 90000);
  }));
  await answer(net, 'Garment Union', code, 'Burn this one.');
  all(await visit(async (r) => {
    await r.comeBack(code, 'In the last seven days');
    await r.says('Burn this one.', 90000);
    await r.tap('Burn what I have read');
    await r.says('Burned. It can’t be read again.', 90000);
    const before = sent();
    await r.tap('Write again');
    await r.fill('In your own words', 'And this.');
    assert.deepEqual(sent(), before);
    await r.tap('Send');
    await r.heading('It has rung', 90000);
  }), 3);
});

test('more than two recipients: further visits, and she sees which it is', async () => {
  all(await visit(async (r) => {
    await r.page.evaluate(() => {
      globalThis.said = new Set();
      setInterval(() => globalThis.said.add(/Visit .*/.exec(document.body.innerText)?.[0]), 50);
    });
    await r.write({ orgs: ['Garment Union', 'Legal Aid', 'Miners'], free: 'To three.' });
    await r.keepCode();
    await r.heading('It has rung', 90000);
    const said = await r.page.evaluate(() => [...globalThis.said]);
    assert.deepEqual(said.filter(Boolean), ['Visit 1 of 2', 'Visit 2 of 2']);
  }), 2);
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
