// SPDX-License-Identifier: ISC
// The network as the page sees it: what it carries, and steps 1 and 2 of a visit:
// each relay's status, the bundle of one.
import { hex, Malformed, shuffled } from './proto/bytes.js';
import { checkBundle, joinBundles, openBundle, todayOf } from './proto/bundle.js';
import { blake2b256 } from './proto/kdf.js';
import { parseStatus } from './proto/status.js';
import { NetError } from './net.js';

const BUNDLE_MAX = 8 * 1024 * 1024;
const STATUS_MAX = 32768;
const DAY = 86400;
const TIMES = 3; // as long as the first one took is waited for the others,
const LEAST_MS = 60000; // but so long at least
const LOOK_MS = 500;

/** Why no bundle could be used: a NetError, or Malformed with its reason. */
export class NoNetwork extends Error {
  constructor(problems) {
    super('no relay gave a directory that can be used');
    this.problems = problems;
  }
}

/** Runs what a hostile relay can make fail; its problem, or null. */
export async function problemOf(what) {
  try {
    await what();
    return null;
  } catch (e) {
    if (!(e instanceof NetError || e instanceof Malformed)) {
      throw e;
    }
    return e;
  }
}

/** Goes on without this relay. trouble: the last that was had with it. */
export function lose(relay, problem) {
  relay.lost = true;
  relay.trouble = problem;
}

/** Runs a part of a visit at one relay; one where it fails is lost for the rest of it. */
export async function tryAt(relay, what) {
  const problem = await problemOf(what);
  if (problem) {
    lose(relay, problem);
  }
}

/** Where relays wait for each other: how long for those that are still at it. */
export class Patience {
  constructor(net) {
    this.net = net;
    this.again();
  }

  /** Begins to count, at each such place anew. */
  again() {
    this.began = this.net.ticks();
    this.limit = Infinity;
  }

  /** The first one is there. */
  done() {
    const took = this.net.ticks() - this.began;
    this.limit = Math.min(this.limit, Math.max(TIMES * took, LEAST_MS));
  }

  /** What is done at this relay; throws where it takes too long. */
  async wait(relay, doing) {
    const { net } = this;
    let over = false;
    const tooLong = async () => {
      while (!over) {
        if (net.ticks() - this.began > this.limit) {
          const problem = new NetError('offline', relay);
          lose(relay, problem); // what it is at stops soon
          throw problem;
        }
        await net.sleep(LOOK_MS);
      }
    };
    try {
      return await Promise.race([doing, tooLong()]);
    } finally {
      over = true;
    }
  }
}

const isOlder = (a, b) => a.root.version < b.root.version
  || (a.root.version === b.root.version && a.directory.version < b.directory.version);
const NOTHING = { rootVersion: 0, directoryVersion: 0, directoryHash: null };

/** What is known of a network: nothing older is taken later on. */
const versionsOf = ({ root, directory }) => ({
  rootVersion: root.version, directoryVersion: directory.version, directoryHash: directory.hash,
});

/**
 * What a relay gave, joined with what is known (null: nothing): { bundle, isOlder }. Of
 * an older directory the notes are of use. Notes of either may contradict the directory.
 */
function weigh(known, bundle, localDay) {
  if (known && isOlder(bundle, known)) {
    const joined = joinBundles(known, bundle);
    checkBundle(joined, NOTHING, localDay);
    return { bundle: joined, isOlder: true };
  }
  checkBundle(bundle, known ? versionsOf(known) : NOTHING, localDay);
  const joined = known ? joinBundles(bundle, known) : bundle;
  checkBundle(joined, NOTHING, localDay);
  return { bundle: joined, isOlder: false };
}

/** It has not got the newest directory yet: no reason to leave it. */
const isBehind = (problem) => problem instanceof Malformed && problem.message === 'older';

/** The relays of the directory that have an address the page may use; asked: what they said. */
function relaysOf(directory, settings, asked = []) {
  const mine = (url) => settings.relays.some((s) => s.url === url);
  return directory.relays.filter((r) => r.urls.some(mine)).map((r) => {
    const url = r.urls.find(mine);
    const { status = null, problem = null } = asked.find((a) => a.url === url) ?? {};
    return { ...r, url, status, trouble: problem, lost: !status || (problem !== null && !isBehind(problem)) };
  });
}

function networkOf(bundle, settings, now, asked) {
  const localDay = Math.floor(now / DAY);
  const today = todayOf(bundle, localDay);
  return { ...bundle, today, now: Math.max(now, today * DAY), relays: relaysOf(bundle.directory, settings, asked) };
}

export const readStatus = async (net, relay) => parseStatus(await net.get(relay, '/v1/status', STATUS_MAX));

/**
 * Steps 1 and 2: the status of each relay, all at once; the bundle of one drawn by lot,
 * and of those that name another hash than what came, or where that is no good. take:
 * of a bundle that came. Returns what each said: [{ url, status, problem }].
 */
async function askAll(net, relays, patience, take) {
  const came = new Map();
  const asked = relays.map(({ url }) => ({ url, status: null, problem: null }));
  const statuses = new Map(asked.map((one) => [one, readStatus(net, one)]));
  statuses.forEach((status) => status.catch(() => {})); // each is awaited below
  for (const one of shuffled(asked)) {
    one.problem = await problemOf(async () => {
      one.status = await patience.wait(one, statuses.get(one));
      const { bundle } = one.status;
      let bad = came.get(bundle);
      if (bad === undefined) {
        const bytes = await net.get(one, '/v1/directory', BUNDLE_MAX);
        bad = await problemOf(async () => take(bytes));
        came.set(hex(blake2b256(bytes)), bad);
      }
      if (bad) {
        throw bad;
      }
      patience.done();
    });
  }
  return asked;
}

/**
 * settings: { anchor, relays: [{ url }] }, the page's own; known: the network that is
 * known, or null: nothing older is taken, and no note of it is forgotten; now: seconds
 * since 1970. Each relay of the result has its status; one that did not answer is lost
 * for this visit.
 */
export async function loadNetwork(net, settings, known, now, patience = new Patience(net)) {
  let best = known;
  let passed = false;
  const asked = await askAll(net, settings.relays, patience, (bytes) => {
    const weighed = weigh(best, openBundle(bytes, settings.anchor), Math.floor(now / DAY));
    best = weighed.bundle;
    if (weighed.isOlder) {
      throw new Malformed('older');
    }
    passed = true;
  });
  if (!passed) {
    throw new NoNetwork(asked.map((one) => ({ relay: one, problem: one.problem })));
  }
  const network = networkOf(best, settings, now, asked);
  if (network.relays.length === 0) {
    throw new NoNetwork([{ problem: new Malformed('older') }]);
  }
  return network;
}

/**
 * The network that the page carries, or null where there is none; isExpired: it must not
 * be used any more. Its notes are of another day: who can be written to, the visit will
 * show. Throws Malformed where the clock of this device is wrong.
 */
export function carriedNetwork(settings, now) {
  if (!settings.network) {
    return null;
  }
  const bundle = openBundle(settings.network, settings.anchor);
  const network = { ...networkOf(bundle, settings, now), isCarried: true, isExpired: false };
  try {
    checkBundle(bundle, NOTHING, Math.floor(now / DAY));
  } catch (e) {
    if (!(e instanceof Malformed) || e.message === 'clock') {
      throw e;
    }
    network.isExpired = true;
  }
  return network;
}

/** The relays that are open: what is written goes there. */
export const writers = (network) => network.relays.filter((r) => !r.closing);
