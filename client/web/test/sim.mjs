// SPDX-License-Identifier: ISC
// A network in a clock of its own: relays that record what comes and when, and lie
// where they are told to. No time passes but by what is waited for; a visit of minutes
// takes as long as its arithmetic.
import { webcrypto } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { Net } from '../src/net.js';
import { sealAnswer, wrapAnswer } from '../src/proto/answer.js';
import { isForAnswers } from '../src/proto/board.js';
import { base64, compare, concat, equal, hex, random, u32, utf8 } from '../src/proto/bytes.js';
import { burnHash, CELL, NONCE_AT, OP, STATUS } from '../src/proto/cell.js';
import { answerAddress, answerBurnSecret, answerEntries, replyKey, rootOf } from '../src/proto/conversation.js';
import { openRoot } from '../src/proto/directory.js';
import { challenge, effortHour, effortOf } from '../src/proto/effort.js';
import { X25519, XWING } from '../src/proto/hpke.js';
import { blake2b256 } from '../src/proto/kdf.js';
import { keyId, parseNote } from '../src/proto/note.js';
import { runVisit } from '../src/visit.js';

globalThis.crypto ??= webcrypto;

export const DAY = 86400;
const WEEK = 2970;
/** The third day of a week, 10:20:10. */
export const BEGIN = (WEEK * 7 + 2) * DAY + 10 * 3600 + 20 * 60 + 10;
export const ANSWERS = { id: 0, entry: 16, tick: 3600, slots: 4, max: 64, spread: 2 };
export const REPORTS = { id: 1, entry: 4096, tick: 30, slots: 2, max: 32, spread: 2 };
export const OTHERS = { id: 2, entry: 4096, tick: 60, slots: 2, max: 32, spread: 2 };
const RETENTION = 9;

/** Time, in ms since 1970; it goes on when nothing else can. */
class Clock {
  constructor() {
    this.now = BEGIN * 1000;
    this.waiting = [];
    this.n = 0;
  }

  sleep(ms) {
    return new Promise((resolve) => {
      this.waiting.push({ at: this.now + ms, n: this.n++, resolve });
    });
  }

  async run(promise) {
    let over = false;
    promise.then(() => { over = true; }, () => { over = true; });
    for (;;) {
      await new Promise((r) => { setImmediate(r); });
      if (over) {
        return promise;
      }
      if (this.waiting.length === 0) {
        throw new Error('nothing is waited for');
      }
      this.waiting.sort((a, b) => b.at - a.at || b.n - a.n);
      const { at, resolve } = this.waiting.pop();
      this.now = Math.max(this.now, at);
      resolve();
    }
  }
}

export function note(text, name, sk) {
  const pk = ed25519.getPublicKey(sk);
  const bytes = utf8(text);
  return utf8(`${text}\n\u2014 ${name} ${base64(concat(keyId({ name, pk }), ed25519.sign(bytes, sk)))}\n`);
}

export const frame = (bytes) => concat(u32(bytes.length), bytes);

function randomEntry(board) {
  const entry = random(board.entry);
  if (!isForAnswers(board)) {
    entry[31] = 1; // a canonical key
  }
  return entry;
}

const BEFORE = { 0: 40 * 3600, 1: 2.5 * 3600, 2: 2.5 * 3600 };
const firsts = new Map();

export class Chain {
  constructor(board, sk) {
    Object.assign(this, { board, sk, pk: ed25519.getPublicKey(sk), pages: new Map(), newest: 0, hash: new Uint8Array(32), due: [] });
  }

  seal(number) {
    const { board, sk } = this;
    const entries = this.due.filter((d) => d.page <= number).map((d) => d.entry);
    this.due = this.due.filter((d) => d.page > number);
    let { slots } = board;
    for (; slots < entries.length; slots *= 2);
    while (entries.length < slots) {
      entries.push(randomEntry(board));
    }
    const head = new Uint8Array(64);
    const view = new DataView(head.buffer);
    head.set([1, board.id]);
    view.setUint16(2, board.tick);
    view.setUint16(4, slots);
    view.setBigUint64(8, BigInt(number));
    view.setBigUint64(16, BigInt(this.newest));
    head.set(this.hash, 24);
    const bytes = concat(head, ...entries.sort(compare));
    const page = concat(bytes, ed25519.sign(concat(utf8('tocsin/1 page\n'), bytes), sk));
    this.pages.set(number, page);
    this.newest = number;
    this.hash = blake2b256(page);
  }

  upTo(seconds) {
    for (let n = this.newest + 1; n * this.board.tick <= seconds; n++) {
      this.seal(n);
    }
  }

  /** Pages from so many seconds before on. */
  begin(seconds, now) {
    this.seal(Math.ceil((now - seconds) / this.board.tick));
    this.upTo(now);
    return this;
  }

  /** The same pages each time that a world begins. */
  static first(board, sk) {
    const name = `${board.id} ${hex(sk)}`;
    if (!firsts.has(name)) {
      firsts.set(name, new Chain(board, sk).begin(BEFORE[board.id], BEGIN));
    }
    const first = firsts.get(name);
    return Object.assign(new Chain(board, sk), { pages: new Map(first.pages), newest: first.newest, hash: first.hash });
  }

  ring(entry) {
    const found = this.due.find((d) => equal(d.entry, entry));
    const page = found?.page ?? this.newest + 1 + Math.floor(Math.random() * this.board.spread);
    if (!found) {
      this.due.push({ entry, page });
    }
    return page;
  }

  span(unit, which) {
    const seconds = unit === 'day' ? DAY : 3600;
    const parts = [];
    for (let n = Math.ceil((which * seconds) / this.board.tick); n * this.board.tick < (which + 1) * seconds; n++) {
      parts.push(this.pages.get(n) ?? new Uint8Array());
    }
    return concat(...parts);
  }
}

/** delay: ms to each answer. lie(request, answer) may give another: { status, bytes }. */
class Relay {
  constructor(world, n, closing) {
    const sk = new Uint8Array(32).fill(40 + n);
    const pk = ed25519.getPublicKey(sk);
    Object.assign(this, { world, sk, pk, closing, id: blake2b256(pk), url: `http://relay${n}.example`, delay: 400, lie: null });
    Object.assign(this, { seen: [], drops: new Map(), underWay: 0 });
    this.chains = new Map([ANSWERS, REPORTS, OTHERS].map((b) => [b.id, Chain.first(b, sk)]));
  }

  seal() {
    this.chains.forEach((c) => c.upTo(this.world.clock.now / 1000));
  }

  get status() {
    const lines = [...this.chains.values()].map((c) => `board ${c.board.id} ${c.newest} ${c.board.slots} 0\n`);
    return utf8(`tocsin 1\nrelay ${hex(this.id)}\ndirectory 1 ${hex(blake2b256(utf8('')))}\nbundle ${hex(blake2b256(this.world.bundle))}\nretention ${RETENTION}\n${lines.join('')}`);
  }

  exchange(body) {
    const answer = (status, more = []) => {
      const out = new Uint8Array(CELL);
      out.set([1, status]);
      more.forEach(([at, bytes]) => out.set(bytes, at));
      return { status: 200, bytes: out };
    };
    const address = hex(body.subarray(16, 48));
    const drop = this.drops.get(address);
    switch (body[1]) {
      case OP.PUT:
        this.drops.set(address, { burn: hex(body.subarray(48, 80)), box: body.slice(384) });
        return answer(STATUS.STORED);
      case OP.GET:
        return drop ? answer(STATUS.PRESENT, [[384, drop.box]]) : answer(STATUS.ABSENT);
      case OP.BURN:
        if (drop?.burn !== hex(burnHash(body.subarray(48, 80)))) {
          return answer(STATUS.ABSENT);
        }
        this.drops.delete(address);
        return answer(STATUS.BURNED);
      default: {
        const chain = this.chains.get(body[2]);
        const page = chain.ring(body.slice(384, 384 + chain.board.entry));
        const at = new Uint8Array(8);
        new DataView(at.buffer).setBigUint64(0, BigInt(page));
        return answer(STATUS.QUEUED, [[8, at]]);
      }
    }
  }

  plain(path) {
    const [, id, unit, which] = /^\/v1\/board\/(\d+)\/(?:(day|hour)\/)?(\d+)$/.exec(path) ?? [];
    if (path === '/v1/status') {
      return this.status;
    }
    if (path === '/v1/directory') {
      return this.world.bundle;
    }
    const chain = this.chains.get(Number(id));
    const bytes = unit ? chain.span(unit, Number(which)) : chain.pages.get(Number(which));
    return bytes?.length > 0 ? bytes : null;
  }

  async take({ path, body }) {
    const { clock } = this.world;
    const request = { path, op: body?.[1], body: body?.slice(), at: clock.now, underWay: ++this.underWay };
    this.seen.push(request);
    await clock.sleep(typeof this.delay === 'function' ? this.delay(request) : this.delay);
    this.seal();
    const lied = this.lie?.(request, this);
    const bytes = lied || body ? null : this.plain(path);
    const answer = lied ?? (body ? this.exchange(body) : { status: bytes ? 200 : 404, bytes });
    Object.assign(request, { end: clock.now, answer });
    this.underWay--;
    return answer;
  }
}

/** An answer to an exchange, for lies. */
export function says(status, effort = 0) {
  const bytes = new Uint8Array(CELL);
  bytes.set([1, status, effort]);
  return { status: 200, bytes };
}

/** How hard a RING was worked for, by what it is about now. */
export function workOf(relay, { body }, now) {
  const board = relay.chains.get(body[2]).board;
  const s = effortHour(board.tick, now / 1000);
  const page = relay.chains.get(board.id).pages.get(s / board.tick + 1);
  return effortOf(body, challenge(relay.id, board.id, page.subarray(24, 56)));
}

export const nonceOf = ({ body }) => hex(body.subarray(NONCE_AT, NONCE_AT + 8));
export const addressOf = ({ body }) => hex(body.subarray(16, 48));
export const entryOf = ({ body }) => hex(body.subarray(384, 384 + 4096));

export class World {
  /** relays: for each, is it closing?; boards: that of each organisation. */
  constructor({ relays = [false, false], boards = [1, 2, 1] } = {}) {
    this.clock = new Clock();
    this.relays = relays.map((closing, i) => new Relay(this, i, closing));
    this.orgs = boards.map((board, i) => this.#org(i, board));
    this.orgs.sort((a, b) => compare(a.id, b.id));
    this.#sign();
    this.net = new Net({ send: ({ url, body }) => this.#send(url, body), close() {} });
    Object.assign(this.net, {
      now: () => this.clock.now, ticks: () => this.clock.now - BEGIN * 1000, sleep: (ms) => this.clock.sleep(ms),
    });
    this.network = null;
    this.visits = 0;
  }

  #org(i, board) {
    const [sk, k, q, v] = [60, 70, 80, 90].map((n) => new Uint8Array(32).fill(n + i));
    const pk = ed25519.getPublicKey(sk);
    return { id: blake2b256(pk), sk, pk, k, q, v, board, name: `Union ${i}`, writable: true };
  }

  #sign() {
    const sk = new Uint8Array(32).fill(5);
    const day = Math.floor(BEGIN / DAY);
    const root = note(`tocsin-root v1\nthreshold 1\nkey ana ${base64(ed25519.getPublicKey(sk))}\n`, 'ana', sk);
    const boards = [ANSWERS, REPORTS, OTHERS].map((b) => `board ${b.id} ${b.entry} ${b.tick} ${b.slots} ${b.max} ${b.spread}\n`);
    const relays = this.relays.map((r) => `relay ${hex(r.id)} ${base64(r.pk)} ${r.closing ? day + 20 : 'open'} ${r.url}\n`);
    const orgs = this.orgs.map((o) => `org ${hex(o.id)} ${base64(o.pk)} ${o.board} union - - en - ${o.name}\n`);
    const directory = note(`tocsin-directory v1\nissued ${day}\nexpires ${day + 30}\nretention ${RETENTION}\npage ${'0'.repeat(64)}\n${
      boards.join('')}${relays.join('')}${orgs.join('')}`, 'ana', sk);
    const desks = this.orgs.filter((o) => o.writable).map((o) => {
      const keys = [X25519.publicKey(o.k), XWING.publicKey(o.q), ed25519.getPublicKey(o.v), ed25519.getPublicKey(o.sk)].map(base64);
      return note(`tocsin-desk v1\norg ${hex(o.id)}\nissued ${day}\nexpires ${day + 7}\nkeys ${WEEK} ${keys.slice(0, 3).join(' ')}\nnext ${keys[3]}\n`,
        `desk-${hex(o.id).slice(0, 16)}`, o.sk);
    });
    const seen = this.orgs.filter((o) => o.saw).map((o) =>
      note(`tocsin-seen v${day - 1}\norg ${hex(o.id)}\ndirectory 1 ${hex(parseNote(directory).hash)}\n${o.saw}`, `seen-${hex(o.id).slice(0, 16)}`, o.v));
    this.bundle = concat(...[root, directory, ...desks, ...seen].map(frame));
    this.carried = concat(frame(root), frame(directory));
    this.settings = { anchor: openRoot(root, null), relays: this.relays.map(({ url }) => ({ url })), network: this.carried };
  }

  /** What the relays serve, after a change of the organisations. saw: lines of its seen note. */
  publish() {
    this.#sign();
  }

  #send(url, body) {
    const relay = this.relays.find((r) => url.startsWith(r.url));
    return relay.take({ path: url.slice(relay.url.length), body });
  }

  /** As the page's session runs them. */
  visit = async (options) => {
    this.visits++;
    const done = await runVisit({
      net: this.net, settings: this.settings, known: this.network, now: Math.floor(this.clock.now / 1000), ...options,
    });
    this.network = done.network;
    return done;
  };

  run(promise) {
    return this.clock.run(promise);
  }

  /** An answer of an organisation to a code, at every relay, so many hours ago. */
  answer(seed, org, i, text, hours = 5) {
    const root = rootOf(seed, org.id);
    const { R } = replyKey(seed, org.id);
    const inner = sealAnswer({ org: org.id, root, R, i, text: utf8(text), day: Math.floor(BEGIN / DAY), vSecret: org.v, eseed: random(32) });
    for (const relay of this.relays) {
      const burn = hex(burnHash(answerBurnSecret(root, relay.id, i)));
      relay.drops.set(hex(answerAddress(root, relay.id, i)), { burn, box: wrapAnswer({ root, relay: relay.id, i, n: random(24), inner }) });
      const chain = new Chain(ANSWERS, relay.sk);
      const page = Math.floor(BEGIN / ANSWERS.tick) - hours;
      relay.announced = [...(relay.announced ?? []), { entry: answerEntries(root)[i], page, hours }];
      chain.due = [...relay.announced];
      relay.chains.set(ANSWERS.id, chain.begin((Math.max(...relay.announced.map((a) => a.hours)) + 2) * 3600, BEGIN));
    }
  }

  /** Forgets what came so far. */
  clear() {
    this.relays.forEach((r) => { r.seen.length = 0; });
    this.visits = 0;
  }
}
