// SPDX-License-Identifier: ISC
// For tests of what goes wrong: two relays, an organisation that can be written to,
// one that can't, a browser; all go with the file of tests that asks for them.
import { webcrypto } from 'node:crypto';
import { after, afterEach, before } from 'node:test';
import * as cell from '../src/proto/cell.js';
import { Network } from './live.mjs';
import { launch, Reader } from './browser.mjs';

globalThis.crypto ??= webcrypto;
export const pair = { net: null, browser: null, file: null };
before(async () => {
  pair.net = await Network.make({
    relays: 2,
    // A kind that is no word of ours must not be taken for one of JavaScript's.
    orgs: [['Garment Union'], ['Sleepers', '--kind', '__proto__']],
    start: false,
  });
  for (const relay of pair.net.relays) {
    await pair.net.start(relay);
  }
  await pair.net.desk('Garment Union', 'publish');
  pair.browser = await launch();
  pair.file = await pair.net.page();
});
after(async () => {
  await pair.browser?.close();
  pair.net?.close();
});
afterEach(() => faults(null));

export const faults = (f, which = pair.net.relays) => which.forEach((r) => { r.proxy.fault = f; });
export const open = (options) => Reader.open(pair.browser, pair.file, options);
export const post = async (relay, bytes) => cell.parseAnswer(new Uint8Array(await (await fetch(`${relay.proxy.url}/v1/exchange`, { method: 'POST', body: bytes })).arrayBuffer()), bytes[1]);
