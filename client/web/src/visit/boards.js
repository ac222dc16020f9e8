// SPDX-License-Identifier: ISC
// Step 3 of a visit: the answers boards of each relay, as files, in four lanes.
import { isForAnswers } from '../proto/board.js';
import { seenLines } from '../proto/bundle.js';
import { equal, hex, Malformed } from '../proto/bytes.js';
import { pageHash, parseSpan } from '../proto/page.js';
import { orMissing } from '../net.js';
import { lose, problemOf } from '../network.js';

const HOUR = 3600;
const DAY = 86400;
const LANES = 4;
const FRESH = 1800; // seconds, or three ticks: the newest page of a board is that old

export const pageBytes = (board, slots) => 64 + slots * board.entry + 64;
const spanBytes = (board, seconds) => Math.ceil(seconds / board.tick) * pageBytes(board, board.max);
/** An entry may stand twice: the earliest day counts. */
const noteClue = (clues, clue, day) => clues.set(clue, Math.min(day, clues.get(clue) ?? day));
const dayOf = (board, page) => Math.floor((page * board.tick) / DAY);

/** Is the page of this number perhaps gone by now? A day of slack: clocks differ. */
export const mayBeGone = ({ directory, now }, board, page) =>
  dayOf(board, page) + directory.retention <= Math.floor(now / DAY) + 1;

/** Pages that no clock has seen yet; by a status, which nobody signs. */
export const isToCome = ({ now }, board, page) => dayOf(board, page) > Math.floor(now / DAY) + 1;

/**
 * What is asked for of a board whose newest page is this: [[path, seconds, which]].
 * That page says what is closed: days, then the hours of its own day, the open one last.
 */
export function filesOf(board, newest, firstDay) {
  const today = dayOf(board, newest);
  const out = [];
  for (let d = firstDay; d < today; d++) {
    out.push([`day/${d}`, DAY, d]);
  }
  for (let h = today * 24; today >= firstDay && h <= Math.floor((newest * board.tick) / HOUR); h++) {
    out.push([`hour/${h}`, HOUR, h]);
  }
  return out;
}

/**
 * Organisations' seen notes against what a relay shows of a board. Throws where more
 * than half of those with a line that counts have seen something else.
 */
export class Witnesses {
  constructor(network, relay, board) {
    this.relay = relay;
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
    const { relay } = this;
    this.note((n) => n.number >= first && n.number > last);
    relay.disputed = new Set([...(relay.disputed ?? []), ...this.against]);
  }
}

/**
 * One answers board at one relay. It takes file after file; what is wrong with one is
 * this.problem, changes nothing of what is asked for, and spoils the board.
 */
class Reading {
  constructor({ network, days }, relay, board) {
    const today = Math.floor(network.now / DAY);
    const listed = relay.status.boards.get(board.id);
    Object.assign(this, { network, relay, board, problem: null, last: null, clues: new Map(), files: [] });
    this.newest = listed?.newest ?? 0;
    this.first = Math.ceil(((today - days) * DAY) / board.tick);
    this.witnesses = new Witnesses(network, relay, board);
    if (!listed) {
      this.problem = new Malformed('a board that is not there');
    } else if (isToCome(network, board, this.newest)) {
      this.problem = new Malformed('pages of days to come');
    } else {
      this.files = filesOf(board, this.newest, today - days);
    }
  }

  async safely(what) {
    this.problem ??= await problemOf(what);
  }

  take([, seconds, which], bytes) {
    const { network, board, relay } = this;
    const { pages, last } = parseSpan(board, bytes ?? new Uint8Array(), relay.pk, this.last);
    for (const page of pages) {
      if (Math.floor((page.number * board.tick) / seconds) !== which) {
        throw new Malformed('pages of another time');
      }
      this.witnesses.page(page);
      if (!this.last && page.previous >= this.first && !mayBeGone(network, board, page.previous)) {
        throw new Malformed('pages that are not shown');
      }
      this.last = last;
      page.entries.forEach((e) => noteClue(this.clues, hex(e), dayOf(board, page.number)));
    }
  }

  /** After the last file: did all come that its status says is there? */
  end() {
    const { board, relay, first, newest, network } = this;
    const last = this.last?.number ?? 0;
    if (newest >= first && newest > last && !mayBeGone(network, board, newest)) {
      throw new Malformed('pages that are not shown');
    }
    this.witnesses.end(first, last);
    // Used all the same; but that nothing newer is there proves nothing.
    const shown = (last || first) * board.tick;
    if (shown < network.now - Math.max(3 * board.tick, FRESH)) {
      relay.still = Math.min(relay.still ?? shown, shown);
    }
  }
}

/**
 * Fetches a list of files, four requests under way at once, in its order. Gives a
 * promise for each; where one fails, what is not under way yet fails with it.
 */
function inLanes(files, fetch) {
  const ends = files.map(() => ({}));
  const came = ends.map((end) => new Promise((resolve, reject) => { Object.assign(end, { resolve, reject }); }));
  let next = 0;
  const lane = async () => {
    while (next < files.length) {
      const i = next++;
      try {
        ends[i].resolve(await fetch(files[i]));
      } catch (e) {
        next = files.length;
        ends.forEach((end) => end.reject(e));
      }
    }
  };
  came.forEach((p) => p.catch(() => {})); // awaited below, or given up
  Array.from({ length: LANES }, lane);
  return came;
}

/**
 * All answers boards of one relay: { clues, problem }. One that fails costs the
 * others nothing, unless the line does. Throws where none could be read.
 */
async function readRelay(visit, relay, onProgress) {
  const readings = visit.network.directory.boards.filter(isForAnswers).map((board) => new Reading(visit, relay, board));
  const jobs = readings.flatMap((reading) => reading.files.map((file) => ({ reading, file })));
  const came = inLanes(jobs, ({ reading: { board }, file: [path, seconds] }) => {
    if (relay.lost) {
      throw relay.trouble; // the others did not wait any longer
    }
    return orMissing(visit.net.get(relay, `/v1/board/${board.id}/${path}`, spanBytes(board, seconds)));
  });
  for (const [i, { reading, file }] of jobs.entries()) {
    const bytes = await came[i];
    await reading.safely(async () => reading.take(file, bytes));
    onProgress((i + 1) / jobs.length);
    await visit.net.sleep(0); // the page stays alive
  }
  const clues = new Map();
  for (const reading of readings) {
    await reading.safely(async () => reading.end());
    if (!reading.problem) {
      reading.clues.forEach((day, clue) => noteClue(clues, clue, day));
    }
  }
  const problem = readings.find((r) => r.problem)?.problem ?? null;
  if (readings.every((r) => r.problem)) {
    throw problem;
  }
  return { clues, problem };
}

/**
 * The answers boards of all relays: { clues, problems }. A relay of which no board can
 * be read, or that takes much longer than the first, is lost for this visit; throws if
 * all are.
 */
export async function readBoards(visit, patience) {
  const { relays } = visit.network;
  const clues = new Map();
  const problems = relays.filter((r) => r.lost).map((relay) => ({ relay, problem: relay.trouble }));
  const far = relays.map(() => 0);
  patience.again();
  await Promise.all(relays.map(async (relay, i) => {
    if (relay.lost) {
      return;
    }
    const problem = await problemOf(async () => {
      const read = await patience.wait(relay, readRelay(visit, relay, (f) => {
        far[i] = f;
        visit.onStep('read', Math.max(...far));
      }));
      patience.done();
      read.clues.forEach((day, clue) => noteClue(clues, clue, day));
      if (read.problem) {
        relay.trouble = read.problem;
        problems.push({ relay, problem: read.problem });
      }
    });
    if (problem) {
      lose(relay, problem);
      problems.push({ relay, problem });
    }
  }));
  if (relays.every((r) => r.lost)) {
    throw (problems.find((p) => p.problem instanceof Malformed) ?? problems[0]).problem;
  }
  return { clues, problems };
}
