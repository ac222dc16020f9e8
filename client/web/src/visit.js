// SPDX-License-Identifier: ISC
// A visit has one shape, whether it reads or writes (PROTOCOL.md section 6), at
// each relay: bundle, answers board, blocks of RING, GET, BURN-or-NOP, then the
// pages until the entries are seen. What is not needed is a dummy.
import { ANSWERS, dummyReportEntry } from './proto/board.js';
import { equal, hex, Malformed, random, shuffled } from './proto/bytes.js';
import * as cell from './proto/cell.js';
import { pageHash, pageIsSigned, parsePage, parseSpan } from './proto/page.js';
import { NetError, sleep } from './net.js';
import { lose, problemOf, readStatus } from './network.js';
import { insist } from './toll.js';

export { shuffled };

const { STATUS } = cell;
const HOUR = 3600;
const DAY = 86400;
const LEAST_BLOCKS = 2;
const EARLY = HOUR; // seconds that a page named by a relay may lie back
const LATE = 2 * HOUR; // or ahead
export const ANSWER_DAYS = 7;
const LONG_ONE_IN = 4;

const breathe = () => sleep(0);

const pageBytes = (board, slots) => 64 + slots * board.entry + 64;
const spanBytes = (board, seconds) => Math.ceil(seconds / board.tick) * pageBytes(board, board.max);

/** Closed days, then the hours of the last day: [path, seconds, which]. */
export function spans(days, now) {
  const today = Math.floor(now / DAY);
  const out = [];
  for (let d = today - days; d < today; d++) {
    out.push([`day/${d}`, DAY, d]);
  }
  for (let h = today * 24; h <= Math.floor(now / HOUR); h++) {
    out.push([`hour/${h}`, HOUR, h]);
  }
  return out;
}

/** The relay's newest page of a board, by its own word. */
const newestPage = async (net, relay, board) => (await readStatus(net, relay)).boards.get(board.id)?.newest ?? 0;

/** Throws where a page is not of the hour or day that was asked for. */
function checkWithin(pages, board, seconds, which) {
  if (pages.some((page) => Math.floor((page.number * board.tick) / seconds) !== which)) {
    throw new Malformed('pages of another time');
  }
}

/** Throws where a seen note names another page in the place of one of these. */
function checkNoted(pages, noted) {
  for (const page of pages) {
    const differs = (n) => (n.number === page.number
      ? !equal(n.hash, pageHash(page)) : page.previous < n.number && n.number < page.number);
    if (noted.some(differs)) {
      throw new Malformed('pages that a desk saw otherwise');
    }
  }
}

/**
 * The answers board at one relay: Map from the hex of a clue to the day of its
 * page. Throws where the relay breaks the chain or contradicts a seen note.
 */
async function readAnswersBoard({ net, network }, relay, days, onProgress) {
  const board = network.directory.boards.find((b) => b.id === ANSWERS);
  const noted = network.directory.orgs.filter((o) => !o.revoked && o.seen).flatMap((o) => o.seen.pages)
    .filter((p) => p.board === ANSWERS && equal(p.relay, relay.id));
  // A clock that runs late must not hide what is new.
  const newest = (await newestPage(net, relay, board)) * board.tick;
  const end = newest < network.now + 2 * DAY ? Math.max(network.now, newest) : network.now;
  relay.clock = { at: Date.now() / 1000, shows: newest || network.now };
  const files = spans(days, end);
  const clues = new Map();
  let last = null;
  let over = false;
  for (const [i, [path, seconds, which]] of files.entries()) {
    let bytes = null;
    try {
      bytes = await net.get(relay, `/v1/board/${ANSWERS}/${path}`, spanBytes(board, seconds));
    } catch (e) {
      if (!(e instanceof NetError && e.code === 'missing')) {
        throw e;
      }
      over = last !== null;
    }
    if (bytes) {
      const span = parseSpan(board, bytes, relay.pk, last);
      if (over && span.pages.length > 0) {
        throw new Malformed('pages after a hole');
      }
      last = span.last ?? last;
      checkWithin(span.pages, board, seconds, which);
      checkNoted(span.pages, noted);
      for (const page of span.pages) {
        const day = Math.floor((page.number * board.tick) / DAY);
        page.entries.forEach((e) => clues.set(hex(e), day));
      }
    }
    onProgress?.((i + 1) / files.length);
    await breathe();
  }
  return clues;
}

/**
 * The answers boards of all relays: { clues, problems }, of a week or, if it shall
 * be long, of all days that are kept. Where neither is needed (no long is given) it
 * is drawn, so that a long one tells nothing. A relay that fails is lost for this
 * visit; throws if all are.
 */
export async function readBoards(visit, { long = random(1)[0] % LONG_ONE_IN === 0, onProgress }) {
  const { relays, directory } = visit.network;
  const days = long ? directory.retention : Math.min(ANSWER_DAYS, directory.retention);
  visit.network.days = days;
  const clues = new Map();
  const problems = [];
  for (const [k, relay] of relays.entries()) {
    const problem = relay.lost ? relay.trouble : await problemOf(async () => {
      const found = await readAnswersBoard(visit, relay, days, (f) => onProgress?.((k + f) / relays.length));
      found.forEach((day, clue) => clues.set(clue, Math.max(day, clues.get(clue) ?? 0)));
    });
    if (problem) {
      lose(relay, problem);
      problems.push({ relay, problem });
    }
  }
  if (problems.length === relays.length) {
    throw (problems.find((p) => p.problem instanceof Malformed) ?? problems[0]).problem;
  }
  return { clues, problems };
}

/** One RING, as often as the relay may ask for it. */
async function ringOnce(visit, relay, { board, entry }, onStep) {
  const b = visit.network.directory.boards.find((x) => x.id === board);
  const answer = await insist(visit, relay, b, cell.ring(board, entry), () => onStep?.('effort', 0));
  if (answer.status !== STATUS.QUEUED && answer.status !== STATUS.SEALED) {
    throw new NetError('busy', relay);
  }
  onStep?.('sent', 0);
  return answer.page;
}

/** One page, or null while there is none of that number. */
async function onePage({ net }, relay, board, number) {
  let bytes;
  try {
    bytes = await net.get(relay, `/v1/board/${board.id}/${number}`, pageBytes(board, board.max));
  } catch (e) {
    if (e instanceof NetError && e.code === 'missing') {
      return null;
    }
    throw e;
  }
  const page = parsePage(board, bytes);
  if (page.number !== number || page.bytes.length !== bytes.length || !pageIsSigned(page, relay.pk)) {
    throw new Malformed('not the page, or without a good signature');
  }
  return page;
}

/**
 * Reads a board from the earliest named page until all entries of these rings
 * were seen on pages with a good signature; ring.seen then is the page's number.
 */
async function awaitPages(visit, relay, board, rings) {
  const left = () => rings.filter((r) => !r.seen);
  const patience = (60 + 20 * board.tick) * 1000;
  const started = Date.now();
  let n = Math.min(...rings.map((r) => r.page));
  let misses = 0;
  // Pages without end, of days to come, are no reason to go on.
  while (left().length > 0 && isNear(relay, board, n)) {
    visit.net.check();
    const page = await onePage(visit, relay, board, n);
    if (page) {
      left().filter((r) => page.entries.some((e) => equal(e, r.entry))).forEach((r) => { r.seen = n; });
      n++;
      misses = 0;
      continue;
    }
    if (Date.now() - started > patience) {
      return;
    }
    // Not sealed yet; or left out, which the relay's newest page then tells.
    if (++misses > 2 && (await newestPage(visit.net, relay, board)) > n) {
      n++;
      misses = 0;
      continue;
    }
    await sleep(board.tick > 4 ? 3000 : 500);
  }
}

/** A dummy stands on the board of some organisation, as a report would. */
function dummyRing({ directory }) {
  const { orgs, boards } = directory;
  const board = orgs.length
    ? orgs[(random(2)[0] * 256 + random(1)[0]) % orgs.length].board : boards.find((b) => b.id !== ANSWERS).id;
  return { board, entry: dummyReportEntry() };
}

/**
 * The blocks at one relay. work: { rings: [{ board, entry }], gets: [address],
 * burns: [{ address, secret }] } fills them; what is missing is a dummy. Each
 * result stands where its work stood: rings: page number or an Error; gets:
 * { status, box }; burns: status.
 */
export async function runBlocks(visit, relay, { rings = [], gets = [], burns = [] }, onStep) {
  const { net, network } = visit;
  if (!relay.clock) {
    await readAnswersBoard(visit, relay, network.days); // it was lost before
  }
  const blocks = Math.max(LEAST_BLOCKS, rings.length, gets.length, burns.length);
  const rung = [];
  const out = { rings: [], gets: [], burns: [] };
  for (let i = 0; i < blocks; i++) {
    const ring = { ...(rings[i] ?? dummyRing(network)), seen: 0, page: 0, problem: null };
    const wanted = i < rings.length;
    ring.problem = await problemOf(async () => {
      ring.page = await ringOnce(visit, relay, ring, wanted ? onStep : null);
    });
    if (ring.problem && ring.problem.code !== 'busy') {
      throw ring.problem;
    }
    rung.push(ring);
    const got = await net.exchange(relay, cell.get(gets[i] ?? random(32)));
    if (i < gets.length) {
      out.gets.push(got);
    }
    const burn = burns[i];
    const burned = await net.exchange(relay, burn ? cell.burn(burn.address, burn.secret) : cell.nop());
    if (burn) {
      out.burns.push(burned.status);
    }
  }
  await awaitAll(visit, relay, rung);
  out.rings = rung.slice(0, rings.length).map((r) => r.seen || (r.problem ?? new NetError('busy', relay)));
  return out;
}

/** Is this page one that could be due, by what is known of the relay's clock? */
function isNear(relay, board, page) {
  const { at, shows } = relay.clock;
  const now = shows + Math.max(0, Date.now() / 1000 - at);
  return page * board.tick >= shows - EARLY && page * board.tick <= now + LATE;
}

/** Pages of all boards that were rung, in the directory's order. */
async function awaitAll(visit, relay, rung) {
  for (const board of visit.network.directory.boards) {
    const mine = rung.filter((r) => r.board === board.id && !r.problem && isNear(relay, board, r.page));
    if (mine.length > 0) {
      await awaitPages(visit, relay, board, mine);
    }
  }
}
