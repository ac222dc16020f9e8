// SPDX-License-Identifier: ISC
// The network as the page sees it: bundles of all relays, the best one kept.
import { equal, hex, Malformed, shuffled } from './proto/bytes.js';
import { checkBundle, openBundle, todayOf } from './proto/bundle.js';
import { blake2b256 } from './proto/kdf.js';
import { parseStatus } from './proto/status.js';
import { NetError } from './net.js';

const BUNDLE_MAX = 8 * 1024 * 1024;
const STATUS_MAX = 32768;
const DAY = 86400;

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

const newer = (a, b) => a.root.version > b.root.version
  || (a.root.version === b.root.version && a.directory.version > b.directory.version);

/** Newer notes of the organisations, from a bundle with the same directory. */
function mergeNotes(best, other) {
  if (!equal(best.directory.hash, other.directory.hash)) {
    return;
  }
  best.directory.orgs.forEach((org, i) => {
    const o = other.directory.orgs[i];
    if (o.desk && (!org.desk || o.desk.version > org.desk.version)) {
      org.desk = o.desk;
    }
    if (o.seen && (!org.seen || o.seen.day > org.seen.day)) {
      org.seen = o.seen;
    }
  });
}

/** The relays of the directory that have an address the page may use. */
function relaysOf(directory, settings, problems) {
  const mine = (url) => settings.relays.some((s) => s.url === url);
  return directory.relays.filter((r) => r.urls.some(mine)).map((r) => {
    const url = r.urls.find(mine);
    const trouble = problems.find((p) => p.relay.url === url)?.problem ?? null;
    return { ...r, url, trouble, lost: trouble?.code === 'offline' };
  });
}

/** Goes on without this relay. trouble: the last that was had with it. */
export function lose(relay, problem) {
  relay.lost = true;
  relay.trouble = problem;
}

/** Another try: who did not answer may do so now. */
export const forgive = (network) => network.relays.forEach((r) => { r.lost = false; });

export const readStatus = async (net, relay) => parseStatus(await net.get(relay, '/v1/status', STATUS_MAX));

/**
 * The bundles of relays: each one's status, in an order drawn by lot, and the bundle
 * itself of the first and of those that name another hash than what came. take: of
 * a bundle that came. Returns what failed: [{ relay, problem }].
 */
async function fetchBundles(net, relays, take) {
  const came = new Map();
  const problems = [];
  for (const relay of shuffled(relays)) {
    const problem = await problemOf(async () => {
      const { bundle } = await readStatus(net, relay);
      let bad = came.get(bundle);
      if (bad === undefined) {
        const bytes = await net.get(relay, '/v1/directory', BUNDLE_MAX);
        bad = await problemOf(async () => take(bytes));
        came.set(hex(blake2b256(bytes)), bad);
      }
      if (bad) {
        throw bad;
      }
    });
    if (problem) {
      problems.push({ relay, problem });
    }
  }
  return problems;
}

/**
 * settings: { anchor, relays: [{ url }] }, the page's own; known: versions
 * already seen in this visit; now: seconds since 1970. A relay that does not
 * answer is lost for this visit.
 */
export async function loadNetwork(net, settings, known, now) {
  const localDay = Math.floor(now / DAY);
  let best = null;
  const problems = await fetchBundles(net, settings.relays, (bytes) => {
    const bundle = openBundle(bytes, settings.anchor);
    checkBundle(bundle, known, localDay);
    const [better, other] = !best || newer(bundle, best) ? [bundle, best] : [best, bundle];
    if (other) {
      mergeNotes(better, other);
    }
    best = better;
  });
  if (!best) {
    throw new NoNetwork(problems);
  }
  const relays = relaysOf(best.directory, settings, problems);
  if (relays.length === 0) {
    throw new NoNetwork([{ problem: new Malformed('older') }]);
  }
  const today = todayOf(best, localDay);
  return { ...best, today, now: Math.max(now, today * DAY), relays };
}

/** The relays that are open: what is written goes there. */
export const writers = (network) => network.relays.filter((r) => !r.closing);
