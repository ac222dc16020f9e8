// SPDX-License-Identifier: ISC
// Steps 4 and 5 of a visit: two blocks of RING, GET, BURN, whatever is answered.
import { dummyReportEntry, isForAnswers } from '../proto/board.js';
import { drawn, random, randomUpTo } from '../proto/bytes.js';
import * as cell from '../proto/cell.js';
import { Ring } from './ring.js';

const BLOCKS = [0, 1];

/** An entry to nobody, on the board of some organisation, as a report would be. */
function dummyRing({ directory: { orgs, boards } }) {
  const board = orgs.length ? orgs[randomUpTo(orgs.length)].board : boards.find((b) => !isForAnswers(b)).id;
  return { board, entry: dummyReportEntry() };
}

/**
 * What each relay gets in each block. What is one at all relays for a real thing is
 * drawn once for all of them: an entry, at the relays that are open. What differs for
 * a real thing differs for a dummy.
 */
export function withDummies(network, { rings = [], gets = [], burns = [] }) {
  if (Math.max(rings.length, gets.length, burns.length) > BLOCKS.length) {
    throw new RangeError('more than a visit holds');
  }
  const dummies = BLOCKS.map(() => dummyRing(network)); // drawn for all: it takes a moment
  const own = BLOCKS.map((i) => rings[i] ?? dummies[i]);
  return {
    ring: (relay, i) => (relay.closing ? dummyRing(network) : own[i]),
    isReal: (relay, i) => !relay.closing && i < rings.length,
    get: (relay, i) => gets[i]?.(relay) ?? random(32),
    burn: (relay, i) => burns[i]?.(relay) ?? { address: random(32), secret: random(32) },
  };
}

/** The blocks at one relay, into out: { rings: [Ring], gets: [answer], burns: the same }. */
export async function runBlocks(visit, relay, plan, out) {
  const { net, network, onStep } = visit;
  for (const i of BLOCKS) {
    if (i > 0) {
      await net.sleep(drawn(0, net.pace));
    }
    const { board, entry } = plan.ring(relay, i);
    const ring = new Ring(network.directory.boards.find((b) => b.id === board), entry, plan.isReal(relay, i) ? onStep : null);
    out.rings.push(ring);
    await ring.send(visit, relay);
    out.gets.push(await net.exchange(relay, cell.get(plan.get(relay, i))));
    const { address, secret } = plan.burn(relay, i);
    out.burns.push(await net.exchange(relay, cell.burn(address, secret)));
  }
}
