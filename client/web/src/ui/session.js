// SPDX-License-Identifier: ISC
// What the page knows. It lives in memory only and goes with the page.
import { frameSender, Net } from '../net.js';
import { carriedNetwork, loadNetwork } from '../network.js';
import { runVisit } from '../visit.js';

export const clock = { now: () => Math.floor(Date.now() / 1000) };

const empty = () => ({
  net: null,
  network: null,
  report: null,
  code: null,
  resumed: false,
});

export const session = { settings: null, ...empty() };

export function freshReport() {
  session.report = {
    orgs: new Set(),
    violations: new Set(),
    fields: new Map(),
    danger: new Set(),
    role: new Set(),
    consent: new Set(),
    free: '',
    files: [],
  };
  return session.report;
}

/** What requests leave from. */
export async function line() {
  session.net ??= new Net(await frameSender(document));
  return session.net;
}

/**
 * The directory that the page carries, or what came since then: nothing is sent before
 * she has finished writing. False where it has expired: a fresh one must come first,
 * and none that is older.
 */
export function hasNetwork() {
  if (!session.network || session.network.isCarried) {
    session.network = carriedNetwork(session.settings, clock.now()) ?? session.network;
  }
  return session.network !== null && !session.network.isExpired;
}

/** A fresh directory, where she asks for it, or the carried one has expired. */
export async function fetchNetwork() {
  session.network = await loadNetwork(await line(), session.settings, session.network, clock.now());
}

/** Runs a visit, with a fresh directory of its own. options: see runVisit. */
export async function visit(options) {
  hasNetwork(); // what it carries is known, and the clock looked at
  const net = await line();
  const { settings, network: known } = session;
  const done = await runVisit({ net, settings, known, now: clock.now(), ...options });
  if (session.net === net) { // she may have left
    session.network = done.network;
  }
  return done;
}

export const pause = () => new Promise((resolve) => { setTimeout(resolve, 0); });

export function forgetCode() {
  session.code?.fill(0);
  session.code = null;
}

export function forgetAll() {
  forgetCode();
  session.report?.files.forEach((f) => f.data.fill(0));
  session.net?.close();
  Object.assign(session, empty());
}
