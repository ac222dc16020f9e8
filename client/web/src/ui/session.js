// SPDX-License-Identifier: ISC
// What one visit knows. It lives in memory only and goes with the page.
import { frameSender, Net } from '../net.js';
import { loadNetwork } from '../network.js';

export const clock = { now: () => Math.floor(Date.now() / 1000) };

const empty = () => ({
  net: null,
  network: null,
  known: { rootVersion: 0, directoryVersion: 0, directoryHash: null },
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

/** The directory, fetched once a visit; again after an error. */
export async function network() {
  session.net ??= new Net(await frameSender(document));
  if (!session.network) {
    session.network = await loadNetwork(session.net, session.settings, session.known, clock.now());
    session.known = {
      rootVersion: session.network.root.version,
      directoryVersion: session.network.directory.version,
      directoryHash: session.network.directory.hash,
    };
  }
  return session.network;
}

/** For another visit: its shape begins with the directory (PROTOCOL.md section 6). */
export function nextVisit() {
  session.network = null;
  if (session.net) {
    session.net.check = () => {}; // what stopped the one before does not stop this one
  }
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
