// SPDX-License-Identifier: ISC
// What /v1/directory serves, and a client's rules for it, PROTOCOL.md section 7.
import { equal, hex, Malformed, Reader } from './bytes.js';
import { openDeskNote, openDirectory, openRoot, openSeenNote } from './directory.js';

const BUNDLE_MAX = 8 * 1024 * 1024;
const TRIES_MAX = 4; // notes of one kind and organisation; an honest relay has one

function frames(bytes) {
  if (bytes.length > BUNDLE_MAX) {
    throw new Malformed('too long');
  }
  const r = new Reader(bytes);
  const out = [];
  while (r.left > 0) {
    const length = r.u32();
    r.require(length > 0);
    out.push(r.take(length));
  }
  return out;
}

const begins = (note, pattern) => pattern.exec(new TextDecoder('utf-8', { ignoreBOM: true }).decode(note.subarray(0, 120)));

const openNote = {
  desk: (bytes, org) => ({ ...openDeskNote(bytes, org), bytes }),
  seen: (bytes, org) => ({ ...openSeenNote(bytes, org, org.desk), bytes }),
};

const isRoot = (note) => begins(note, /^tocsin-root /) !== null;

function tryOpen(open) {
  try {
    return open();
  } catch {
    return null;
  }
}

/**
 * Opens what stands after the directory. A bad note of one organisation must not
 * cost the others theirs, nor many bad notes the reader her patience: each is
 * looked at for the one organisation that it names, and of those not for ever.
 */
function openNotes(orgs, notes) {
  const byId = new Map(orgs.map((org) => [hex(org.id), { org, desk: 0, seen: 0 }]));
  for (const note of notes) {
    const [, kind, id] = begins(note, /^tocsin-(desk|seen) v[0-9]+\norg ([0-9a-f]{64})\n/) ?? [];
    const of = byId.get(id);
    if (!of || of.org[kind] || (kind === 'seen' && !of.org.desk) || of[kind]++ >= TRIES_MAX) {
      continue;
    }
    const { org } = of;
    org[kind] = tryOpen(() => openNote[kind](note, org));
  }
}

/** anchor: a root ({ version, keys, threshold, hash }) that is trusted. */
export function openBundle(bytes, anchor) {
  const notes = frames(bytes);
  let root = null;
  let i = 0;
  for (; i < notes.length && isRoot(notes[i]); i++) {
    const version = i + 1;
    if (version < anchor.version) {
      continue;
    }
    const next = openRoot(notes[i], version === anchor.version ? null : root);
    if (next.version !== version) {
      throw new Malformed('roots that do not begin with 1');
    }
    if (version === anchor.version && !equal(next.hash, anchor.hash)) {
      throw new Malformed('another root');
    }
    root = next;
  }
  if (!root || i >= notes.length) {
    throw new Malformed('no root that is trusted, or no directory');
  }
  const directory = openDirectory(notes[i++], root);
  for (const org of directory.orgs) {
    org.desk = null;
    org.seen = null;
  }
  openNotes(directory.orgs, notes.slice(i));
  return { root, directory };
}

/** An organisation's newer notes, with its keys of now. The desk note has those of the seen one. */
function joinOrg(org, { desk, seen }) {
  const newer = desk && desk.version > (org.desk?.version ?? 0) ? tryOpen(() => openNote.desk(desk.bytes, org)) : null;
  const own = org.seen;
  if (newer) {
    org.desk = newer;
    org.seen = own && tryOpen(() => openNote.seen(own.bytes, org));
  }
  if (org.desk && seen && seen.day > (org.seen?.day ?? 0)) {
    org.seen = tryOpen(() => openNote.seen(seen.bytes, org)) ?? org.seen;
  }
}

/** A bundle with the newer notes of another one, whatever its directory; both stay as they are. */
export function joinBundles(best, other) {
  const orgs = best.directory.orgs.map((org) => ({ ...org }));
  for (const org of orgs) {
    joinOrg(org, other.directory.orgs.find((o) => equal(o.id, org.id)) ?? {});
  }
  return { root: best.root, directory: { ...best.directory, orgs } };
}

/** Of an even number the lower one: it takes more than half to move it. */
const median = (days) => (days.length ? days.sort((a, b) => a - b)[(days.length - 1) >> 1] : 0);

/** Organisations whose seen note counts. */
const witnesses = ({ directory }) => directory.orgs.filter((o) => o.seen && !o.revoked);

/** What the seen notes have seen is over: the day after their median day. */
export const todayOf = (bundle, localDay) => {
  const days = witnesses(bundle).map((o) => o.seen.day);
  return Math.max(localDay, bundle.directory.issued, days.length ? median(days) + 1 : 0);
};

/** "Of the last 3 days" */
const isRecent = ({ seen }, today) => seen.day + 3 >= today && seen.day <= today + 1;

/**
 * The lines of seen notes about a board at a relay that count: [{ org, page }]. The
 * note is of the last 3 days and its day is over, the page is of that day.
 */
export function seenLines(bundle, relay, board, today) {
  return witnesses(bundle).filter((o) => isRecent(o, today) && o.seen.day < today).flatMap((org) => {
    const page = org.seen.pages.find((p) => p.board === board.id && equal(p.relay, relay.id));
    return page && Math.floor((page.number * board.tick) / 86400) === org.seen.day ? [{ org, page }] : [];
  });
}

/** Throws Malformed with one of: 'expired', 'clock', 'older', 'contradicted'. */
export function checkBundle(bundle, known, localDay) {
  const { directory: d, root } = bundle;
  const today = todayOf(bundle, localDay);
  if (d.issued > localDay + 1) {
    throw new Malformed('clock');
  }
  if (root.version < known.rootVersion || d.version < known.directoryVersion) {
    throw new Malformed('older');
  }
  if (d.version === known.directoryVersion && !equal(d.hash, known.directoryHash)) {
    throw new Malformed('contradicted');
  }
  if (today > d.expires) {
    throw new Malformed('expired');
  }
  const fresh = witnesses(bundle).filter((o) => isRecent(o, today));
  const against = fresh.filter((o) => o.seen.directoryVersion > d.version
    || (o.seen.directoryVersion === d.version && !equal(o.seen.directoryHash, d.hash)));
  if (against.length * 2 > fresh.length) {
    throw new Malformed('contradicted');
  }
  return today;
}

/** Did the signers, or an organisation that is not revoked, confirm it in the last 3 days? */
export const isConfirmed = (bundle, today) => bundle.directory.issued + 3 >= today
  || witnesses(bundle).some((o) => isRecent(o, today));

/** '' when it can be written to, else 'revoked', 'no note' or 'expired'. */
export function orgProblem(org, today) {
  if (org.revoked) {
    return 'revoked';
  }
  if (!org.desk) {
    return 'no note';
  }
  return today > org.desk.expires || org.desk.issued > today + 1 ? 'expired' : '';
}
