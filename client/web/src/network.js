// SPDX-License-Identifier: ISC
// The network as the page sees it: bundles of all relays, the best one kept.
import { equal, Malformed } from './proto/bytes.js';
import { checkBundle, openBundle } from './proto/bundle.js';
import { NetError } from './net.js';

const BUNDLE_MAX = 8 * 1024 * 1024;
export const dayOf = (seconds) => Math.floor(seconds / 86400);

/** Why no bundle could be used: a NetError, or Malformed with its reason. */
export class NoNetwork extends Error {
  constructor(problems) {
    super('no relay gave a directory that can be used');
    this.problems = problems;
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

/**
 * settings: { anchor, relays: [{ url }] }, the page's own; known: versions
 * already seen in this visit. Returns { bundle, today, relays, problems }.
 */
export async function loadNetwork(net, settings, known, now) {
  const problems = [];
  let best = null;
  for (const relay of settings.relays) {
    try {
      const bundle = openBundle(await net.get(relay, '/v1/directory', BUNDLE_MAX), settings.anchor);
      bundle.today = checkBundle(bundle, known, dayOf(now));
      if (!best) {
        best = bundle;
      } else if (newer(bundle, best)) {
        mergeNotes(bundle, best);
        best = bundle;
      } else {
        mergeNotes(best, bundle);
      }
    } catch (e) {
      if (!(e instanceof NetError || e instanceof Malformed)) {
        throw e;
      }
      problems.push({ relay, problem: e });
    }
  }
  if (!best) {
    throw new NoNetwork(problems);
  }
  const relays = best.directory.relays.map((r) => ({ ...r, url: pick(r.urls, settings.relays) }));
  return { ...best, relays, problems };
}

/** The address of a relay that the settings name, else its first. */
function pick(urls, preferred) {
  return urls.find((u) => preferred.some((p) => p.url === u)) ?? urls[0];
}

/** The first two relays that are not closing: what is written goes there. */
export const writers = (network) => network.relays.filter((r) => !r.closing).slice(0, 2);
