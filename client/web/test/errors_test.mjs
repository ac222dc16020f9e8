// SPDX-License-Identifier: ISC
// What goes wrong is said in plain words, with what to do next.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { randomBytes, webcrypto } from 'node:crypto';
import * as cell from '../src/proto/cell.js';
import { codeWords } from '../src/proto/code.js';
import { wrapAnswer } from '../src/proto/answer.js';
import { answerAddress, answerEntries, rootOf, seedOf } from '../src/proto/conversation.js';
import { challenge, effortHour, effortOf, hashBefore } from '../src/proto/effort.js';
import { unhex } from '../src/proto/bytes.js';
import { clock, DAY } from './clock.mjs';
import { hold, isPost, LONG, Network, until } from './live.mjs';
import { hurried, launch, Reader } from './browser.mjs';

globalThis.crypto ??= webcrypto;
let net;
let browser;
let file;
before(async () => {
  net = await Network.make({
    relays: 2,
    // A kind that is no word of ours must not be taken for one of JavaScript's.
    orgs: [['Garment Union'], ['Sleepers', '--kind', '__proto__']],
    start: false,
  });
  for (const relay of net.relays) {
    await net.start(relay);
  }
  await net.desk('Garment Union', 'publish');
  browser = await launch();
  file = await net.page();
});
after(async () => {
  await browser?.close();
  net?.close();
});
afterEach(() => faults(null));

const faults = (f, which = net.relays) => which.forEach((r) => { r.proxy.fault = f; });
const open = (options) => Reader.open(browser, file, { init: hurried, ...options });
const post = async (relay, bytes) => cell.parseAnswer(new Uint8Array(await (await fetch(`${relay.proxy.url}/v1/exchange`, { method: 'POST', body: bytes })).arrayBuffer()), bytes[1]);

test('no relay can be reached', async () => {
  faults(() => 'down');
  const reader = await open();
  await reader.tap('Report something');
  await reader.says('The server can’t be reached. Is Tor connected?', 90000);
  faults(null);
  await reader.tap('Try again');
  await reader.heading('Who should hear you?');
  await reader.close();
});

test('one of two relays is down: the other has everything, and that is said', async () => {
  faults(() => 'down', net.relays.slice(0, 1));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'To one relay.' });
  await reader.keepCode();
  await reader.heading('It has rung', 120000);
  await reader.says('One server could not be reached. The other one has everything.');
  assert.match(await reader.text(), /Your message is at the server/);
  await reader.close();
});

test('one of two relays goes down while files are sent', async () => {
  writeFileSync(net.at('notes.txt'), randomBytes(200000).toString('hex'));
  let puts = 0;
  faults((req, body) => (body[1] === 1 && ++puts > 5 ? 'down' : undefined), net.relays.slice(1));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'With a file.', files: [net.at('notes.txt')] });
  await reader.keepCode();
  await reader.heading('It has rung', 180000);
  await reader.says('One server could not be reached. The other one has everything.');
  await reader.close();
});

test('both relays go down while files are sent: a second try sends what is missing', async () => {
  writeFileSync(net.at('more.txt'), randomBytes(150000).toString('hex'));
  const before = net.relays.map((r) => r.proxy.seen.length);
  let puts = 0;
  faults((req, body) => (body[1] === 1 && ++puts > 12 ? 'down' : undefined));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'With a file.', files: [net.at('more.txt')] });
  await reader.keepCode();
  await reader.heading('It stopped', 180000);
  await reader.says('What you wrote has rung already. Only the files are missing.');
  faults(null);
  await reader.tap('Try again');
  await reader.heading('It has rung', 180000);
  assert.match(await reader.text(), /at two servers/);
  await reader.close();
  for (const [i, r] of net.relays.entries()) {
    const stored = r.proxy.seen.slice(before[i]).filter((s) => s.body[1] === 1 && s.answer?.[1] === 1).map((s) => s.body.subarray(16, 48).toString('hex'));
    assert.equal(stored.length, new Set(stored).size, 'no box is stored twice');
    assert.equal(stored.length, 20);
    const rings = r.proxy.seen.slice(before[i]).filter((s) => s.body[1] === 4 && s.answer).length;
    assert.equal(rings, 4, 'text and files, each with a dummy');
  }
});

test('a slow line: it says so, and goes on', async () => {
  const posts = hold(net.relays, isPost);
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'Slowly.' });
  await reader.keepCode();
  await until(() => posts.asked > 0, 'something to be sent');
  if (!LONG) {
    await reader.moveClock(16);
  }
  await reader.says('The line is slow, but it goes on.');
  posts.go();
  await reader.heading('It has rung', 120000);
  await reader.close();
});

test('a relay that is too busy, then one that answers nonsense', async () => {
  faults((req) => (req.method === 'POST' ? { status: 503, body: Buffer.from('busy') } : undefined));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'Busy.' });
  await reader.keepCode();
  await reader.heading('It stopped', 120000);
  await reader.says('The server has too much to do.');
  faults((req) => (req.method === 'POST' ? { status: 200, body: Buffer.alloc(16384, 7) } : undefined));
  await reader.tap('Try again');
  await reader.says('The answer of the server makes no sense', 120000);
  faults(null);
  await reader.tap('Try again');
  await reader.heading('It has rung', 120000);
  await reader.close();
});

test('the relay asks for effort: the device works, and says so', async () => {
  const asked = new Map();
  const efforts = [];
  faults((req, body) => {
    if (body[1] !== cell.OP.RING) {
      return undefined;
    }
    const key = body.subarray(384, 384 + 4096).toString('hex');
    if (!asked.has(key)) {
      asked.set(key, true);
      const answer = Buffer.alloc(16384);
      answer.set([1, 17, 12]);
      return { status: 200, body: answer };
    }
    efforts.push(body);
    return undefined;
  });
  // The shortest wait of those that are drawn.
  const reader = await open({ init: `const real = crypto.getRandomValues.bind(crypto);
    crypto.getRandomValues = (a) => (a.length === 3 ? a.fill(0) : real(a));` });
  await reader.write({ orgs: ['Garment Union'], free: 'With effort.' });
  await reader.keepCode();
  await reader.heading('It has rung', 240000);
  await reader.close();
  assert.ok(efforts.length >= 4);
  const { url } = net.relays[0].proxy;
  const status = await (await fetch(`${url}/v1/status`)).text();
  const relay = unhex(/^relay ([0-9a-f]{64})$/m.exec(status)[1]);
  const board = { id: 1, entry: 4096, tick: 1, slots: 2, max: 4 };
  // The full hour may have come meanwhile; or the relay is younger than it.
  const now = clock.now();
  const challenges = [];
  for (const s of new Set([effortHour(1, now), effortHour(1, now - 600)])) {
    for (let hour = s / 3600, h = null; !h && hour <= now / 3600; hour++) {
      const file = new Uint8Array(await (await fetch(`${url}/v1/board/1/hour/${hour}`)).arrayBuffer());
      h = file.length % 128 === 0 ? hashBefore(board, net.relays[0].pk, s, file) : null;
      challenges.push(...(h ? [challenge(relay, 1, h)] : []));
    }
  }
  assert.ok(efforts.some((b) => challenges.some((c) => effortOf(new Uint8Array(b), c) >= 12)));
});

test('a wrong word of the code is named, with the likely one', async () => {
  const reader = await open();
  await reader.tap('Look for an answer');
  const good = codeWords(unhex('000102030405060708090a0b0c0d0e0f'));
  const tries = [
    [['wimner', ...good.slice(1)], /Word 1, “wimner”.*Did you mean “winner”\?/],
    [good.slice(1), /This has 11\./],
    [[good[1], good[0], ...good.slice(2)], /two have changed places/],
    [['٣٤٥', 'x'], /something else in what you typed/],
    [['1234'], /This has 4\./],
  ];
  for (const [words, says] of tries) {
    await reader.fill('Your code', words.join(' '));
    await reader.tap('Next');
    await until(async () => says.test(await reader.text()), String(says));
  }
  await reader.fill('Your code', good.map((w) => w.slice(0, 4).toUpperCase()).join('\n'));
  await reader.tap('Next');
  await reader.heading('When were you here last?');
  await reader.close();
});

test('a code in a report is named, and keeps it here', async () => {
  const reader = await open();
  const code = codeWords(unhex('000102030405060708090a0b0c0d0e0f'));
  await reader.tap('Report something');
  await reader.page.locator('label.tile', { hasText: 'Garment' }).click();
  await reader.tap('Next');
  await reader.fill('In your own words', `My code: ${code.map((w, i) => `${i + 1}. ${w}`).join('\n')}`);
  await reader.tap('Next');
  await reader.says('There is a code in what you wrote: 12 words, or 40 digits.');
  await reader.fill('In your own words', 'They fired us.');
  await reader.page.getByText('Add details').click();
  await reader.fill('Reference', '০১৯৫ ৪৬৬৭ ৭৩৮৪ ৪৩৮১ ২৯১৬ ১৫২৮ ৫৯৪১ ৩৫৭৮ ০৭০৯ ৩১৬০');
  await reader.tap('Next');
  await reader.says('There is a code in what you wrote: 12 words, or 40 digits.');
  await reader.fill('Reference', '7-A');
  await reader.tap('Next');
  await reader.heading('Photos, recordings, documents');
  await reader.close();
});

test('a letter of no word is named', async () => {
  const reader = await open();
  await reader.tap('Look for an answer');
  await reader.fill('Your code', 'agree мovie slam');
  await reader.tap('Next');
  await reader.says('Word 2, “мovie”: “м” is none of the letters a to z.');
  await reader.fill('Your code', 'аgree MOVİE slаm ｉｎｃｏｍｅ gown rabbıt remove extend net aspect puzzle muscle');
  await reader.tap('Next');
  await reader.heading('When were you here last?');
  await reader.close();
});

const CHANGED = 'One server sent something that somebody changed, or that is not signed as it must be. It was not used.';

test('a bundle that somebody changed: at both relays, at one', async () => {
  // And its status names what it serves, so that it is asked for it.
  const other = (req) => ({
    '/v1/status': (bytes) => Buffer.from(bytes.toString().replace(/^bundle .*$/m, `bundle ${'0'.repeat(64)}`)),
    '/v1/directory': (bytes) => {
      const out = Buffer.from(bytes);
      const at = out.indexOf('org ', out.indexOf('tocsin-directory'));
      out[at + 20] = out[at + 20] === 0x61 ? 0x62 : 0x61;
      return out;
    },
  })[req.url];
  faults(other);
  const reader = await open();
  await reader.tap('Report something');
  await reader.says('What the server sent was changed by somebody');
  assert.equal(await reader.page.locator('input, textarea').count(), 0);
  await reader.close();
  faults(null);
  faults(other, net.relays.slice(1));
  const second = await open();
  await second.write({ orgs: ['Garment Union'], free: 'One bundle is false.' });
  await second.keepCode();
  await second.heading('It has rung', 120000);
  await second.says(CHANGED);
  await second.close();
});

test('an answers board that somebody changed: at both relays, at one', async () => {
  const flip = (req) => (/^\/v1\/board\/0\/hour/.test(req.url) ? (bytes) => {
    const out = Buffer.from(bytes);
    if (out.length > 0) {
      out[out.length - 70] ^= 1;
    }
    return out;
  } : undefined);
  const code = codeWords(new Uint8Array(randomBytes(16))).join(' ');
  faults(flip);
  const reader = await open();
  await reader.comeBack(code);
  await reader.heading('It did not work', 120000);
  await reader.says('What the server sent was changed by somebody');
  faults(null);
  faults(flip, net.relays.slice(1));
  await reader.tap('Try again');
  await reader.heading('No answer yet', 120000);
  await reader.says(CHANGED);
  await reader.says('What this server alone has may be missing here. Look again tomorrow.');
  await reader.close();
  const writer = await open();
  await writer.write({ orgs: ['Garment Union'], free: 'One of them lies.' });
  await writer.keepCode();
  await writer.heading('It has rung', 120000);
  await writer.says(CHANGED);
  await writer.says('The other server has everything. If you see this again, tell an organisation you trust.');
  await writer.close();
});

test('one of two relays is down while she looks for answers', async () => {
  faults(() => 'down', net.relays.slice(0, 1));
  const reader = await open();
  await reader.comeBack(codeWords(new Uint8Array(randomBytes(16))).join(' '));
  await reader.heading('No answer yet', 120000);
  await reader.says('One server could not be read. What it alone has is missing here. Look again tomorrow.');
  assert.ok(!(await reader.text()).includes(CHANGED));
  await reader.close();
});

test('an expired directory; a clock that is wrong', async () => {
  for (const [days, says] of [[100, /out of date/], [-200, /clock of this device/]]) {
    const reader = await open({ later: days * DAY });
    await reader.tap('Report something');
    await until(async () => says.test(await reader.text()), String(says));
    await reader.close();
  }
});

test('an organisation without a fresh note can’t be chosen', async () => {
  const reader = await open();
  await reader.tap('Report something');
  await reader.heading('Who should hear you?');
  const tile = reader.page.locator('label.tile', { hasText: 'Sleepers' });
  assert.match(await tile.innerText(), /You can’t write to this organisation now/);
  assert.ok(await tile.locator('input').isDisabled());
  await reader.tap('Next');
  await reader.says('Choose at least one organisation.');
  await reader.close();
  const late = await open({ later: 20 * DAY });
  await late.tap('Report something');
  await late.heading('Who should hear you?');
  assert.equal(await late.page.locator('label.tile.closed').count(), 2);
  await late.close();
});

test('a forged answer; one that is gone', async () => {
  const code = randomBytes(16);
  const org = unhex(await orgId('Garment Union'));
  const root = rootOf(seedOf(new Uint8Array(code)), org);
  for (const relay of net.relays) {
    const id = await relayId(relay);
    // Nonsense by somebody who has the root; then what any relay could make.
    const boxes = [wrapAnswer({ root, relay: id, i: 0, n: randomBytes(24), inner: randomBytes(15960) }), randomBytes(16000)];
    for (const [i, box] of boxes.entries()) {
      const put = await post(relay, cell.put(answerAddress(root, id, i), cell.burnHash(randomBytes(32)), box));
      assert.equal(put.status, cell.STATUS.STORED);
      assert.equal((await post(relay, cell.ring(0, answerEntries(root)[i]))).status, cell.STATUS.QUEUED);
    }
    for (const i of [2]) {
      assert.equal((await post(relay, cell.ring(0, answerEntries(root)[i]))).status, cell.STATUS.QUEUED);
    }
  }
  const reader = await open();
  await until(async () => {
    await reader.page.reload();
    await reader.tap('English');
    await reader.comeBack(codeWords(new Uint8Array(code)).join(' '));
    await reader.page.getByRole('heading', { level: 1, name: /^(Answers|No answer yet)$/ }).waitFor({ timeout: 120000 });
    return (await reader.page.locator('article').count()) === 3;
  }, 'all entries', 180000);
  assert.match(await reader.text(), /This was not written by the organisation\. Somebody else may hold your code/);
  assert.equal((await reader.text()).match(/An answer was here and is gone/g).length, 2);
  assert.doesNotMatch(await reader.text(), /The signature is right/);
  await reader.close();
});

async function relayId(relay) {
  const status = await (await fetch(`${relay.proxy.url}/v1/status`)).text();
  return unhex(/^relay ([0-9a-f]{64})$/m.exec(status)[1]);
}

async function orgId(name) {
  const bundle = Buffer.from(await (await fetch(`${net.relays[0].proxy.url}/v1/directory`)).arrayBuffer()).toString('utf8');
  return new RegExp(`^org ([0-9a-f]{64}) .* ${name}$`, 'm').exec(bundle)[1];
}

test('a stop is a stop, and can be taken back', async () => {
  const posts = hold(net.relays, isPost);
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'Stop me.' });
  await reader.keepCode();
  await reader.heading('Sending');
  await reader.tap('Stop');
  await reader.says('You stopped it.');
  faults(null);
  posts.go();
  await reader.tap('Try again');
  await reader.heading('It has rung', 120000);
  await reader.close();
});

test('the tab is closed while sending: the browser asks first; closed all the same, it goes on', async () => {
  const posts = hold(net.relays, isPost);
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'Half sent.' });
  const code = await reader.keepCode();
  await reader.heading('Sending');
  await reader.says('If it gets closed: keep your code, open the page again and tap “Go on with a report that stopped”.');
  const asked = reader.page.waitForEvent('dialog');
  await reader.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  await reader.heading('Sending');
  await reader.close();
  faults(null);
  posts.go();
  const again = await open();
  await again.write({ orgs: ['Garment Union'], free: 'Half sent, and again.', resumed: code });
  await again.heading('It has rung', 120000);
  await again.close();
});
