// SPDX-License-Identifier: ISC
// The main client is Tor Browser on a cheap phone: the whole way in Debian's
// Firefox, set up as Tor Browser is at "Safer"; the relays are onions.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LONG, Network, socks, until } from './live.mjs';
import { launchTorLike, Reader } from './browser.mjs';
import { jpegWithPlace } from './samples.mjs';
import { answer } from './tour.mjs';

const PHOTO = LONG ? 300000 : 60000;
let net;
let browser;
let file;
let tor;
before(async () => {
  net = await Network.make({ relays: 2, orgs: [['Garment Union'], ['Legal Aid']], onions: true });
  tor = await socks(net);
  browser = await launchTorLike(tor.port);
  file = await net.page();
  net.watch('Garment Union');
});
after(async () => {
  await browser?.close();
  tor?.close();
  net?.close();
});

test('no WebAssembly here; the page takes it for Tor Browser, and fits', async () => {
  const reader = await Reader.open(browser, file);
  assert.equal(await reader.page.evaluate(() => typeof WebAssembly), 'undefined');
  assert.doesNotMatch(await reader.text(), /does not look like Tor Browser|ordinary web address/);
  assert.ok(await reader.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await reader.close();
});

test('report with a photograph, answer, reply, burn', async () => {
  const photo = net.at('photo.jpg');
  writeFileSync(photo, jpegWithPlace(randomBytes(PHOTO)));
  const reader = await Reader.open(browser, file);
  await reader.write({ orgs: ['Garment Union', 'Legal Aid'], free: 'From Firefox. আমাদের বেতন দেয়নি।', files: [photo] });
  const code = await reader.keepCode();
  await reader.heading('It has rung', 180000);
  assert.match(await reader.text(), /at two servers/);
  assert.deepEqual(reader.errors.filter((e) => !/404/.test(e)), []);
  await reader.close();

  await answer(net, 'Garment Union', code, 'Read it in Firefox.');
  const saved = net.at('saved');
  mkdirSync(saved);
  await until(async () => {
    await net.desk('Garment Union', 'save', ['1', '--to', saved], { ok: false });
    return readdirSync(saved).length > 0;
  }, 'the photograph', 120000);
  const got = readFileSync(join(saved, readdirSync(saved)[0]));
  assert.ok(got.length > PHOTO && !got.includes('Spyware') && !got.includes('made by Rahima'));

  const back = await Reader.open(browser, file);
  await back.comeBack(code);
  await back.says('Read it in Firefox.', 180000);
  await back.says('The signature is right: this organisation wrote it.');
  await back.tap('Burn what I have read');
  await back.says('Burned. It can’t be read again.', 180000);
  await back.tap('Write again');
  await back.fill('In your own words', 'And a reply.');
  await back.tap('Send');
  await back.heading('It has rung', 180000);
  await back.page.getByRole('banner').getByRole('button', { name: 'Leave now' }).click();
  await until(async () => (await back.page.locator('body').innerText()).trim() === 'Notes', 'the harmless page');
  await back.close();
  await until(async () => (await net.desk('Garment Union', 'show', ['1'])).stdout.includes('And a reply.'), 'the reply');
});

test('its requests come from no origin, without preflight, referrer or cookie, each like the others', () => {
  const seen = net.relays.flatMap((r) => r.proxy.seen); // the programs came by their sockets
  assert.ok(seen.length > 40);
  const blocks = { GET: new Set(), POST: new Set() };
  for (const { method, headers } of seen) {
    const names = headers.filter((_, i) => i % 2 === 0).map((n) => n.toLowerCase());
    assert.equal(headers[names.indexOf('origin') * 2 + 1], 'null');
    assert.ok(!names.includes('referer') && !names.includes('cookie') && !names.includes('content-type'), names.join());
    blocks[method].add(headers.join('\n').replace(/relay\da+\.onion/, 'relay'));
  }
  for (const [first, ...others] of Object.values(blocks).map((b) => [...b])) {
    others.forEach((other) => assert.equal(other, first, 'all alike'));
  }
});
