// SPDX-License-Identifier: ISC
// A visit has one shape, whether it reads or writes (PROTOCOL.md section 6):
// bundle, answers board, blocks of RING, GET, BURN-or-NOP at each relay, then the
// pages until the entries are seen. What is not needed is a dummy.
import { ANSWERS, dummyReportEntry } from './proto/board.js';
import { equal, hex, Malformed, random } from './proto/bytes.js';
import * as cell from './proto/cell.js';
import { challenge, solve } from './proto/effort.js';
import { pageIsSigned, parsePage, parseSpan } from './proto/page.js';
import { NetError } from './net.js';

const { STATUS } = cell;
const HOUR = 3600;
const DAY = 86400;
const LEAST_BLOCKS = 2;
const PAGES_TRIED = 60;
const RING_TRIES = 4;

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const breathe = () => sleep(0);

const pageBytes = (board, slots) => 64 + slots * board.entry + 64;
const spanBytes = (board, seconds) =>
  Math.ceil(seconds / board.tick) * pageBytes(board, board.max) + 1024;

/** Closed days, then the hours of today: [path, seconds]. */
export function spans(days, now) {
  const today = Math.floor(now / DAY);
  const out = [];
  for (let d = today - days; d < today; d++) {
    out.push([`day/${d}`, DAY]);
  }
  for (let h = today * 24; h <= Math.floor(now / HOUR); h++) {
    out.push([`hour/${h}`, HOUR]);
  }
  return out;
}

/**
 * The clues on the answers board at one relay: Map from hex to the day of its
 * page. Throws where the relay breaks the chain or contradicts a seen note.
 */
export async function readAnswersBoard(net, network, relay, { days, now, onProgress }) {
  const board = network.directory.boards.find((b) => b.id === ANSWERS);
  const noted = network.directory.orgs.flatMap((o) => (o.seen ? o.seen.pages : []))
    .filter((p) => p.board === ANSWERS && equal(p.relay, relay.id));
  const clues = new Map();
  let last = null;
  const files = spans(days, now);
  for (const [i, [path, seconds]] of files.entries()) {
    let bytes;
    try {
      bytes = await net.get(relay, `/v1/board/${ANSWERS}/${path}`, spanBytes(board, seconds));
    } catch (e) {
      if (e instanceof NetError && e.code === 'missing') {
        last = null;
        continue;
      }
      throw e;
    }
    const span = parseSpan(board, bytes, relay.pk, last);
    last = span.last ?? last;
    checkNoted(span.pages, noted);
    for (const page of span.pages) {
      const day = Math.floor((page.number * board.tick) / DAY);
      page.entries.forEach((e) => clues.set(hex(e), day));
    }
    onProgress?.((i + 1) / files.length);
    await breathe();
  }
  return clues;
}

function checkNoted(pages, noted) {
  for (const n of noted) {
    const follower = pages.find((p) => p.previous === n.number);
    if (follower && !equal(follower.previousHash, n.hash)) {
      throw new Malformed('pages that a desk saw otherwise');
    }
  }
}

/** One RING, with effort where the relay asks for it. */
async function ringOnce(net, network, relay, { board, entry }) {
  const bytes = cell.ring(board, entry);
  const c = challenge(relay.id, network.directory.hash);
  let answer;
  for (let i = 0; i < RING_TRIES; i++) {
    answer = await net.exchange(relay, bytes);
    if (answer.status !== STATUS.MORE_EFFORT) {
      break;
    }
    await solve(bytes, c, answer.effort, breathe);
  }
  return answer;
}

/** Waits until the entry stands on a page with a good signature. */
async function awaitPage(net, network, relay, { board, entry }, from) {
  const b = network.directory.boards.find((x) => x.id === board);
  for (let n = from, misses = 0; n < from + PAGES_TRIED; ) {
    let bytes = null;
    try {
      bytes = await net.get(relay, `/v1/board/${board}/${n}`, pageBytes(b, b.max));
    } catch (e) {
      if (!(e instanceof NetError && e.code === 'missing')) {
        throw e;
      }
    }
    if (bytes === null) {
      // Not sealed yet; or left out, which the status then tells.
      if (++misses > 3 && (await newestPage(net, relay, board)) > n) {
        n++;
        misses = 0;
      } else {
        await sleep(Math.min(1000 * b.tick, 5000));
      }
      continue;
    }
    const page = parsePage(b, bytes);
    if (page.number !== n || page.bytes.length !== bytes.length || !pageIsSigned(page, relay.pk)) {
      throw new NetError('malformed', relay);
    }
    if (page.entries.some((e) => equal(e, entry))) {
      return n;
    }
    n++;
  }
  throw new NetError('busy', relay);
}

async function newestPage(net, relay, board) {
  const text = new TextDecoder().decode(await net.get(relay, '/v1/status', 65536));
  const m = new RegExp(`^board ${board} (\\d+) `, 'm').exec(text);
  return m ? Number(m[1]) : 0;
}

const someBoard = (network) => {
  const reports = network.directory.boards.filter((b) => b.id !== ANSWERS);
  return reports[random(1)[0] % reports.length].id;
};

/**
 * The blocks at one relay. work: { rings: [{ board, entry }], gets: [address],
 * burns: [{ address, secret }], blocks } fills them; what is missing is a dummy.
 * Each result stands where its work stood: rings: page number or an Error; gets:
 * { status, box }; burns: status.
 */
export async function runBlocks(net, network, relay, work, onStep) {
  const blocks = Math.max(LEAST_BLOCKS, work.blocks ?? 0, work.rings.length, work.gets.length,
    work.burns.length);
  const rung = [];
  const out = { rings: [], gets: [], burns: [] };
  for (let i = 0; i < blocks; i++) {
    const ring = work.rings[i] ?? { board: someBoard(network), entry: dummyReportEntry() };
    rung.push({ ring, answer: await ringOnce(net, network, relay, ring), wanted: i < work.rings.length });
    onStep?.('sent', i);
    const got = await net.exchange(relay, cell.get(work.gets[i] ?? random(32)));
    if (i < work.gets.length) {
      out.gets.push(got);
    }
    const burn = work.burns[i];
    const burned = await net.exchange(relay, burn ? cell.burn(burn.address, burn.secret) : cell.nop());
    if (burn) {
      out.burns.push(burned.status);
    }
  }
  for (const [i, { ring, answer, wanted }] of rung.entries()) {
    let result;
    if (answer.status === STATUS.QUEUED || answer.status === STATUS.SEALED) {
      result = await awaitPage(net, network, relay, ring, answer.page);
      onStep?.('rung', i);
    } else {
      result = new NetError('busy', relay);
    }
    if (wanted) {
      out.rings.push(result);
    }
  }
  return out;
}
