// SPDX-License-Identifier: ISC
// What a relay asks of a cell before it takes it: work, and time (PROTOCOL.md
// section 3). The first try has a random nonce and no work in it. After "more
// effort" or "try again later" the cell goes again when a drawn time is over and
// the board's next page is due, however fast this device works; three times at most.
import { isForAnswers } from './proto/board.js';
import { random } from './proto/bytes.js';
import { OP, STATUS } from './proto/cell.js';
import { challenge, effortHour, hashBefore, HOUR, solve } from './proto/effort.js';
import { NetError } from './net.js';

const RETRIES = 3;
const SINGLES = 8; // pages after the hour; then whole hours, if the relay was away
const pageBytes = (board, n) => n * (64 + board.max * board.entry + 64);

/** Uniform between the two, in milliseconds. */
function drawn([least, most]) {
  const [a, b, c] = random(3);
  return least + ((most - least) * ((a << 16) | (b << 8) | c)) / 0x1000000;
}

/** The relay's pages in this file that say what the work is about, or null. */
async function lookInto(net, relay, board, s, path, most) {
  try {
    return hashBefore(board, relay.pk, s, await net.get(relay, `/v1/board/${board.id}/${path}`, most));
  } catch (e) {
    if (e instanceof NetError && e.code === 'missing') {
      return null;
    }
    throw e;
  }
}

/** What the work is about now. No relay alone chooses the hour: our clock does. */
async function challengeOf({ net, network }, relay, board) {
  const now = Math.max(network.now, Math.floor(net.now() / 1000));
  const s = effortHour(board.tick, now);
  let h = null;
  for (let n = s / board.tick + 1; !h && n <= s / board.tick + SINGLES; n++) {
    h = await lookInto(net, relay, board, s, n, pageBytes(board, 1));
  }
  for (let hour = s / HOUR; !h && hour <= now / HOUR; hour++) {
    h = await lookInto(net, relay, board, s, `hour/${hour}`, pageBytes(board, HOUR / board.tick));
  }
  return h && challenge(relay.id, board.id, h);
}

/**
 * An exchange with a RING or PUT of that board, whose nonce is changed where the
 * relay asks for work; its last answer. onWork: called when it does; first: the
 * answer to the first try, if that was made.
 */
export async function insist(visit, relay, board, bytes, onWork, first = null) {
  const { net } = visit;
  const again = bytes[1] === OP.RING; // a PUT that shall come later waits for no page
  for (let tries = 0; ; tries++) {
    const answer = (tries === 0 && first) || await net.exchange(relay, bytes, { again });
    if ((answer.status !== STATUS.MORE_EFFORT && answer.status !== STATUS.AGAIN) || tries === RETRIES) {
      return answer;
    }
    const tick = board.tick * 1000;
    const until = net.now() + Math.max(drawn(net.retry), tick - (net.now() % tick));
    onWork?.();
    if (answer.status === STATUS.MORE_EFFORT) {
      const c = await challengeOf(visit, relay, board);
      if (!c) {
        return answer;
      }
      await solve(bytes, c, answer.effort, () => net.sleep(0));
    }
    while (net.now() < until) {
      net.check();
      await net.sleep(Math.min(500, until - net.now()));
    }
  }
}

const LANES_MOST = 8; // PUTs under way at a time

/**
 * A PUT at a relay that may ask for work. One that is solved pays for others, so
 * one at a time works, and those that wait send theirs again afterwards.
 */
export async function insistOnPut(visit, relay, bytes, onWork) {
  const boards = visit.network.directory.boards.filter((b) => !isForAnswers(b));
  const board = boards.reduce((a, b) => (b.id < a.id ? b : a), boards[0]);
  let answer = null;
  for (let tries = 0; tries <= LANES_MOST; tries++) {
    const paid = relay.paid ?? 0;
    answer = await visit.net.exchange(relay, bytes);
    if (answer.status !== STATUS.MORE_EFFORT) {
      return answer;
    }
    const mine = (relay.till ?? Promise.resolve()).then(async () => {
      if ((relay.paid ?? 0) !== paid) {
        return null; // somebody has paid meanwhile
      }
      const last = await insist(visit, relay, board, bytes, onWork, answer);
      relay.paid = paid + 1;
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
