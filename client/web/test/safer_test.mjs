// SPDX-License-Identifier: ISC
// As in Tor Browser's "Safer": no JIT, no WebAssembly; large files without a frozen
// screen. The journeys are in modes.mjs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { hold, LONG, Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { jpegWithPlace } from './samples.mjs';
import { OP } from '../src/proto/cell.js';

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 1, orgs: [['Garment Union'], ['Legal Aid']] });
  browser = await launch({ safer: true });
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

test('large files: cleaned, digested, sent; the screen stays alive; a stop works', async () => {
  const sizes = LONG ? [2e6, 1e6] : [8e5, 4e5];
  const names = ['photo.jpg', 'more.jpg'].map((name) => net.at(name));
  sizes.forEach((size, i) => writeFileSync(names[i], jpegWithPlace(randomBytes(size))));
  const reader = await Reader.open(browser, file);
  // What the bars show whenever the page lets anything else go on.
  await reader.page.evaluate(() => {
    globalThis.shown = {};
    setInterval(() => document.querySelectorAll('progress').forEach((e) => {
      (globalThis.shown[e.getAttribute('aria-label')] ??= new Set()).add(e.value);
    }), 5);
  });
  const shown = (label) => reader.page.evaluate((l) => [...globalThis.shown[l]].filter((f) => f > 0 && f < 1).length, label);
  await reader.write({ orgs: ['Garment Union'], free: 'Large files.', files: names });
  let asked = 0;
  const rest = hold(net.relays, (req, body) => body[1] === OP.PUT && ++asked > 10);
  await reader.keepCode();
  await until(() => rest.asked > 0, 'the upload to begin', 180000);
  await reader.tap('Stop');
  await reader.says('You stopped it.');
  await reader.says('What you wrote has rung already. Only the files are missing.');
  net.relays.forEach((r) => { r.proxy.fault = null; });
  rest.go();
  await reader.tap('Try again');
  await reader.heading('It has rung', 300000);
  // It is 16 slices of each MB that are digested, and 62 boxes that are sent.
  for (const [label, steps] of [['Files made ready', 16], ['Files sent', 62]]) {
    const n = await shown(label);
    const of = steps * (sizes[0] + sizes[1]) / 1e6;
    assert.ok(n > of / 2, `${label}: the screen showed ${n} of ${of} steps`);
  }
  await reader.close();
});
