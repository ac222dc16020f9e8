// SPDX-License-Identifier: ISC
// A visit is a program: what each relay sees of it, and when, is the same whatever it
// is for and whatever a relay answers. In a network with a clock of its own (sim.mjs).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { burnAnswers, findAnswers, readAnswers } from '../src/inbox.js';
import { CELL, OP, STATUS } from '../src/proto/cell.js';
import { hex, Malformed, random, utf8, utf8Decode } from '../src/proto/bytes.js';
import { answerEntries, rootOf } from '../src/proto/conversation.js';
import { blake2b256 } from '../src/proto/kdf.js';
import { openEntry } from '../src/proto/report.js';
import { sendReport } from '../src/send.js';
import { filesOf } from '../src/visit/boards.js';
import { addressOf, ANSWERS, BEGIN, DAY, entryOf, nonceOf, says, workOf, World } from './sim.mjs';

const TODAY = Math.floor(BEGIN / DAY);
const NAMES = ['NOP', 'PUT', 'GET', 'BURN', 'RING', 'NOTE'];
const BLOCKS = ['RING', 'GET', 'BURN', 'RING', 'GET', 'BURN'];

function send(world, seed, orgs, { followUp = false, again = {}, items = [], onVisit } = {}) {
  return sendReport({
    net: world.net, visit: world.visit, network: () => world.network, seed, orgs, lines: [], free: 'They fired us.', items,
    followUp: () => followUp, again, pause: async () => {}, steps() {}, stopped() {}, onVisit,
  });
}

const find = (world, seed, more = {}) => findAnswers({ net: world.net, visit: world.visit, seed, days: 7, long: false, ...more });

/** What a visit can be for. Each prepares its world and gives what is then run. */
const KINDS = {
  'writing to one': (w) => () => send(w, random(32), w.orgs.slice(0, 1)),
  'writing to two': (w) => () => send(w, random(32), w.orgs.slice(0, 2)),
  'reading, and there is nothing': (w) => () => find(w, random(32)),
  'reading two answers': (w) => {
    const seed = random(32);
    w.orgs.slice(0, 2).forEach((org) => w.answer(seed, org, 0, 'Come tomorrow.'));
    return async () => {
      const { answers } = await find(w, seed);
      assert.deepEqual(answers.map((a) => a.state), ['verified', 'verified']);
    };
  },
  'burning two answers': (w) => {
    const seed = random(32);
    w.orgs.slice(0, 2).forEach((org) => w.answer(seed, org, 0, 'Burn this.'));
    return async () => {
      const { burned } = await burnAnswers({ net: w.net, visit: w.visit, seed, answers: w.orgs.slice(0, 2).map((org) => ({ org, i: 0 })) });
      assert.deepEqual(burned, [true, true]);
    };
  },
  replying: (w) => () => send(w, random(32), w.orgs.slice(0, 1), { followUp: true }),
};

const isReportPage = ({ path }) => /^\/v1\/board\/[12]\/\d+$/.test(path);
const frozen = new Map();

/** What one relay answers instead of the truth. */
const LIES = {
  'nothing but the truth': null,
  absent: ({ op }) => (op === OP.GET || op === OP.BURN ? says(STATUS.ABSENT) : null),
  full: ({ op }) => (op === OP.RING ? says(STATUS.FULL) : null),
  'sealed, on a page of long ago': ({ op }) => {
    const lie = op === OP.RING ? says(STATUS.SEALED) : null;
    lie?.bytes.set([1], 15);
    return lie;
  },
  'try again later, always': ({ op }) => (op === OP.RING ? says(STATUS.AGAIN) : null),
  'more effort, always': ({ op }) => (op === OP.RING ? says(STATUS.MORE_EFFORT, 3) : null),
  'no pages': (request) => (isReportPage(request) ? { status: 404, bytes: null } : null),
  'no newer pages in the status': ({ path }, relay) => {
    if (path !== '/v1/status') {
      return null;
    }
    if (!frozen.has(relay)) {
      frozen.set(relay, relay.status);
    }
    return { status: 200, bytes: frozen.get(relay) };
  },
  nonsense: ({ op }) => (op === OP.GET ? { status: 200, bytes: new Uint8Array(CELL).fill(7) } : null),
};
/** It is lost in its first look that names a page. */
const SHOWS_NONE = 'no pages';
/** RINGs that such a relay gets, of the two: each four times where it puts them off. */
const RINGS = { 'try again later, always': 8, 'more effort, always': 8, nonsense: 1 };

/** Steps 1 to 5 are these requests, in this order, four at most under way in step 3. */
function checkProgram(seen, { days = 7, lost = false } = {}) {
  const { answer: { bytes }, path } = seen[0];
  assert.equal(path, '/v1/status');
  const newest = Number(/^board 0 (\d+) /m.exec(new TextDecoder().decode(bytes))[1]);
  let at = 1;
  const bundles = seen[at].path === '/v1/directory' ? 1 : 0;
  at += bundles;
  const files = filesOf(ANSWERS, newest, TODAY - days).map(([p]) => `/v1/board/0/${p}`);
  const read = seen.slice(at, at + files.length);
  assert.deepEqual(read.map((s) => s.path), files);
  assert.ok(read.every((s, i) => s.underWay === Math.min(4, read.length, i + 1) || i >= 4));
  assert.ok(read.every((s) => s.underWay <= 4));
  at += files.length;
  const blocks = seen.slice(at, at + 6);
  if (lost) { // after its answer to the first GET
    assert.deepEqual(seen.slice(at).map((s) => NAMES[s.op]), ['RING', 'GET']);
    return { at, looks: [], bundles };
  }
  assert.deepEqual(blocks.map((s) => `${NAMES[s.op]} ${s.body.length}`), BLOCKS.map((b) => `${b} ${CELL}`));
  blocks.forEach((s, i) => assert.ok(s.underWay === 1 && (i === 0 || i === 3 || s.at === blocks[i - 1].end), 'one after the other'));
  const pace = blocks[3].at - blocks[2].end;
  assert.ok(pace >= 0 && pace <= 10000, `a pause of ${pace} ms before the second RING`);
  return { at, blocks, looks: seen.slice(at + 6), bundles };
}

/**
 * Step 6: looks at the boards of the two RINGs, in their order, each a status and every
 * page up to its newest; what was put off comes between two of them. ends: with the
 * first look that has pages, as they are none.
 */
function checkLooks(seen, { at, blocks, looks }, { ends = false } = {}) {
  const boards = [...new Set([blocks[0], blocks[3]].map((s) => s.body[2]))];
  const status = (s, id) => Number(new RegExp(`^board ${id} (\\d+) `, 'm').exec(new TextDecoder().decode(s.answer.bytes))[1]);
  const next = new Map(boards.map((id) => [id, status(seen[0], id) + 1]));
  const reads = looks.filter((s) => s.op === undefined && !isWork(s, seen, next));
  let k = 0;
  let n = 0;
  let last = 0;
  for (; k < reads.length; n++) {
    const id = boards[n % boards.length];
    assert.equal(reads[k].path, '/v1/status', `${at}`);
    if (n > 0 && n % boards.length === 0) {
      assert.ok(reads[k].at - last >= 3000, 'a look every three seconds');
    }
    const newest = status(reads[k++], id);
    const pages = newest - next.get(id) + 1;
    for (; next.get(id) <= newest; next.set(id, next.get(id) + 1)) {
      assert.equal(reads[k]?.path, `/v1/board/${id}/${next.get(id)}`);
      k++;
    }
    last = reads[k - 1].end;
    assert.ok(!ends || (pages > 0) === (k === reads.length), 'pages that are not shown are asked for once');
  }
  assert.ok(ends || (n >= boards.length && n % boards.length === 0), 'whole looks');
  assert.ok(looks.every((s) => s.underWay === 1), 'one after the other');
  return n / boards.length;
}

/** A page that work is about lies before those that are waited for. */
const isWork = ({ path }, seen, next) => /\/board\/[12]\/hour/.test(path)
  || [...next].some(([id, first]) => new RegExp(`/board/${id}/\\d+$`).test(path) && Number(path.split('/').pop()) < first);

const bits = (f) => { // of what is drawn: look back a week
  const real = crypto.getRandomValues.bind(crypto);
  crypto.getRandomValues = (a) => (a.length === 8 ? f(real(a)) : real(a));
  return () => { crypto.getRandomValues = real; };
};

/** The look back is drawn from eight bytes whose last two bits decide. */
async function looking(long, what) {
  const back = bits((a) => {
    a[7] = long ? a[7] & 0xfc : a[7] | 1;
    return a;
  });
  try {
    return await what();
  } finally {
    back();
  }
}

for (const [lie, how] of Object.entries(LIES)) {
  test(`one program for everything, where one relay says: ${lie}`, async () => {
    for (const [kind, make] of Object.entries(KINDS)) {
      const world = new World();
      const what = make(world);
      const [liar, honest] = world.relays;
      liar.lie = how;
      await looking(false, () => world.run(what()));
      assert.equal(world.visits, 1, kind);
      assert.equal(liar.seen[0].at, honest.seen[0].at);
      const [a, b] = [[liar, { lost: lie === 'nonsense' }], [honest, {}]].map(([relay, opt]) => [relay, checkProgram(relay.seen, opt)]);
      assert.ok(a[1].bundles + b[1].bundles === 1, 'the bundle of one');
      assert.equal(liar.seen[a[1].at].at, honest.seen[b[1].at].at, 'the blocks begin at one time');
      checkLooks(honest.seen, b[1]);
      if (lie !== 'nonsense') {
        checkLooks(liar.seen, a[1], { ends: lie === SHOWS_NONE });
      }
      for (const [relay, count] of [[liar, RINGS[lie] ?? 2], [honest, 2]]) {
        const of = (op) => relay.seen.filter((s) => s.op === op).length;
        assert.equal(of(OP.RING), count, `${kind}: RINGs`);
        assert.deepEqual([OP.GET, OP.BURN, OP.PUT, OP.NOP].map(of), relay === liar && lie === 'nonsense' ? [1, 0, 0, 0] : [2, 2, 0, 0], kind);
      }
    }
  });
}

test('where both say absent, full, or show no page, no request is added either', async () => {
  for (const lie of ['absent', 'full', 'no pages']) {
    for (const kind of ['writing to one', 'reading, and there is nothing']) {
      const world = new World();
      const what = KINDS[kind](world);
      world.relays.forEach((r) => { r.lie = LIES[lie]; });
      await looking(false, () => world.run(what().catch((e) => assert.ok(lie === SHOWS_NONE ? e instanceof Malformed : e.code === 'busy'))));
      assert.equal(world.visits, 1);
      world.relays.forEach((r) => {
        checkLooks(r.seen, checkProgram(r.seen), { ends: lie === SHOWS_NONE });
        assert.deepEqual(r.seen.filter((s) => s.op !== undefined).map((s) => NAMES[s.op]), BLOCKS);
      });
    }
  }
});

test('two boards side by side: each block rings one entry at all open relays, real or not', async () => {
  for (const [kind, make] of Object.entries(KINDS)) {
    const world = new World({ relays: [false, true, false, true] });
    await world.run(make(world)());
    const rings = world.relays.map((r) => r.seen.filter((s) => s.op === OP.RING).map((s) => `${s.body[2]} ${entryOf(s)}`));
    assert.deepEqual(rings[0], rings[2], kind);
    assert.ok(rings.every((r) => r.length === 2));
    assert.equal(new Set(rings.flat()).size, 6, `${kind}: a closing relay has entries of its own`);
    // Address, secret and nonce are each relay's own.
    const other = world.relays.map((r) => r.seen.filter((s) => s.op === OP.GET || s.op === OP.BURN).map(addressOf)).flat();
    assert.equal(new Set(other).size, other.length, kind);
    const nonces = world.relays.flatMap((r) => r.seen.filter((s) => s.op === OP.RING).map(nonceOf));
    assert.equal(new Set(nonces).size, nonces.length);
    assert.ok(world.relays.every((r) => r.seen.filter((s) => s.op === OP.BURN).every((s) => s.body.subarray(48, 80).some((x) => x))));
  }
});

test('the entries are dummies but for what is written; a dummy stands on the board of some organisation', async () => {
  const world = new World({ boards: [1, 2, 2] });
  const boards = new Set();
  for (let i = 0; i < 12; i++) {
    world.clear();
    await world.run(send(world, random(32), [world.orgs[0]]));
    const rings = world.relays[0].seen.filter((s) => s.op === OP.RING);
    const opened = rings.map((s) => world.orgs.filter((o) => openEntry(s.body.slice(384, 384 + 4096), o.id, { week: 2970, k: o.k, q: o.q })).length);
    assert.deepEqual(opened, [1, 0]);
    boards.add(rings[1].body[2]);
  }
  assert.deepEqual([...boards].sort(), [1, 2]);
});

test('what was put off does not hold up the block; it comes again after its time and the next page', async () => {
  for (const [status, effort] of [[STATUS.AGAIN, 0], [STATUS.MORE_EFFORT, 5]]) {
    for (const kind of ['writing to one', 'reading, and there is nothing']) {
      const world = new World({ boards: [1] });
      const what = KINDS[kind](world);
      const [relay, honest] = world.relays;
      const tries = new Map();
      relay.lie = (s) => {
        if (s.op !== OP.RING) {
          return null;
        }
        const all = tries.get(entryOf(s)) ?? tries.set(entryOf(s), []).get(entryOf(s));
        all.push(s);
        return all.length < 3 ? says(status, effort) : null; // the second time again is taken
      };
      await looking(false, () => world.run(what()));
      const program = checkProgram(relay.seen);
      checkLooks(relay.seen, program);
      assert.equal(tries.size, 2);
      for (const all of tries.values()) {
        assert.equal(all.length, 3);
        for (const [i, s] of all.slice(1).entries()) {
          const rest = s.at - all[i].end;
          assert.ok(rest >= 20000 && rest < 95000, `${rest} ms`);
          assert.ok(Math.floor(s.at / 30000) > Math.floor(all[i].end / 30000), 'after the next page');
          assert.ok(effort === 0 ? nonceOf(s) === nonceOf(all[i]) : workOf(relay, s, s.at) >= effort);
        }
      }
      const [rung] = [...relay.seen].reverse().filter((s) => s.op === OP.RING);
      assert.ok(relay.seen.at(-1).at > rung.end, 'and is looked for');
      assert.equal(honest.seen.filter((s) => s.op === OP.RING).length, 2);
    }
  }
});

/** What a status says of board 1, changed. */
const statusSays = (relay, newest) => ({ status: 200, bytes: utf8(utf8Decode(relay.status).replace(/^board 1 (\d+)/m, (_, n) => `board 1 ${newest(Number(n))}`)) });
const pageOf = ({ path }) => Number(/^\/v1\/board\/1\/(\d+)$/.exec(path)?.[1] ?? 0);

/** In step 6, once an entry was rung there: each gives what is answered, or null. */
const WRONG_PAGES = {
  'the newest, which the status names, is not shown': (relay, s) => (pageOf(s) ? { status: 404, bytes: null } : null),
  'a status that names one page more than there are': (relay, s) => (s.path === '/v1/status' ? statusSays(relay, (n) => n + 1) : null),
  'a status that goes back behind what was shown': (relay, s, shown) => (s.path === '/v1/status' && shown ? statusSays(relay, () => shown - 1) : null),
  'a status of days to come': (relay, s) => (s.path === '/v1/status' ? statusSays(relay, (n) => n + 3 * 2880) : null),
  'a page that the next one names is left out': (relay, s, shown, first) => (first && pageOf(s) === first ? { status: 404, bytes: null } : null),
};

for (const [wrong, lie] of Object.entries(WRONG_PAGES)) {
  test(`the pages after the RINGs: ${wrong}: that relay is left`, async () => {
    const world = new World({ boards: [1] });
    const [liar, honest] = world.relays;
    let shown = 0; // pages that it showed in step 6, and the first that it was asked for
    let first = 0;
    let ended = 0; // requests for pages after which it must be known
    liar.lie = (s) => {
      if (liar.seen.filter((x) => x.op === OP.BURN && x.end).length < 2) {
        return null;
      }
      first ||= pageOf(s);
      const answer = lie(liar, s, shown, first);
      shown = pageOf(s) && !answer ? pageOf(s) : shown;
      ended = answer ? liar.seen.length : ended;
      return answer;
    };
    // Its entry waits for a page that comes after the lie.
    for (const chain of [liar.chains.get(1)]) {
      chain.ring = (entry) => {
        const page = chain.newest + 6;
        chain.due.push({ entry, page });
        return page;
      };
    }
    const result = await looking(false, () => world.run(send(world, random(32), world.orgs)));
    assert.deepEqual([result.at, result.of], [1, 2]);
    const [left] = result.troubled.filter((r) => r.url === liar.url);
    assert.ok(left.lost && left.trouble instanceof Malformed, `${left.trouble}`);
    assert.ok(ended > 0 && liar.seen.length <= ended + 4, `${liar.seen.length - ended} requests more`);
    assert.ok(!result.troubled.some((r) => r.url === honest.url));
  });
}

test('a number that was left out, as the chain tells, is asked for and costs nothing', async () => {
  const world = new World({ boards: [1] });
  const chain = world.relays[0].chains.get(1);
  const seal = chain.seal.bind(chain);
  const begins = chain.newest;
  chain.seal = (n) => (n === begins + 2 ? undefined : seal(n)); // it was away
  const result = await looking(false, () => world.run(send(world, random(32), world.orgs)));
  assert.deepEqual([result.at, result.troubled.length], [2, 0]);
});

test('a slow relay holds up the others only where all wait; one that is still at it is left out', async () => {
  const world = new World();
  const [slow, quick] = world.relays;
  slow.delay = 5000;
  await looking(false, () => world.run(send(world, random(32), world.orgs.slice(0, 1))));
  const [a, b] = [slow, quick].map((r) => checkProgram(r.seen));
  assert.equal(a.blocks[0].at, b.blocks[0].at);
  assert.ok(b.blocks[5].end < a.blocks[2].end + 1);
  // One that never answers a file.
  const stuck = new World();
  stuck.relays[0].delay = ({ path }) => (/day|hour/.test(path) ? 4000000 : 400);
  stuck.relays[1].delay = 1500;
  const done = await looking(false, () => stuck.run(send(stuck, random(32), stuck.orgs.slice(0, 1))));
  assert.deepEqual([done.at, done.of], [1, 2]);
  const { blocks } = checkProgram(stuck.relays[1].seen);
  const reading = ({ relays: [relay] }) => relay.seen.find(({ path }) => /day|hour/.test(path)).at; // since then
  const began = reading(stuck);
  assert.ok(blocks[0].at - began >= 60000 && blocks[0].at - began <= 62000, `${blocks[0].at - began} ms`);
  assert.equal(stuck.relays[0].seen.filter((s) => s.op !== undefined).length, 0);
  assert.equal(done.troubled[0].trouble.code, 'offline');
  // The first one took longer than 20 s: three times as long.
  const long = new World();
  long.relays[0].delay = ({ path }) => (/day|hour/.test(path) ? 4000000 : 400);
  long.relays[1].delay = 6000;
  await looking(false, () => long.run(send(long, random(32), long.orgs.slice(0, 1))));
  const start = reading(long);
  const program = checkProgram(long.relays[1].seen);
  const took = long.relays[1].seen[program.at - 1].end - start;
  assert.ok(took > 20000 && Math.abs(program.blocks[0].at - start - 3 * took) <= 1000, `${took} ms`);
});

test('a look back: days and hours that the newest page closes, the open hour as a file', () => {
  const day = (n) => ({ ...ANSWERS, tick: n });
  const files = (newest, back) => filesOf(day(600), newest, TODAY - back).map(([p]) => p);
  const at = (seconds) => Math.floor((TODAY * DAY + seconds) / 600);
  const days = (n) => Array.from({ length: n }, (_, i) => `day/${TODAY - n + i}`);
  const hours = (n) => Array.from({ length: n }, (_, i) => `hour/${TODAY * 24 + i}`);
  for (const [seconds, n] of [[0, 1], [3599, 1], [3600, 2], [37210, 11], [DAY - 1, 24]]) {
    assert.deepEqual(files(at(seconds), 7), [...days(7), ...hours(n)], `at ${seconds} s`);
  }
  // It stands still since yesterday noon: that day is not closed.
  assert.deepEqual(files(at(-43200), 2), [`day/${TODAY - 2}`, ...Array.from({ length: 13 }, (_, i) => `hour/${(TODAY - 1) * 24 + i}`)]);
  assert.deepEqual(files(0, 7), []);
});

test('it looks back a week or over all days, now this, now that; who asks for more gets all', async () => {
  const world = new World({ relays: [false], boards: [1] });
  const lengths = new Map();
  const once = async (long) => {
    world.clear();
    // Nothing is rung: only the reading is of interest.
    await world.run(world.visit({ long, choose: () => { throw new Error('enough'); } }).catch((e) => assert.equal(e.message, 'enough')));
    return world.relays[0].seen.filter((s) => s.path.includes('/day/')).length;
  };
  for (let i = 0; i < 100; i++) {
    const days = await once(false);
    lengths.set(days, (lengths.get(days) ?? 0) + 1);
  }
  assert.deepEqual([...lengths.keys()].sort((a, b) => a - b), [7, 9]);
  // One in four; outside with a chance below one in a million.
  assert.ok(lengths.get(9) > 5 && lengths.get(9) < 50, `${lengths.get(9)} of 100`);
  for (let i = 0; i < 8; i++) {
    assert.equal(await once(true), 9);
  }
});

/** Whole visits, one after another, each with its own program; the pauses between them. */
function checkSeries(world, n) {
  assert.equal(world.visits, n);
  const of = world.relays.map((relay) => {
    const rings = relay.seen.filter((s) => s.op === OP.RING);
    assert.equal(rings.length, 2 * n);
    const begins = relay.seen.filter((s, i) => s.path === '/v1/status' && /\/(directory|day)/.test(relay.seen[i + 1]?.path ?? '')).map((s) => relay.seen.indexOf(s));
    assert.equal(begins.length, n);
    return begins;
  });
  for (let k = 1; k < n; k++) {
    const before = Math.max(...world.relays.map((r, i) => r.seen[of[i][k] - 1].end));
    const pause = world.relays[0].seen[of[0][k]].at - before;
    assert.ok(pause >= 5000 && pause <= 60000, `a pause of ${pause} ms`);
  }
  world.relays.forEach((relay, i) => of[i].forEach((from, k) => {
    const seen = relay.seen.slice(from, of[i][k + 1]).filter((s) => s.op !== OP.PUT);
    checkLooks(seen, checkProgram(seen));
  }));
}

test('more recipients, more answers, more to burn: further whole visits', async () => {
  const said = [];
  const onVisit = (n, of) => said.push(`${n} of ${of}`);
  const many = new World({ boards: [1, 2, 1, 1, 2] });
  const result = await looking(false, () => many.run(send(many, random(32), many.orgs, { onVisit })));
  assert.deepEqual([result.at, result.of, result.closed.length], [2, 2, 0]);
  checkSeries(many, 3);
  assert.deepEqual(said.splice(0), ['1 of 3', '2 of 3', '3 of 3']);
  const seed = random(32);
  const world = new World({ boards: [1, 2, 1] });
  for (const [i, org] of world.orgs.entries()) {
    world.answer(seed, org, 0, `The answer of ${i}.`, 3 + i);
  }
  const { answers } = await looking(false, () => world.run(find(world, seed, { onVisit })));
  assert.deepEqual(answers.map((a) => a.state), ['verified', 'verified', 'verified']);
  checkSeries(world, 2);
  assert.deepEqual(said.splice(0), ['1 of 1', '2 of 2']);
  world.clear();
  const burned = await looking(false, () => world.run(burnAnswers({ net: world.net, visit: world.visit, seed, answers, onVisit })));
  assert.deepEqual([burned.burned, burned.left], [[true, true, true], []]);
  checkSeries(world, 2);
  assert.deepEqual(said.splice(0), ['1 of 2', '2 of 2']);
  world.clear();
  const gone = await world.run(readAnswers({ net: world.net, visit: world.visit, seed, answers: answers.slice(0, 1) }));
  assert.equal(gone[0].state, 'gone');
  assert.equal(world.visits, 1);
});

test('the newest answers come first; older ones are listed, and read when asked for', async () => {
  const seed = random(32);
  const world = new World({ boards: [1] });
  for (const [i, hours] of [[0, 8 * 24], [1, 30], [2, 20], [3, 5]]) {
    world.answer(seed, world.orgs[0], i, `Number ${i}`, hours);
  }
  const first = [];
  world.relays[0].lie = (s) => {
    if (s.op === OP.GET) {
      first.push(addressOf(s));
    }
    return null;
  };
  const { answers } = await world.run(find(world, seed, { days: 3, long: true }));
  assert.deepEqual(answers.map((a) => [a.i, a.state]), [[3, 'verified'], [2, 'verified'], [1, 'verified'], [0, 'older']]);
  assert.equal(first.length, 4);
});

test('an entry that stands on several pages, at one relay or at two, is of the earliest day', async () => {
  const seed = random(32);
  const world = new World({ boards: [1] });
  for (const hours of [30, 5]) {
    world.answer(seed, world.orgs[0], 0, 'Twice.', hours);
  }
  const [entry] = answerEntries(rootOf(seed, world.orgs[0].id));
  const day = async () => (await world.run(world.visit({ choose: () => ({}) }))).clues.get(hex(entry));
  assert.equal(await day(), TODAY - 1);
  const [{ chains }] = world.relays; // of one relay the later page alone is there
  chains.get(0).pages = new Map([...chains.get(0).pages].filter(([n]) => n > BEGIN / ANSWERS.tick - 9));
  assert.equal(await day(), TODAY - 1);
});

test('a relay that goes away in the middle of reading: what the other has is shown, and that one is missing is said', async () => {
  const seed = random(32);
  const world = new World({ boards: [1] });
  world.answer(seed, world.orgs[0], 0, 'Come.');
  world.relays[0].lie = ({ op }) => (op === OP.RING ? { status: 0, bytes: null } : null);
  const { answers, problems } = await looking(false, () => world.run(find(world, seed)));
  assert.deepEqual(answers.map((x) => x.state), ['verified']);
  assert.deepEqual(problems.map((p) => [p.relay.url, p.problem.code]), [[world.relays[0].url, 'offline']]);
  checkLooks(world.relays[1].seen, checkProgram(world.relays[1].seen));
});

test('files: their boxes come after the visit of the text, the entry in the next one', async () => {
  const world = new World();
  const items = [{ type: 'text/plain', ending: 'txt', data: random(40000) }];
  const result = await looking(false, () => world.run(send(world, random(32), world.orgs.slice(0, 2), { items })));
  assert.deepEqual([result.at, result.of], [2, 2]);
  for (const { seen } of world.relays) {
    const ops = seen.filter((s) => s.op !== undefined).map((s) => NAMES[s.op]);
    const puts = ops.filter((o) => o === 'PUT').length;
    assert.equal(puts, 6, 'three for each of two');
    assert.deepEqual(ops.slice(0, 6), BLOCKS);
    assert.deepEqual(ops.slice(-6), BLOCKS);
    assert.ok(ops.slice(6, -6).every((o) => o === 'PUT' || o === 'GET'));
    assert.deepEqual(seen.filter((s) => s.op === OP.RING).map((s) => openedBy(world, s)), ['1', '1', '2', '2']);
  }
});

test('a relay that takes no box, whatever it says, changes nothing at the other, and adds no visit', async () => {
  const items = [{ type: 'text/plain', ending: 'txt', data: random(40000) }];
  for (const lie of [says(STATUS.TAKEN), says(STATUS.FULL), says(STATUS.MORE_EFFORT, 3)]) {
    const world = new World({ boards: [1] });
    const [liar, honest] = world.relays;
    liar.lie = ({ op }) => (op === OP.PUT ? lie : null);
    const result = await looking(false, () => world.run(send(world, random(32), world.orgs, { items })));
    assert.deepEqual([result.at, result.of, world.visits], [1, 2, 2]);
    const of = (relay, op) => relay.seen.filter((s) => s.op === op).length;
    // Of the GETs four are of the visits, two before the boxes and three after them.
    assert.deepEqual([OP.RING, OP.GET, OP.BURN, OP.PUT].map((op) => of(honest, op)), [4, 9, 4, 3]);
    assert.deepEqual([OP.RING, OP.BURN].map((op) => of(liar, op)), [4, 4]);
    const last = honest.seen.findLast((s) => s.op === OP.PUT).end;
    assert.ok(last - honest.seen.find((s) => s.op === OP.PUT).at < 300000);
  }
});

/** The kind of the entry, by whomever it is for. */
function openedBy(world, { body }) {
  const entry = body.slice(384, 384 + 4096);
  const head = world.orgs.map((o) => openEntry(entry, o.id, { week: 2970, k: o.k, q: o.q })).find((x) => x);
  return head ? `${head[1]}` : '-';
}

test('one that can’t be written to any more: the others are served, in the same visit', async () => {
  const world = new World();
  world.orgs[1].writable = false;
  world.publish();
  const result = await looking(false, () => world.run(send(world, random(32), world.orgs.slice(0, 2))));
  assert.equal(world.visits, 1);
  assert.deepEqual(result.closed.map((o) => hex(o.id)), [hex(world.orgs[1].id)]);
  assert.deepEqual([result.at, result.of], [2, 2]);
  world.clear();
  await looking(false, () => world.run(send(world, random(32), [world.orgs[1]]).catch((e) => assert.equal(e.org.name, world.orgs[1].name))));
  world.relays.forEach((r) => checkLooks(r.seen, checkProgram(r.seen)));
});

test('where no relay showed it, a second try is another whole visit, with an entry of its own', async () => {
  const world = new World();
  const again = {};
  const seed = random(32);
  world.relays.forEach((r) => { r.lie = LIES['no newer pages in the status']; });
  await looking(false, () => world.run(assert.rejects(send(world, seed, world.orgs.slice(0, 1), { again }), { code: 'busy' })));
  world.relays.forEach((r) => { r.lie = null; });
  const [before] = world.relays.map((r) => r.seen.filter((s) => s.op === OP.RING).map(entryOf));
  world.clear();
  const result = await looking(false, () => world.run(send(world, seed, world.orgs.slice(0, 1), { again })));
  assert.equal(result.at, 2);
  world.relays.forEach((r) => checkLooks(r.seen, checkProgram(r.seen)));
  assert.ok(world.relays[0].seen.filter((s) => s.op === OP.RING).every((s) => !before.includes(entryOf(s))));
});

const NO_BUNDLE = new Uint8Array(500);
/** What one relay answers, what of it is then asked. */
const LEFT = {
  'has too much to do for a GET': [({ op }) => (op === OP.GET ? { status: 503, bytes: new Uint8Array(0) } : null), ['RING', 'GET', 'GET', 'GET', 'GET']],
  'has a bundle of its own that is no good': [({ path }, relay) => {
    if (path === '/v1/directory') {
      return { status: 200, bytes: NO_BUNDLE };
    }
    const other = `bundle ${hex(blake2b256(NO_BUNDLE))}`;
    return path === '/v1/status'
      ? { status: 200, bytes: new TextEncoder().encode(new TextDecoder().decode(relay.status).replace(/^bundle .*$/m, other)) } : null;
  }, []],
};
for (const [what, [lie, asked]] of Object.entries(LEFT)) {
  test(`a relay that ${what} is left out of the rest of the visit`, async () => {
    const world = new World();
    world.relays[0].lie = lie;
    const { at, missing } = await looking(false, () => world.run(send(world, random(32), world.orgs.slice(0, 1))));
    assert.deepEqual(world.relays[0].seen.filter((s) => s.op !== undefined).map((s) => NAMES[s.op]), asked);
    assert.deepEqual(world.relays[0].seen.filter((s) => isReportPage(s)), []);
    assert.deepEqual(world.relays[1].seen.filter((s) => s.op !== undefined).map((s) => NAMES[s.op]), BLOCKS);
    assert.deepEqual([at, missing], [1, [world.relays[0].url]]);
  });
}
