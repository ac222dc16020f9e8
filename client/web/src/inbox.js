// SPDX-License-Identifier: ISC
// Coming back: finding answers with nothing but the code, reading, burning.
import { concat, equal, hex, shuffled } from './proto/bytes.js';
import { BadAnswer, openAnswer, unwrapAnswer } from './proto/answer.js';
import * as body from './proto/body.js';
import { get, STATUS } from './proto/cell.js';
import { answerAddress, answerBurnSecret, replyKey, rootOf } from './proto/conversation.js';
import { NetError } from './net.js';
import { lose, problemOf } from './network.js';
import { prepare } from './prepare.js';
import { digestOf } from './send.js';
import { pairs, Series } from './series.js';

const LANES = 4;
export const FETCH_BOXES_MAX = 2048; // 33 MB; a page holds no more

const nameOf = ({ org, i }) => `${hex(org.id)} ${i}`;
const byDay = (a, b) => b.day - a.day || b.i - a.i;
const addressOf = (seed, { org, i }) => (relay) => answerAddress(rootOf(seed, org.id), relay.id, i);

/**
 * Finds the answers that are announced, opens those of the last days and lists the
 * older ones: { answers: [{ org, i, day, state, ... }], problems }, newest first.
 * state: 'older', or one of readAnswers. Each visit fetches two; where there are more,
 * others follow. long: the first looks through all days that are kept. visit(options)
 * runs one, onVisit(n, of) says which it is.
 */
export async function findAnswers({ net, visit, seed, long, days, onProgress, onVisit = () => {} }) {
  const series = new Series(net, onVisit);
  const found = new Map(); // by name; those that were fetched have results
  const problems = new Map();
  const open = (since) => [...found.values()].filter((a) => a.day >= since && !a.results).sort(byDay);
  let more = true;
  while (more) {
    let these = [];
    let since = 0;
    await series.next();
    const { network, gets, problems: bad } = await visit({
      long: long && series.n === 1,
      onStep: (what, f) => onProgress?.({ read: 0.6 * f, sealed: 0.7, seen: 0.7 + 0.3 * f }[what] ?? 0.7),
      choose: ({ network: now, clues }) => {
        since = now.today - days;
        prepare({ network: now, clues, seed }).found.forEach((a) => found.set(nameOf(a), { ...found.get(nameOf(a)), ...a }));
        these = open(since).slice(0, 2);
        return { gets: these.map((a) => addressOf(seed, a)) };
      },
    });
    these.forEach((a, k) => { found.get(nameOf(a)).results = openAll(seed, network.today, a, gets[k]); });
    const lost = network.relays.filter((r) => r.lost).map((relay) => ({ relay, problem: relay.trouble }));
    [...bad, ...lost].forEach((p) => problems.set(p.relay.url, p));
    more = open(since).length > 0;
    series.of = series.n + pairs(open(since)).length;
  }
  const answers = [...found.values()].flatMap(({ results, ...a }) => results ?? [{ ...a, state: 'older' }]);
  return { answers: answers.sort(byDay), problems: [...problems.values()] };
}

/** What one relay's box is. */
function openOne(seed, today, answer, relay, result) {
  const { org, i } = answer;
  const root = rootOf(seed, org.id);
  // What any relay can make is none of ours: one that does not open is absent.
  const inner = result.status === STATUS.PRESENT ? unwrapAnswer({ root, relay: relay.id, i, box: result.box }) : null;
  if (!inner) {
    return { ...answer, state: 'gone' };
  }
  if (!org.desk) {
    return { ...answer, state: 'unchecked' };
  }
  const { r, R } = replyKey(seed, org.id);
  try {
    const opened = openAnswer({ org: org.id, root, r, R, i, inner, desk: org.desk, today });
    return { ...answer, state: 'verified', ...opened };
  } catch (e) {
    if (!(e instanceof BadAnswer)) {
      throw e;
    }
    return { ...answer, state: e.message };
  } finally {
    r.fill(0);
    root.fill(0);
  }
}

const RANK = ['verified', 'malformed', 'later', 'old', 'ahead', 'forged', 'unchecked', 'gone', 'busy'];
const isSame = (a, b) => a.day === b.day && a.text === b.text && equal(a.bodyKey, b.bodyKey);

/** Of one number at all relays: the best; of verified ones all that differ. */
function merge(states) {
  const best = RANK.find((state) => states.some((a) => a.state === state));
  const these = states.filter((a) => a.state === best);
  return best === 'verified' ? these.filter((a, k) => these.findIndex((b) => isSame(a, b)) === k) : these.slice(0, 1);
}

/** What the relays' boxes are, taken together. results: Map from relays to what they answered. */
const openAll = (seed, today, answer, results) => merge([{ ...answer, state: 'busy' },
  ...[...results].map(([relay, result]) => openOne(seed, today, answer, relay, result))]);

/** Runs a visit for each two answers; wants(two): what of it; take(two, done): what came. */
async function byTwos({ net, visit, seed, answers, onVisit = () => {} }, wants, take) {
  const series = new Series(net, onVisit);
  series.of = pairs(answers).length;
  for (const two of pairs(answers)) {
    await series.next();
    take(two, await visit({
      choose: (seen) => {
        prepare({ ...seen, seed });
        return wants(two);
      },
    }));
  }
}

/**
 * Fetches and opens what is asked, at every relay, two in a visit; state of each:
 * 'verified', 'gone', 'busy', what a BadAnswer says, or 'unchecked' (the organisation has
 * no note). Where relays have verified ones that differ, all of them.
 */
export async function readAnswers(job) {
  const { seed } = job;
  const out = [];
  await byTwos(job, (two) => ({ gets: two.map((a) => addressOf(seed, a)) }), (two, { network, gets }) => {
    two.forEach((a, k) => out.push(...openAll(seed, network.today, inNetwork(network, a), gets[k])));
  });
  return out;
}

/** The answer with its organisation as it is known now. */
const inNetwork = ({ directory }, answer) => ({ ...answer, org: directory.orgs.find((o) => equal(o.id, answer.org.id)) ?? answer.org });

/**
 * Burns answers that were read, at every relay of the directory, two in a visit:
 * { burned: whether a relay confirmed each, done, left: addresses of relays that were
 * reached, or not }.
 */
export async function burnAnswers(job) {
  const { seed } = job;
  const burned = [];
  const left = new Set();
  let all = [];
  await byTwos(job, (two) => ({ burns: two.map((a) => secretsOf(seed, a)) }), (_, { network, burns }) => {
    all = network.directory.relays.map((r) => network.relays.find((own) => equal(own.id, r.id))?.url ?? r.urls[0]);
    for (const results of burns) {
      const reached = [...results.keys()].map((r) => r.url);
      burned.push([...results.values()].some(({ status }) => status === STATUS.BURNED));
      all.filter((url) => !reached.includes(url)).forEach((url) => left.add(url));
    }
  });
  return { burned, done: all.filter((url) => !left.has(url)), left: [...left] };
}

const secretsOf = (seed, { org, i }) => (relay) => {
  const root = rootOf(seed, org.id);
  return { address: answerAddress(root, relay.id, i), secret: answerBurnSecret(root, relay.id, i) };
};

/** An answer's attachments: [{ type, name, data }]. */
export async function fetchBody({ net, network, answer, pause, onProgress }) {
  const parts = new Array(answer.boxes);
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < answer.boxes) {
      const i = next++;
      try {
        parts[i] = await fetchBox(net, network, answer.bodyKey, i);
      } catch (e) {
        next = answer.boxes; // the other lanes need not go on
        throw e;
      }
      onProgress?.(++done / answer.boxes);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) {
    throw failed.reason;
  }
  const bytes = concat(...parts);
  const whole = bytes.subarray(0, answer.bodyLength);
  try {
    if (!bytes.subarray(answer.bodyLength).every((b) => b === 0)
      || !equal(await digestOf(whole, pause), answer.digest)) {
      throw new NetError('malformed', null);
    }
    return body.parseItems(whole);
  } catch {
    throw new NetError('malformed', null);
  }
}

/** From one relay, then from the others; one that does not open is absent. */
async function fetchBox(net, network, key, i) {
  let last = new NetError('missing', null);
  for (const relay of shuffled(network.relays.filter((r) => !r.lost))) {
    let box = null;
    const problem = await problemOf(async () => {
      const a = await net.exchange(relay, get(body.bodyAddress(key, relay.id, i)));
      box = a.status === STATUS.PRESENT ? a.box : null;
    });
    try {
      if (box) {
        return body.openBox(key, relay.id, i, box);
      }
    } catch {
      box = null;
    }
    if (problem) {
      lose(relay, problem);
    }
    last = problem ?? last;
  }
  throw last;
}
