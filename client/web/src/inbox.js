// SPDX-License-Identifier: ISC
// Coming back: finding answers with nothing but the code, reading, burning.
import { concat, equal, hex } from './proto/bytes.js';
import { BadAnswer, openAnswer, unwrapAnswer } from './proto/answer.js';
import * as body from './proto/body.js';
import { get, STATUS } from './proto/cell.js';
import {
  answerAddress, answerBurnSecret, answerEntries, replyKey, rootOf,
} from './proto/conversation.js';
import { NetError } from './net.js';
import { lose, problemOf } from './network.js';
import { readBoards, runBlocks, shuffled } from './visit.js';
import { digestOf } from './send.js';

const LANES = 4;
export const FETCH_BOXES_MAX = 2048; // 33 MB; a page holds no more

/**
 * Finds and opens the answers announced since a day; older ones are only listed:
 * { answers: [{ org, i, day, state, ... }], problems }, newest first. state:
 * 'older', or one of readAnswers. long: of all days that the relays keep.
 */
export async function findAnswers({ net, network, seed, long, since, onProgress }) {
  const { clues, problems } = await readBoards({ net, network }, { long, onProgress });
  const found = network.directory.orgs.flatMap((org) => {
    const entries = answerEntries(rootOf(seed, org.id));
    return entries.map((e, i) => ({ org, i, day: clues.get(hex(e)) })).filter((a) => a.day !== undefined);
  });
  const older = found.filter((a) => a.day < since).map((a) => ({ ...a, state: 'older' }));
  const opened = await readAnswers({ net, network, seed, answers: found.filter((a) => a.day >= since) });
  const answers = [...opened, ...older].sort((a, b) => b.day - a.day || b.i - a.i);
  return { answers, problems };
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

/**
 * Fetches and opens what is asked, at every relay; state of each: 'verified', 'gone',
 * 'busy', what a BadAnswer says, or 'unchecked' (the organisation has no note). Where
 * relays have verified ones that differ, all of them.
 */
export async function readAnswers({ net, network, seed, answers, onStep }) {
  const results = answers.map((a) => [{ ...a, state: 'busy' }]);
  for (const relay of shuffled(network.relays.filter((r) => !r.lost))) {
    const gets = answers.map(({ org, i }) => answerAddress(rootOf(seed, org.id), relay.id, i));
    const problem = await problemOf(async () => {
      const r = await runBlocks({ net, network }, relay, { gets }, onStep);
      answers.forEach((a, k) => results[k].push(openOne(seed, network.today, a, relay, r.gets[k])));
    });
    if (problem) {
      lose(relay, problem);
    }
  }
  return results.flatMap(merge);
}

/**
 * Burns answers that were read, at every relay of the directory: { burned: whether
 * a relay confirmed each, done, left: addresses of relays that were reached, or not }.
 */
export async function burnAnswers({ net, network, seed, answers, onStep }) {
  const burned = answers.map(() => false);
  const done = [];
  const listed = (r) => network.relays.find((own) => equal(own.id, r.id)) ?? { ...r, url: r.urls[0], lost: true };
  const relays = network.directory.relays.map(listed);
  for (const relay of shuffled(relays.filter((r) => !r.lost))) {
    const burns = answers.map(({ org, i }) => {
      const root = rootOf(seed, org.id);
      return { address: answerAddress(root, relay.id, i), secret: answerBurnSecret(root, relay.id, i) };
    });
    const problem = await problemOf(async () => {
      const r = await runBlocks({ net, network }, relay, { burns }, onStep);
      r.burns.forEach((status, i) => { burned[i] ||= status === STATUS.BURNED; });
      done.push(relay);
    });
    if (problem) {
      lose(relay, problem);
    }
  }
  const urls = (some) => some.map((r) => r.url);
  return { burned, done: urls(done), left: urls(relays.filter((r) => !done.includes(r))) };
}

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
    last = problem ?? last;
  }
  throw last;
}
