// SPDX-License-Identifier: ISC
// What goes wrong on the way is said in plain words, with what to do next: relays that
// are down, slow or busy, and stops.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { randomBytes } from 'node:crypto';
import * as cell from '../src/proto/cell.js';
import { codeWords } from '../src/proto/code.js';
import { challenge, effortHour, effortOf, hashBefore } from '../src/proto/effort.js';
import { unhex } from '../src/proto/bytes.js';
import { clock } from './clock.mjs';
import { hold, isPost, LONG, until } from './live.mjs';
import { Reader } from './browser.mjs';
import { faults, open, pair } from './pair.mjs';

const unreached = ({ proxy }) => `The server ${proxy.url} could not be reached. The other one has everything.`;

/** It stopped, and says why; once the relays are there again, it goes on. */
async function tryAgain(reader, why) {
  await reader.heading('It stopped', 180000);
  await reader.says(why);
  faults(null);
  await reader.tap('Try again');
  await reader.heading('It has rung', 180000);
}

test('no relay can be reached', async () => {
  faults(() => 'down');
  const reader = await open();
  await reader.tap('Report something');
  await reader.heading('Who should hear you?'); // from what the page carries
  await reader.tap('Get a newer list');
  await reader.says('The server can’t be reached. Is Tor connected?', 90000);
  faults(null);
  await reader.tap('Try again');
  await reader.heading('Who should hear you?');
  await reader.write({ orgs: ['Garment Union'], free: 'To no relay.', at: 'orgs' });
  faults(() => 'down');
  await reader.keepCode();
  await tryAgain(reader, 'The server can’t be reached. Is Tor connected?');
  await reader.close();
});

test('one of two relays is down: the other has everything, and that is said', async () => {
  faults(() => 'down', pair.net.relays.slice(0, 1));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'To one relay.' });
  await reader.keepCode();
  await reader.heading('It has rung', 120000);
  await reader.says(unreached(pair.net.relays[0]));
  assert.match(await reader.text(), /Your message is at the server/);
  await reader.close();
});

test('one of two relays goes down while files are sent', async () => {
  writeFileSync(pair.net.at('notes.txt'), randomBytes(200000).toString('hex'));
  let puts = 0;
  faults((req, body) => (body[1] === 1 && ++puts > 5 ? 'down' : undefined), pair.net.relays.slice(1));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'With a file.', files: [pair.net.at('notes.txt')] });
  await reader.keepCode();
  await reader.heading('It has rung', 180000);
  await reader.says(unreached(pair.net.relays[1]));
  await reader.close();
});

test('a relay that does not give files back is named; the other has everything', async () => {
  const [, liar] = pair.net.relays;
  let puts = 0;
  faults((req, body) => {
    puts += body[1] === cell.OP.PUT;
    if (body[1] !== cell.OP.GET || puts === 0) {
      return undefined;
    }
    const absent = Buffer.alloc(cell.CELL);
    absent.set([1, cell.STATUS.ABSENT]);
    return { status: 200, body: absent };
  }, [liar]);
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'With a file.', files: [pair.net.at('notes.txt')] });
  await reader.keepCode();
  await reader.heading('It has rung', 180000);
  await reader.says(`The server ${liar.proxy.url} said that it had stored your files, and did not give them back.`);
  await reader.says('The other server has everything.');
  await reader.close();
});

test('both relays go down while files are sent: a second try sends what is missing', async () => {
  writeFileSync(pair.net.at('more.txt'), randomBytes(150000).toString('hex'));
  const before = pair.net.relays.map((r) => r.proxy.seen.length);
  let puts = 0;
  faults((req, body) => (body[1] === 1 && ++puts > 12 ? 'down' : undefined));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'With a file.', files: [pair.net.at('more.txt')] });
  await reader.keepCode();
  await tryAgain(reader, 'What you wrote has rung already. Only the files are missing.');
  assert.match(await reader.text(), /at two servers/);
  await reader.close();
  for (const [i, r] of pair.net.relays.entries()) {
    const stored = r.proxy.seen.slice(before[i]).filter((s) => s.body[1] === 1 && s.answer?.[1] === 1).map((s) => s.body.subarray(16, 48).toString('hex'));
    assert.equal(stored.length, new Set(stored).size, 'no box is stored twice');
    assert.equal(stored.length, 20);
    const rings = r.proxy.seen.slice(before[i]).filter((s) => s.body[1] === 4 && s.answer).length;
    assert.equal(rings, 4, 'text and files, each with a dummy');
  }
});

test('a slow line: it says so, and goes on', async () => {
  const posts = hold(pair.net.relays, isPost);
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
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'With effort.' });
  await reader.keepCode();
  await reader.heading('It has rung', 240000);
  await reader.close();
  assert.ok(efforts.length >= 4);
  const { url } = pair.net.relays[0].proxy;
  const status = await (await fetch(`${url}/v1/status`)).text();
  const relay = unhex(/^relay ([0-9a-f]{64})$/m.exec(status)[1]);
  const board = { id: 1, entry: 4096, tick: 1, slots: 2, max: 4 };
  // The full hour may have come meanwhile; or the relay is younger than it.
  const now = clock.now();
  const challenges = [];
  for (const s of new Set([effortHour(1, now), effortHour(1, now - 600)])) {
    for (let hour = s / 3600, h = null; !h && hour <= now / 3600; hour++) {
      const file = new Uint8Array(await (await fetch(`${url}/v1/board/1/hour/${hour}`)).arrayBuffer());
      h = file.length % 128 === 0 ? hashBefore(board, pair.net.relays[0].pk, s, file) : null;
      challenges.push(...(h ? [challenge(relay, 1, h)] : []));
    }
  }
  assert.ok(efforts.some((b) => challenges.some((c) => effortOf(new Uint8Array(b), c) >= 12)));
});

test('one of two relays is down while she looks for answers', async () => {
  faults(() => 'down', pair.net.relays.slice(0, 1));
  const reader = await open();
  await reader.comeBack(codeWords(new Uint8Array(randomBytes(16))).join(' '));
  await reader.heading('No answer yet', 120000);
  await reader.says(`The server ${pair.net.relays[0].proxy.url} could not be read. What it alone has is missing here. Look again tomorrow.`);
  assert.doesNotMatch(await reader.text(), /somebody changed/);
  await reader.close();
});

test('a page that carries no directory fetches one first, and says so', async () => {
  const bare = await pair.net.pageThatCarries('bare', null);
  const all = hold(pair.net.relays);
  const reader = await Reader.open(pair.browser, bare);
  await reader.tap('Report something');
  await reader.heading('One moment');
  faults(null);
  all.go();
  await reader.heading('Who should hear you?');
  assert.ok(await reader.page.locator('label.tile', { hasText: 'Sleepers' }).locator('input').isDisabled());
  await reader.close();
});

test('one that can’t be written to is chosen from what the page carries: the others are served, and she is told', async () => {
  const reader = await open();
  await reader.write({ orgs: ['Garment Union', 'Sleepers'], free: 'To two.' });
  await reader.keepCode();
  await reader.heading('It has rung', 120000);
  await reader.says('Sleepers: You can’t write to this organisation now.');
  assert.match(await reader.text(), /at two servers/);
  await reader.close();
  const second = await open();
  await second.write({ orgs: ['Sleepers'], free: 'To one that sleeps.' });
  await second.keepCode();
  await second.heading('It stopped', 120000);
  await second.says('Sleepers: You can’t write to this organisation now.');
  await second.close();
});

test('a stop is a stop, and can be taken back', async () => {
  const posts = hold(pair.net.relays, isPost);
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
  const posts = hold(pair.net.relays, isPost);
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
