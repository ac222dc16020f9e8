// SPDX-License-Identifier: ISC
// Coming back: finding answers with nothing but the code, reading, burning.
import { concat, equal, hex } from './proto/bytes.js';
import { BadAnswer, openAnswer } from './proto/answer.js';
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

function openOne(seed, answer, result) {
  if (result.status !== STATUS.PRESENT) {
    return { ...answer, state: 'gone' };
  }
  const { org, i } = answer;
  if (!org.desk) {
    return { ...answer, state: 'unchecked' };
  }
  const root = rootOf(seed, org.id);
  const { r, R } = replyKey(seed, org.id);
  try {
    const opened = openAnswer({ org: org.id, root, r, R, i, box: result.box, desk: org.desk });
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

const RANK = ['verified', 'malformed', 'old', 'ahead', 'forged', 'unchecked', 'gone', 'busy'];
const better = (a, b) => (RANK.indexOf(a.state) <= RANK.indexOf(b.state) ? a : b);

/**
 * Fetches and opens what is asked; state of each: 'verified', 'gone', 'busy', what
 * a BadAnswer says, or 'unchecked' (the organisation has no note). One relay is asked, then the others for what is missing;
 * each sees the same blocks.
 */
export async function readAnswers({ net, network, seed, answers, onStep }) {
  const results = answers.map((a) => ({ ...a, state: 'busy' }));
  for (const relay of shuffled(network.relays.filter((r) => !r.lost))) {
    const left = results.map((_, k) => k).filter((k) => results[k].state !== 'verified');
    const gets = left.map((k) => answerAddress(rootOf(seed, answers[k].org.id), answers[k].i));
    const problem = await problemOf(async () => {
      const r = await runBlocks({ net, network }, relay, { gets }, onStep);
      left.forEach((k, n) => { results[k] = better(openOne(seed, answers[k], r.gets[n]), results[k]); });
    });
    if (problem) {
      lose(relay, problem);
    }
  }
  return results;
}

/** Burns answers that were read, at every relay; how many relays confirmed each. */
export async function burnAnswers({ net, network, seed, answers, onStep }) {
  const burns = answers.map(({ org, i }) => {
    const root = rootOf(seed, org.id);
    return { address: answerAddress(root, i), secret: answerBurnSecret(root, i) };
  });
  const confirmed = answers.map(() => 0);
  const problems = [];
  for (const relay of shuffled(network.relays.filter((r) => !r.lost))) {
    const problem = await problemOf(async () => {
      const r = await runBlocks({ net, network }, relay, { burns }, onStep);
      r.burns.forEach((status, i) => { confirmed[i] += status === STATUS.BURNED; });
    });
    if (problem) {
      problems.push({ relay, problem });
    }
  }
  return { confirmed, problems };
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

/** From one relay, then from the others; a box that does not open is damaged. */
async function fetchBox(net, network, key, i) {
  let last = new NetError('missing', null);
  for (const relay of shuffled(network.relays.filter((r) => !r.lost))) {
    const problem = await problemOf(async () => {
      const a = await net.exchange(relay, get(body.bodyAddress(key, i)));
      if (a.status !== STATUS.PRESENT) {
        throw new NetError('missing', relay);
      }
      last = a.box;
    });
    if (!problem) {
      try {
        return body.openBox(key, i, last);
      } catch {
        last = new NetError('malformed', relay);
      }
    } else {
      last = problem;
    }
  }
  throw last;
}
