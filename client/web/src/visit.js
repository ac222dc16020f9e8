// SPDX-License-Identifier: ISC
// A visit is a program (PROTOCOL.md section 6). It runs from its first byte to its
// last without waiting for anybody, at all listed relays at once, and is the same
// whatever it is for. What is not needed is a dummy.
import { randomUpTo } from './proto/bytes.js';
import { loadNetwork, Patience, tryAt } from './network.js';
import { readBoards } from './visit/boards.js';
import { runBlocks, withDummies } from './visit/blocks.js';
import { awaitPages } from './visit/pages.js';

export const ANSWER_DAYS = 7;
const LONG_ONE_IN = 4;

/**
 * Runs one. net, settings, known, now: see loadNetwork. long: all days that are kept
 * are looked through; else it is drawn. onStep(what, fraction) tells what goes on:
 * 'read' (bundle and boards), 'sealed', 'sent', 'effort', 'seen'.
 *
 * choose({ network, clues }) is called once, between steps 3 and 4, and gives at once
 * what is wanted: { rings: [{ board, entry }], gets: [relay => address], burns:
 * [relay => { address, secret }] }, two of each at most. clues: Map from the hex of
 * each entry of the answers boards to the day of its earliest page.
 *
 * Resolves to { network, clues, problems, rings, gets, burns }: problems of reading,
 * [{ relay, problem }]; for each ring a Map from relays to the page that showed it, for
 * each get and burn one to what was answered. Throws where nothing could be read
 * anywhere. What a relay did wrong stands in relay.trouble.
 */
export async function runVisit({ net, settings, known, now, long = false, choose, onStep = () => {} }) {
  const patience = new Patience(net);
  // Steps 1 and 2: each relay's status, the bundle of one. All wait for each other.
  const network = await loadNetwork(net, settings, known, now, patience);
  const visit = { net, network, onStep, days: daysOf(network, long) };
  // Step 3: the answers boards of each. All wait for each other.
  const { clues, problems } = await readBoards(visit, patience);
  const wanted = choose({ network, clues });
  const plan = withDummies(network, wanted);
  onStep('sealed', 1);
  const done = new Map();
  await Promise.all(network.relays.filter((r) => !r.lost).map((relay) => tryAt(relay, async () => {
    const blocks = { rings: [], gets: [], burns: [] };
    done.set(relay, blocks);
    // Steps 4 and 5: two blocks.
    await runBlocks(visit, relay, plan, blocks);
    // Step 6: the pages of what was rung.
    await awaitPages(visit, relay, blocks.rings);
  })));
  return { network, clues, problems, ...resultsOf(wanted, done) };
}

/** How far it looks back; drawn where nothing depends on it, so that it tells nothing. */
function daysOf({ directory }, long) {
  const all = randomUpTo(LONG_ONE_IN) === 0 || long;
  return all ? directory.retention : Math.min(ANSWER_DAYS, directory.retention);
}

/** What came of what was wanted, by relay. */
function resultsOf({ rings = [], gets = [], burns = [] }, done) {
  const of = (list, what) => list.map((_, i) => new Map([...done]
    .map(([relay, blocks]) => [relay, what(blocks, i, relay)]).filter(([, result]) => result)));
  for (const [relay, blocks] of done) {
    const bad = blocks.rings.find((r) => r.problem)?.problem;
    if (bad && !relay.trouble) {
      relay.trouble = bad;
    }
  }
  return {
    rings: of(rings, (blocks, i, relay) => !relay.closing && blocks.rings[i]?.seen),
    gets: of(gets, (blocks, i) => blocks.gets[i]),
    burns: of(burns, (blocks, i) => blocks.burns[i]),
  };
}
