// SPDX-License-Identifier: ISC
// What /v1/directory serves, and a client's rules for it, PROTOCOL.md section 7.
import { equal, Malformed, Reader } from './bytes.js';
import { openDeskNote, openDirectory, openRoot, openSeenNote } from './directory.js';

const BUNDLE_MAX = 8 * 1024 * 1024;

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

const type = (note) => /^tocsin-[a-z]+ /.exec(new TextDecoder().decode(note.subarray(0, 24)))?.[0].trim();

function tryOpen(open) {
  try {
    return open();
  } catch {
    return null;
  }
}

/** anchor: a root ({ version, keys, threshold, hash }) that is trusted. */
export function openBundle(bytes, anchor) {
  const notes = frames(bytes);
  let root = null;
  let i = 0;
  for (; i < notes.length && type(notes[i]) === 'tocsin-root'; i++) {
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
  // A bad note of one organisation must not cost the others theirs.
  for (; i < notes.length; i++) {
    const note = notes[i];
    for (const org of directory.orgs) {
      if (type(note) === 'tocsin-desk') {
        org.desk ??= tryOpen(() => openDeskNote(note, org));
      } else if (org.desk) {
        org.seen ??= tryOpen(() => openSeenNote(note, org, org.desk));
      }
    }
  }
  return { root, directory };
}

/** Of an even number the lower one: it takes more than half to move it. */
const median = (days) => (days.length ? days.sort((a, b) => a - b)[(days.length - 1) >> 1] : 0);

/** Organisations whose seen note counts. */
const witnesses = ({ directory }) => directory.orgs.filter((o) => o.seen && !o.revoked);

export const todayOf = (bundle, localDay) =>
  Math.max(localDay, bundle.directory.issued, median(witnesses(bundle).map((o) => o.seen.day)));

/** Throws Malformed with one of: 'expired', 'clock', 'older', 'contradicted'. */
export function checkBundle(bundle, known, localDay) {
  const { directory: d, root } = bundle;
  const today = todayOf(bundle, localDay);
  if (d.issued > localDay + 1) {
    throw new Malformed('clock');
  }
  if (today > d.expires) {
    throw new Malformed('expired');
  }
  if (root.version < known.rootVersion || d.version < known.directoryVersion) {
    throw new Malformed('older');
  }
  if (d.version === known.directoryVersion && !equal(d.hash, known.directoryHash)) {
    throw new Malformed('contradicted');
  }
  const fresh = witnesses(bundle).filter((o) => o.seen.day + 3 >= today && o.seen.day <= today + 1);
  const against = fresh.filter((o) => o.seen.directoryVersion > d.version
    || (o.seen.directoryVersion === d.version && !equal(o.seen.directoryHash, d.hash)));
  if (against.length * 2 > fresh.length) {
    throw new Malformed('contradicted');
  }
  return today;
}

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

/** The sender's week: that of now + 6 hours, moved to the nearest listed. */
export function weekFor(desk, now) {
  const want = Math.floor((now + 6 * 3600) / (7 * 86400));
  return desk.weeks.reduce((best, w) =>
    (Math.abs(w.week - want) < Math.abs(best.week - want) ? w : best));
}
