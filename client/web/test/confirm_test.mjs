// SPDX-License-Identifier: ISC
// A list of organisations that nobody has confirmed for three days: nothing is sent
// before she says so, and then only to whom can still be written.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DAY } from './clock.mjs';
import { Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { inspectFrame } from './inspect.mjs';

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 2, orgs: [['Garment Union'], ['Legal Aid']] });
  browser = await launch();
  file = await net.page();
  net.moveClock(4 * DAY); // nobody watches, so nobody has seen anything
});
after(async () => {
  await browser?.close();
  net?.close();
});
beforeEach(() => net.relays.forEach((r) => { r.proxy.seen.length = 0; }));

const cells = (relay) => relay.proxy.seen.filter((s) => s.method === 'POST').map((s) => s.body[1]);
/** A visit: twice RING, GET and what stands for a BURN. */
const isVisit = (ops, visits) => ops.length === 6 * visits && ops.filter((op) => op === 4).length === 2 * visits
  && ops.filter((op) => op === 2).length === 2 * visits;

async function toTheQuestion(lang, free) {
  const reader = await Reader.open(browser, file, { lang });
  await reader.write({ orgs: ['Garment Union'], free });
  await reader.keepCode();
  await reader.heading('Nothing was sent yet', 120000);
  return reader;
}

test('asked after a visit like any other; who stops has sent nothing', async () => {
  for (const lang of ['en', 'ar']) {
    const reader = await toTheQuestion(lang, 'Never sent.');
    await reader.says('Nobody has confirmed the list of organisations for 3 days. Somebody may hide that one of them was taken off it.');
    net.relays.forEach((r) => assert.ok(isVisit(cells(r), lang === 'en' ? 1 : 2), `${cells(r)}`));
    await inspectFrame(reader, 'unconfirmed');
    await reader.tap('Stop here');
    await reader.heading('It stopped');
    await reader.close();
  }
});

test('who reads is not asked', async () => {
  const reader = await Reader.open(browser, file);
  await reader.comeBack('legal winner thank year wave sausage worth useful legal winner thank yellow');
  await reader.heading('No answer yet', 120000);
  await reader.close();
});

test('"Send it all the same" is another visit, and it arrives', async () => {
  const reader = await toTheQuestion('en', 'Sent all the same.');
  await reader.tap('Send it all the same');
  await reader.heading('It has rung', 120000);
  net.relays.forEach((r) => assert.ok(isVisit(cells(r), 2), `${cells(r)}`));
  await reader.close();
  const watch = net.watch('Garment Union', ['--own-per-day', '0', '--dummies-per-day', '0']);
  await until(() => /^case 1 new$/m.test(watch.lines), 'the report');
  assert.match((await net.desk('Garment Union', 'show', ['1'])).stdout, /Sent all the same/);
  net.moveClock(DAY); // what it has read is of a day that is over
  const orgs = ['orgs', '--fresh', '--no-tor', '--network', net.file];
  await until(async () => /read up to/.test((await net.run('tocsin', orgs)).stdout), 'a seen note');
  watch.kill('SIGTERM');
  await until(() => watch.exitCode !== null || watch.signalCode !== null, 'the end of the watch');
});

test('confirmed by one organisation: nobody is asked', async () => {
  const reader = await Reader.open(browser, file);
  await reader.write({ orgs: ['Legal Aid'], free: 'At once.' });
  await reader.keepCode();
  await reader.heading('It has rung', 120000);
  net.relays.forEach((r) => assert.ok(isVisit(cells(r), 1), `${cells(r)}`));
  await reader.close();
});
