// SPDX-License-Identifier: ISC
// An answer of an organisation that was revoked meanwhile: shown, with the day and
// without a word of a good signature.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { clock, DAY } from './clock.mjs';
import { Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { answer } from './tour.mjs';

let net;
let browser;
before(async () => {
  net = await Network.make({ orgs: [['Garment Union'], ['Legal Aid']] });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  net?.close();
});

test('an answer of a revoked organisation: with the day, and that it is not certain who wrote it', async () => {
  const file = await net.page();
  net.watch('Garment Union');
  const writer = await Reader.open(browser, file);
  await writer.write({ orgs: ['Garment Union'], free: 'To be answered.' });
  const code = await writer.keepCode();
  await writer.heading('It has rung', 120000);
  await writer.close();
  await answer(net, 'Garment Union', code, 'We will come to you.');
  const look = async () => {
    const reader = await Reader.open(browser, file);
    await reader.comeBack(code);
    await reader.heading('Answers', 120000);
    const text = await reader.text();
    await reader.close();
    return text;
  };
  const good = 'The signature is right: this organisation wrote it.';
  const before = await look();
  assert.ok(before.includes(good) && before.includes('We will come to you.'), before);

  const id = /^org ([0-9a-f]{64}) .* Garment Union$/m.exec(readFileSync(net.at('root/dir.note'), 'utf8'))[1];
  await net.run('tocsin-root', ['revoke', net.at('root/dir.note'), id]);
  await net.publish();
  net.relays[0].child.kill('SIGHUP');
  await until(async () => (await net.run('tocsin', ['orgs', '--fresh', '--no-tor', '--network', net.file])).stdout.includes('REVOKED'), 'the new list');
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(Math.floor(clock.now() / DAY) * DAY * 1000);
  const shown = await look();
  assert.ok(shown.includes(`This organisation was taken off the list on ${day}. It is not certain who wrote this.`), shown);
  assert.ok(shown.includes('We will come to you.'), shown);
  assert.ok(!shown.includes(good), shown);
});
