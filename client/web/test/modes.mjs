// SPDX-License-Identifier: ISC
// Journeys as in Tor Browser's "Safer", without JIT; in the long form with JIT, too.
import { after, before, test } from 'node:test';
import { LONG, Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';

export const ORGS = ['Garment Union', 'Legal Aid'];

/** A function like test, whose tests get { net, browser, file }, once for each mode. */
export function journeys() {
  const modes = [['without JIT', true], ...(LONG ? [['with JIT', false]] : [])];
  const worlds = new Map();
  before(async () => {
    for (const [mode, safer] of modes) {
      const world = {};
      worlds.set(mode, world);
      world.net = await Network.make({ relays: 2, orgs: [[ORGS[0], '--kind', 'union', '--countries', 'BD'], [ORGS[1], '--kind', 'lawyers']] });
      world.browser = await launch({ safer });
      world.file = await world.net.page();
      world.net.watches = ORGS.map((org) => world.net.watch(org));
    }
  });
  after(async () => {
    for (const { browser, net } of worlds.values()) {
      await browser?.close();
      net?.close();
    }
  });
  return (name, what) => modes.forEach(([mode]) => test(`${name} (${mode})`, () => what(worlds.get(mode))));
}

export const open = ({ browser, file }) => Reader.open(browser, file);

/** Until the desk of an organisation, 0 or 1, has said this of a case. */
export const caseLine = (net, i, n, what) => until(() => new RegExp(`^case ${n} ${what}$`, 'm').test(net.watches[i].lines),
  `case ${n} ${what} at desk ${i}: ${net.watches[i].errors}`);
