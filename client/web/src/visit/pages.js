// SPDX-License-Identifier: ISC
// Step 6 of a visit: the pages of the boards of its two RINGs, until both were seen.
import { equal, Malformed } from '../proto/bytes.js';
import { pageHash, pageIsSigned, parsePage } from '../proto/page.js';
import { orMissing } from '../net.js';
import { readStatus } from '../network.js';
import { isToCome, mayBeGone, pageBytes, Witnesses } from './boards.js';

const LOOK_MS = 3000;
const QUICK_MS = 500; // where the tick is at most
const QUICK_TICK = 4;
// A relay that is new, or was away, has no pages for long: not all are asked for.
const GAP_PAGES = 48;
const MOST_PAGES = 240; // of one look: a status, which nobody signs, must not keep us

/** One page, or null where there is none of that number. */
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

/** A board at a relay, from its newest page at the beginning of the visit on. */
class View {
  constructor(network, relay, board) {
    const newest = relay.status.boards.get(board.id)?.newest ?? 0;
    Object.assign(this, { network, relay, board, witnesses: new Witnesses(network, relay, board) });
    this.begin(Math.max(newest + 1, Math.floor(network.now / board.tick) - GAP_PAGES));
  }

  begin(page) {
    Object.assign(this, { first: page, next: page, last: null });
  }

  /** Follows the page the one before it? A number that was left out is named by none. */
  check(page) {
    const { network, board, last } = this;
    if (last ? page.previous !== last.number || !equal(page.previousHash, last.hash)
      : page.previous >= this.first && !mayBeGone(network, board, page.previous)) {
      throw new Malformed('the chain of pages is broken');
    }
    this.witnesses.page(page);
    this.last = { number: page.number, hash: pageHash(page) };
  }

  /** The newest page by the status, which nobody signs; null where the board is not in it. */
  async newest({ net }) {
    const { network, relay, board } = this;
    const listed = (await readStatus(net, relay)).boards.get(board.id);
    if (listed && (listed.newest < (this.last?.number ?? 0) || isToCome(network, board, listed.newest))) {
      throw new Malformed('a newest page that can’t be');
    }
    return listed?.newest ?? null;
  }

  /** All was asked for: did what the status names come? */
  end(newest) {
    const { network, board, first, last } = this;
    if (newest >= first && newest > (last?.number ?? 0) && !mayBeGone(network, board, newest)) {
      throw new Malformed('pages that are not shown');
    }
    this.witnesses.end(first, last?.number ?? 0);
  }

  /** One look: the relay's newest number, and each page up to it. */
  async look(visit, rings, isOver) {
    const { relay, board } = this;
    const newest = await this.newest(visit);
    if (newest === null) {
      return;
    }
    if (newest - this.next >= MOST_PAGES) {
      this.begin(newest - MOST_PAGES + 1);
    }
    for (; this.next <= newest; this.next++) {
      if (isOver()) {
        return;
      }
      const page = await onePage(visit, relay, board, this.next);
      if (page) {
        this.check(page);
        rings.filter((r) => r.board === board && !r.seen && page.entries.some((e) => equal(e, r.entry)))
          .forEach((r) => { r.seen = page.number; });
      }
    }
    this.end(newest);
  }
}

/** How long entries may take to a page after the last RING was answered, in ms. */
const longest = (boards) => Math.max(...boards.map((b) => (b.spread + 3) * b.tick * 1000)) + 60000;

/**
 * Looks until each ring was seen on a page with a good signature, is over, or the time
 * for it is. What was put off is worked for at once, and sent again between two looks.
 */
export async function awaitPages(visit, relay, rings) {
  const { net, onStep } = visit;
  const boards = [...new Set(rings.map((r) => r.board))];
  const views = boards.map((board) => new View(visit.network, relay, board));
  const rest = boards.some((b) => b.tick <= QUICK_TICK) ? QUICK_MS : LOOK_MS;
  const isOver = () => net.ticks() > Math.max(...rings.map((r) => r.answered)) + longest(boards)
    && rings.every((r) => !r.putOff);
  for (const ring of rings) {
    await ring.work(visit, relay);
  }
  for (;;) {
    for (const view of views) {
      await view.look(visit, rings, isOver);
    }
    onStep('seen', rings.filter((r) => !r.isOpen).length / rings.length);
    if (!rings.some((r) => r.isOpen) || isOver()) {
      return;
    }
    await net.sleep(rest);
    for (const ring of rings.filter((r) => r.isDue)) {
      await ring.send(visit, relay);
      await ring.work(visit, relay);
    }
  }
}
