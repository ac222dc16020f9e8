// SPDX-License-Identifier: ISC
// Coming back: finding answers with nothing but the code, reading, burning.
import { equal, hex, random } from './proto/bytes.js';
import { openAnswer } from './proto/answer.js';
import * as body from './proto/body.js';
import { get, STATUS } from './proto/cell.js';
import {
  answerAddress, answerBurnSecret, answerEntries, replyKey, rootOf,
} from './proto/conversation.js';
import { verifyKeys } from './proto/directory.js';
import { NetError } from './net.js';
import { writers } from './network.js';
import { readAnswersBoard, runBlocks } from './visit.js';

/** Which answers are announced: [{ org, i, day }], ascending. */
export async function findAnswers({ net, network, seed, days, now, onProgress }) {
  const clues = new Map();
  const problems = [];
  for (const [k, relay] of network.relays.entries()) {
    try {
      const onOne = (f) => onProgress?.((k + f) / network.relays.length);
      const found = await readAnswersBoard(net, network, relay, { days, now, onProgress: onOne });
      found.forEach((day, clue) => clues.set(clue, Math.max(day, clues.get(clue) ?? 0)));
    } catch (e) {
      problems.push({ relay, problem: e });
    }
  }
  if (problems.length === network.relays.length) {
    throw problems[0].problem;
  }
  const found = network.directory.orgs.flatMap((org) => {
    const entries = answerEntries(rootOf(seed, org.id));
    return entries.map((e, i) => ({ org, i, day: clues.get(hex(e)) })).filter((a) => a.day !== undefined);
  });
  return { found, problems };
}

function openOne(seed, answer, result) {
  if (result.status !== STATUS.PRESENT) {
    return { ...answer, state: result.status === STATUS.ABSENT ? 'gone' : 'busy' };
  }
  const { org, i } = answer;
  const root = rootOf(seed, org.id);
  const { r, R } = replyKey(seed, org.id);
  try {
    const vs = org.desk ? verifyKeys(org.desk).map((k) => k.v) : [];
    const opened = openAnswer({ org: org.id, root, r, R, i, box: result.box, vs });
    return { ...answer, state: 'verified', ...opened };
  } catch (e) {
    return { ...answer, state: e.message };
  }
}

/**
 * Fetches and opens what is asked; state of each: 'verified', 'gone', 'forged',
 * 'malformed' or 'busy'. One relay is asked, then the other for what is missing.
 */
export async function readAnswers({ net, network, seed, answers, onStep }) {
  const relays = network.relays.slice(0, 2);
  const order = random(1)[0] & 1 ? relays.slice().reverse() : relays;
  let left = answers;
  const done = [];
  let last = null;
  for (const [k, relay] of order.entries()) {
    const work = { rings: [], burns: [], gets: left.map((a) => answerAddress(rootOf(seed, a.org.id), a.i)) };
    try {
      const { gets } = await runBlocks(net, network, relay, work, onStep);
      const opened = left.map((a, i) => openOne(seed, a, gets[i]));
      const final = k === order.length - 1;
      done.push(...opened.filter((a) => final || a.state === 'verified'));
      left = final ? [] : left.filter((_, i) => opened[i].state !== 'verified');
    } catch (e) {
      if (!(e instanceof NetError)) {
        throw e;
      }
      last = e;
    }
  }
  if (last && done.length === 0 && left.length === answers.length && answers.length > 0) {
    throw last;
  }
  return [...done, ...left.map((a) => ({ ...a, state: 'busy' }))];
}

/** Burns answers that were read, at every relay; how many relays confirmed each. */
export async function burnAnswers({ net, network, seed, answers, onStep }) {
  const burns = answers.map(({ org, i }) => {
    const root = rootOf(seed, org.id);
    return { address: answerAddress(root, i), secret: answerBurnSecret(root, i) };
  });
  const confirmed = answers.map(() => 0);
  const problems = [];
  for (const relay of writers(network)) {
    try {
      const r = await runBlocks(net, network, relay, { rings: [], gets: [], burns }, onStep);
      r.burns.forEach((status, i) => { confirmed[i] += status === STATUS.BURNED; });
    } catch (e) {
      problems.push({ relay, problem: e });
    }
  }
  return { confirmed, problems };
}

/** An answer's attachments: [{ type, name, data }]. */
export async function fetchBody({ net, network, answer, onProgress }) {
  const parts = [];
  for (let i = 0; i < answer.boxes; i++) {
    parts.push(await fetchBox(net, network, answer.bodyKey, i));
    onProgress?.((i + 1) / answer.boxes);
  }
  const bytes = new Uint8Array(answer.boxes * body.BOX_PLAIN);
  parts.forEach((p, i) => bytes.set(p, i * body.BOX_PLAIN));
  const whole = bytes.subarray(0, answer.bodyLength);
  const digest = body.digester().update(whole).digest();
  if (!equal(digest, answer.digest)) {
    throw new NetError('malformed', null);
  }
  return body.parseItems(whole);
}

async function fetchBox(net, network, key, i) {
  for (const relay of network.relays) {
    try {
      const a = await net.exchange(relay, get(body.bodyAddress(key, i)));
      if (a.status === STATUS.PRESENT) {
        return body.openBox(key, i, a.box);
      }
    } catch (e) {
      if (!(e instanceof NetError)) {
        throw new NetError('malformed', relay);
      }
    }
  }
  throw new NetError('missing', null);
}
