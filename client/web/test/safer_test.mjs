// SPDX-License-Identifier: ISC
// As in Tor Browser's "Safer": no JIT, no WebAssembly. All of journey_test.mjs, and
// large files without a frozen screen.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { jpegWithPlace } from './samples.mjs';

process.env.TOCSIN_SAFER = '1';
await import('./journey_test.mjs');

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 1, orgs: [['Garment Union'], ['Legal Aid']] });
  browser = await launch();
  file = await net.page();
  net.watch('Garment Union');
});
after(async () => {
  await browser?.close();
  net?.close();
});

test('WebAssembly is off in this browser', async () => {
  const reader = await Reader.open(browser, file);
  assert.equal(await reader.page.evaluate(() => typeof WebAssembly), 'undefined');
  await reader.close();
});

test('3 MB of files: cleaned, digested, sent; the screen stays alive; a stop works', async () => {
  writeFileSync(net.at('photo.jpg'), jpegWithPlace(randomBytes(2e6)));
  writeFileSync(net.at('more.jpg'), jpegWithPlace(randomBytes(1e6)));
  const reader = await Reader.open(browser, file);
  await reader.page.evaluate(() => {
    globalThis.longest = 0;
    let last = performance.now();
    setInterval(() => {
      globalThis.longest = Math.max(globalThis.longest, performance.now() - last);
      last = performance.now();
    }, 20);
  });
  await reader.write({ orgs: ['Garment Union'], free: 'Large files.', files: [net.at('photo.jpg'), net.at('more.jpg')] });
  await reader.keepCode();
  const bar = (name) => reader.page.getByRole('progressbar', { name }).evaluate((e) => e.value);
  await until(async () => (await bar('Files sent')) > 0.1, 'the upload to begin', 180000);
  await reader.tap('Stop');
  await reader.says('You stopped it.', 2000);
  await reader.says('What you wrote has rung already. Only the files are missing.');
  await reader.tap('Try again');
  await reader.heading('It has rung', 300000);
  const longest = await reader.page.evaluate(() => globalThis.longest);
  assert.ok(longest < 4000, `the screen stood still for ${longest} ms`);
  await reader.close();
});
