// SPDX-License-Identifier: ISC
// What a relay asks of a cell before it takes it: work, and time (PROTOCOL.md
// section 3). The first try has a random nonce and no work in it. After "more
// effort" or "try again later" the cell goes again when a drawn time is over and
// the board's next page is due, however fast this device works; three times at most.
import { isForAnswers } from './proto/board.js';
import { drawn } from './proto/bytes.js';
import { STATUS } from './proto/cell.js';
import { challenge, effortHour, hashBefore, HOUR, solve } from './proto/effort.js';
import { orMissing } from './net.js';

export const RETRIES = 3;
const SINGLES = 8; // pages after the hour; then whole hours, if the relay was away
const FILE_MAX = 64 * 1024 * 1024; // a larger one is read as pages
const PATIENCE_MS = 600000; // for all that is asked
const pageBytes = (board, n) => n * (64 + board.max * board.entry + 64);

export const isPutOff = ({ status }) => status === STATUS.MORE_EFFORT || status === STATUS.AGAIN;

/**
 * The relay's pages in this file that say what the work is about, or null. at: where,
 * { net, relay, board, s, until }.
 */
async function lookInto({ net, relay, board, s, until }, path, most) {
  const bytes = await orMissing(net.get(relay, `/v1/board/${board.id}/${path}`, Math.min(most, FILE_MAX), { until }));
  return bytes && hashBefore(board, relay.pk, s, bytes);
}

/** The same, of pages one by one. */
async function lookAtPages(at, first, last) {
  let h = null;
  for (let n = first; !h && n <= last; n++) {
    h = await lookInto(at, n, pageBytes(at.board, 1));
  }
  return h;
}

/** The same, of an hour: as its file, or as pages where that may be larger than we take. */
async function lookAtHour(at, hour) {
  const pages = HOUR / at.board.tick;
  const most = pageBytes(at.board, pages);
  try {
    return await lookInto(at, `hour/${hour}`, most);
  } catch (e) {
    if (e.code !== 'large' || most <= FILE_MAX) {
      throw e;
    }
    return lookAtPages(at, hour * pages, hour * pages + pages - 1);
  }
}

/** What the work is about now. No relay alone chooses the hour: our clock does. */
async function challengeOf({ net, network }, relay, board) {
  const now = Math.max(network.now, Math.floor(net.now() / 1000));
  const s = effortHour(board.tick, now);
  const at = { net, relay, board, s, until: net.ticks() + PATIENCE_MS };
  let h = await lookAtPages(at, s / board.tick + 1, s / board.tick + SINGLES);
  for (let hour = s / HOUR; !h && hour <= now / HOUR; hour++) {
    h = await lookAtHour(at, hour);
  }
  return h && challenge(relay.id, board.id, h);
}

/**
 * A cell that was put off. Its time begins with the relay's answer and is a rest, not
 * a time of day: no clock that is set meanwhile makes it shorter, or endless.
 */
export class PutOff {
  constructor(net, board, answer) {
    const tick = board.tick * 1000;
    this.board = board;
    this.answer = answer;
    this.rested = false;
    this.worked = answer.status !== STATUS.MORE_EFFORT;
    this.rest = net.sleep(Math.max(drawn(...net.retry), tick - (net.now() % tick))).then(() => { this.rested = true; });
  }

  get isOver() {
    return this.rested && this.worked;
  }

  /** Begins the work, if there is any; false where the relay shows no page for it. */
  async begin(visit, relay, request) {
    if (this.worked) {
      return true;
    }
    const { net } = visit;
    const c = await challengeOf(visit, relay, this.board);
    if (!c) {
      return false;
    }
    const pause = () => {
      net.check();
      return net.sleep(0);
    };
    this.work = solve(request, c, this.answer.effort, pause).then(() => { this.worked = true; });
    this.work.catch(() => {}); // she stopped it
    return true;
  }
}

/** A PUT that was answered with "more effort", as often as that may be asked for. */
async function insist(visit, relay, board, request, onWork, first) {
  const { net } = visit;
  let answer = first;
  for (let tries = 0; answer.status === STATUS.MORE_EFFORT && tries < RETRIES; tries++) {
    const putOff = new PutOff(net, board, answer);
    onWork?.();
    if (!(await putOff.begin(visit, relay, request))) {
      return answer;
    }
    await Promise.all([putOff.rest, putOff.work]);
    net.check();
    answer = await net.exchange(relay, request);
  }
  return answer;
}

const LANES_MOST = 8; // PUTs under way at a time

/**
 * A PUT at a relay that may ask for work. One that is solved pays for others, so one
 * at a time works, and those that wait send theirs again afterwards. Where one was
 * worked for in vain, no other is: that relay takes none.
 */
export async function insistOnPut(visit, relay, request, onWork) {
  const boards = visit.network.directory.boards.filter((b) => !isForAnswers(b));
  const board = boards.reduce((a, b) => (b.id < a.id ? b : a), boards[0]);
  let answer = null;
  for (let tries = 0; tries <= LANES_MOST; tries++) {
    const paid = relay.paid ?? 0;
    answer = await visit.net.exchange(relay, request);
    if (answer.status !== STATUS.MORE_EFFORT) {
      return answer;
    }
    const mine = (relay.till ?? Promise.resolve()).then(async () => {
      if (relay.takesNone) {
        return answer;
      }
      if ((relay.paid ?? 0) !== paid) {
        return null; // somebody has paid meanwhile
      }
      relay.takesNone = true; // unless this one is taken
      const last = await insist(visit, relay, board, request, onWork, answer);
      if (last.status !== STATUS.MORE_EFFORT) {
        relay.takesNone = false;
        relay.paid = paid + 1;
      }
      return last;
    });
    relay.till = mine.catch(() => {});
    const last = await mine;
    if (last) {
      return last;
    }
  }
  return answer;
}
