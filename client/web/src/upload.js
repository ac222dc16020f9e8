// SPDX-License-Identifier: ISC
// The boxes of a body, to every relay that is written to (PROTOCOL.md section 5):
// what an earlier upload left, box 0, all others, and three of them back.
import { equal, hex, random } from './proto/bytes.js';
import * as body from './proto/body.js';
import * as cell from './proto/cell.js';
import { NetError } from './net.js';
import { problemOf } from './network.js';
import { insistOnPut } from './toll.js';

const { STATUS } = cell;
const LANES = 4;
const PROBES = 3;
const WEEK = 7 * 86400;

/** at: Map from each relay to what is wrong there, or null. Those to go on with. */
export const working = (at) => [...at.keys()].filter((relay) => at.get(relay) === null);

function strike(at, relay, problem) {
  at.set(relay, problem);
  relay.trouble = problem;
}

/** Runs it for a relay; one that fails is not gone on with. */
async function tryAt(at, relay, what) {
  const problem = await problemOf(what);
  if (problem) {
    strike(at, relay, problem);
  }
  return !problem;
}

const sealed = ({ key, whole }, relay, i) =>
  body.sealBox(key, relay.id, i, whole.bytes.subarray(i * body.BOX_PLAIN, (i + 1) * body.BOX_PLAIN));

/** Is box i at this relay, just as it would be put there? */
async function hasBox({ net }, job, relay, i) {
  const { status, box } = await net.exchange(relay, cell.get(body.bodyAddress(job.key, relay.id, i)));
  return status === STATUS.PRESENT && equal(box, sealed(job, relay, i));
}

async function putBox(visit, job, relay, i) {
  const address = body.bodyAddress(job.key, relay.id, i);
  const hash = cell.burnHash(body.bodyBurnSecret(job.seed, address));
  const request = cell.put(address, hash, sealed(job, relay, i));
  request.set(random(8), cell.NONCE_AT); // each PUT has its own
  const { status } = await insistOnPut(visit, relay, request, job.onWork);
  // Taken by our own bytes: then it is stored, whatever it says.
  if (status === STATUS.TAKEN ? !(await hasBox(visit, job, relay, i)) : status !== STATUS.STORED) {
    throw new NetError(status === STATUS.TAKEN ? 'taken' : 'busy', relay);
  }
}

const nameOf = (job, relay, i) => `${hex(job.key)} ${i} ${relay.url}`;

/** Box i at every relay of which it is not known to be there. */
async function putEverywhere(visit, job, i) {
  const { at, stored } = job;
  await Promise.all(working(at).filter((relay) => !stored.has(nameOf(job, relay, i))).map(async (relay) => {
    if (await tryAt(at, relay, () => putBox(visit, job, relay, i))) {
      stored.add(nameOf(job, relay, i));
    }
  }));
}

/**
 * The week of the body: the newer one under which its box 0 is at any relay, or 0.
 * Every upload asks, at every relay, for both.
 */
async function findWeek(visit, job, now) {
  let found = 0;
  for (const relay of working(job.at)) {
    await tryAt(job.at, relay, async () => {
      for (const week of [now, now - 1]) {
        if (await hasBox(visit, { ...job, key: job.keyOf(week) }, relay, 0)) {
          found = Math.max(found, week);
        }
      }
    });
  }
  return found;
}

/** Boxes by lot, each once: what is stored is given back. */
async function probe(visit, job, relay) {
  const drawn = new Set();
  while (drawn.size < Math.min(PROBES, job.whole.boxes)) {
    const [a, b, c] = random(3);
    drawn.add(((a * 256 + b) * 256 + c) % job.whole.boxes);
  }
  for (const i of drawn) {
    if (!(await hasBox(visit, job, relay, i))) {
      for (let k = 0; k < job.whole.boxes; k++) {
        job.stored.delete(nameOf(job, relay, k));
      }
      throw new NetError('unkept', relay);
    }
  }
}

/** Throws where no relay is left; says so where the files were burned. */
function checkAny({ at, choose }, found, now) {
  if (working(at).length > 0) {
    return;
  }
  const problems = [...at.values()];
  const burned = problems.length > 0 && problems.every((p) => p.code === 'taken');
  const e = burned ? new NetError('burned', null) : problems[0] ?? new NetError('offline', null);
  if (burned) {
    choose?.(undefined);
  }
  // Next week's places are others; but what is there under one of these is gone on with.
  e.day = (now + (found ? 2 : 1)) * 7;
  throw e;
}

/**
 * All boxes of a body, several at a time. job: { keyOf: week => body_key, seed,
 * whole, at, stored, now, week, choose }; week: where this page chose it already;
 * choose(week): it has now, or (undefined) shall anew, as these were burned; stored
 * remembers what this page knows of; onWork: the relay wants to be worked for.
 * Returns the week.
 */
export async function uploadBody(visit, job, pause, onBox, onWork) {
  const now = Math.floor(job.now / WEEK);
  working(job.at).forEach((relay) => { relay.takesNone = false; }); // see toll.js
  const found = await findWeek(visit, job, now);
  const week = job.week ?? (found || now);
  job.choose?.(week); // before the PUTs: whatever becomes of them, it stays
  const mine = { ...job, key: job.keyOf(week), onWork };
  checkAny(mine, found, now);
  await putEverywhere(visit, mine, 0); // who takes it up again looks for this one
  checkAny(mine, found, now);
  onBox();
  let next = 1;
  const lane = async () => {
    while (next < job.whole.boxes) {
      await putEverywhere(visit, mine, next++);
      await pause();
      checkAny(mine, found, now);
      onBox();
    }
  };
  // What is under way ends first, so that a second try knows what is stored.
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) {
    throw failed.reason;
  }
  for (const relay of working(job.at)) {
    await tryAt(job.at, relay, () => probe(visit, mine, relay));
  }
  checkAny(mine, found, now);
  return week;
}
