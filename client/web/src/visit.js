// SPDX-License-Identifier: ISC
// A visit has one shape, whether it reads or writes (PROTOCOL.md section 6), at
// each relay: bundle, answers board, blocks of RING, GET, BURN-or-NOP, then the
// pages until the entries are seen. What is not needed is a dummy.
import { dummyReportEntry, isForAnswers } from './proto/board.js';
import { seenLines } from './proto/bundle.js';
import { equal, hex, Malformed, random, shuffled } from './proto/bytes.js';
import * as cell from './proto/cell.js';
import { pageHash, pageIsSigned, parsePage, parseSpan } from './proto/page.js';
import { NetError, sleep } from './net.js';
import { problemOf, readStatus } from './network.js';
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
const FRESH = 1800; // seconds, or three ticks: the newest page of a board is that old

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

/**
 * Organisations' seen notes against what a relay shows of a board. Throws where more
 * than half of those with a line that counts have seen something else.
 */
class Witnesses {
  constructor(network, relay, board) {
    this.lines = seenLines(network, relay, board, Math.floor(network.now / DAY));
    this.against = new Set();
  }

  /** differs: what was seen, and is not shown. */
  note(differs) {
    this.lines.filter(({ page }) => differs(page)).forEach(({ org }) => this.against.add(org));
    if (this.against.size * 2 > this.lines.length) {
      throw new Malformed('pages that desks saw otherwise');
    }
  }

  page(page) {
    this.note((n) => (n.number === page.number
      ? !equal(n.hash, pageHash(page)) : page.previous < n.number && n.number < page.number));
  }

  /** It was read from page `first` on; `last` is the newest, 0 for none. */
  end(first, last) {
    this.note((n) => n.number >= first && n.number > last);
  }
}

/** Is the page of this number perhaps gone at a relay by now? A day of slack: clocks differ. */
const mayBeGone = ({ directory, now }, board, number) =>
  Math.floor((number * board.tick) / DAY) + directory.retention <= Math.floor(now / DAY) + 1;

/**
 * One answers board at one relay: Map from the hex of a clue to the day of its page.
 * Throws where the relay breaks the chain, contradicts a seen note, or does not show
 * what its status or the chain says is there. A board that stands still is noted as
 * relay.still, the time of its newest page.
 */
async function readAnswersBoard({ net, network }, relay, board, days, onProgress) {
  const witnesses = new Witnesses(network, relay, board);
  const status = (await readStatus(net, relay)).boards.get(board.id);
  if (!status) {
    throw new Malformed('a board that is not there');
  }
  // A clock that runs late must not hide what is new.
  const newest = status.newest * board.tick;
  const end = newest < network.now + 2 * DAY ? Math.max(network.now, newest) : network.now;
  relay.clock = { at: Date.now() / 1000, shows: Math.max(newest, relay.clock?.shows ?? 0) || network.now };
  const files = spans(days, end);
  const first = Math.ceil((files[0][1] * files[0][2]) / board.tick);
  const clues = new Map();
  let last = null;
  for (const [i, [path, seconds, which]] of files.entries()) {
    const bytes = await orMissing(net.get(relay, `/v1/board/${board.id}/${path}`, spanBytes(board, seconds)));
    const span = bytes ? parseSpan(board, bytes, relay.pk, last) : { pages: [] };
    checkWithin(span.pages, board, seconds, which);
    span.pages.forEach((page) => witnesses.page(page));
    for (const page of span.pages) {
      if (!last && page.previous >= first && !mayBeGone(network, board, page.previous)) {
        throw new Malformed('pages that are not shown');
      }
      const day = Math.floor((page.number * board.tick) / DAY);
      page.entries.forEach((e) => clues.set(hex(e), day));
      last = span.last;
    }
    onProgress?.((i + 1) / files.length);
    await breathe();
  }
  if (status.newest >= first && status.newest > (last?.number ?? 0) && !mayBeGone(network, board, status.newest)) {
    throw new Malformed('pages that are not shown');
  }
  witnesses.end(first, last?.number ?? 0);
  relay.disputed = new Set([...(relay.disputed ?? []), ...witnesses.against]);
  // Used all the same; but that nothing newer is there proves nothing.
  const shown = (last?.number ?? first) * board.tick;
  if (shown < network.now - Math.max(3 * board.tick, FRESH)) {
    relay.still = Math.min(relay.still ?? shown, shown);
  }
  return clues;
}

/** What a promise gives, or null where the relay says that it is not there. */
async function orMissing(promise) {
  try {
    return await promise;
  } catch (e) {
    if (e instanceof NetError && e.code === 'missing') {
      return null;
    }
    throw e;
  }
}

/**
 * All answers boards of one relay, their clues added to what is there: { problem,
 * any }: what failed, and was one of them read? One that fails costs the others
 * nothing, unless the line does.
 */
async function readRelay(visit, relay, days, clues, onProgress) {
  const boards = visit.network.directory.boards.filter(isForAnswers);
  let problem = null;
  let any = false;
  relay.still = null;
  for (const [k, board] of boards.entries()) {
    const bad = await problemOf(async () => {
      const found = await readAnswersBoard(visit, relay, board, days, (f) => onProgress?.((k + f) / boards.length));
      found.forEach((day, clue) => clues.set(clue, Math.max(day, clues.get(clue) ?? 0)));
      any = true;
    });
    problem ??= bad;
    if (bad instanceof NetError) {
      return { problem: bad, any: false };
    }
  }
  return { problem, any };
}

/**
 * The answers boards of all relays: { clues, problems }, of a week or, if it shall
 * be long, of all days that are kept. Where neither is needed (no long is given) it
 * is drawn, so that a long one tells nothing. A relay of which no board can be read
 * is lost for this visit; throws if all are.
 */
export async function readBoards(visit, { long = random(1)[0] % LONG_ONE_IN === 0, onProgress }) {
  const { relays, directory } = visit.network;
  const days = long ? directory.retention : Math.min(ANSWER_DAYS, directory.retention);
  visit.network.days = days;
  const clues = new Map();
  const problems = [];
  for (const [k, relay] of relays.entries()) {
    const { problem, any } = relay.lost ? { problem: relay.trouble, any: false }
      : await readRelay(visit, relay, days, clues, (f) => onProgress?.((k + f) / relays.length));
    if (problem) {
      relay.trouble = problem;
      relay.lost = !any;
      problems.push({ relay, problem });
    }
  }
  if (problems.length === relays.length && relays.every((r) => r.lost)) {
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
  const bytes = await orMissing(net.get(relay, `/v1/board/${board.id}/${number}`, pageBytes(board, board.max)));
  if (!bytes) {
    return null;
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
    ? orgs[(random(2)[0] * 256 + random(1)[0]) % orgs.length].board : boards.find((b) => !isForAnswers(b)).id;
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
    const { problem, any } = await readRelay(visit, relay, network.days, new Map()); // it was lost before
    if (!any) {
      throw problem;
    }
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
