// SPDX-License-Identifier: ISC
// What every visit works out between reading and its blocks. It is the same work
// whatever the visit is for: how long it takes tells nothing.
import { hex, random } from './proto/bytes.js';
import { answerEntries, replyKey, rootOf } from './proto/conversation.js';
import { X25519, XWING } from './proto/hpke.js';
import { entryKey, KIND, provenHead, sealEntry } from './proto/report.js';

const ENTRIES = 2;

/** The answers that are announced: [{ org, i, day }]. */
function findIn({ directory }, clues, seed) {
  return directory.orgs.flatMap((org) => answerEntries(rootOf(seed, org.id))
    .map((e, i) => ({ org, i, day: clues.get(hex(e)) })).filter((a) => a.day !== undefined));
}

/** One entry for one organisation. followUp: its kind 1 was seen everywhere, or it answered. */
export function entryFor({ seed, org, text, bodyInfo, followUp }) {
  const { keys } = org.desk;
  const own = { root: rootOf(seed, org.id), ...replyKey(seed, org.id) };
  const eseed = random(96);
  const kind = followUp ? KIND.FOLLOW_UP : KIND.REPORT;
  const head = provenHead(kind, text, own, keys, entryKey(eseed), bodyInfo);
  const entry = sealEntry({ org: org.id, week: keys.week, k: keys.k, q: keys.q }, head, eseed);
  eseed.fill(0);
  head.fill(0);
  own.root.fill(0);
  own.r.fill(0);
  return { board: org.board, entry };
}

let nobody = null;

/** An organisation that is none, to seal to where nothing is sealed. */
function spare() {
  nobody ??= { id: new Uint8Array(32), board: 0,
    desk: { keys: { week: 1, k: X25519.publicKey(random(32)), q: XWING.publicKey(random(32)) } } };
  return { org: nobody, text: new Uint8Array(1), followUp: false };
}

/**
 * drafts: what is sealed, see entryFor, two at most. Returns { found, entries }; an
 * entry is null where its organisation's keys are no good.
 */
export function prepare({ network, clues, seed, drafts = [] }) {
  const found = findIn(network, clues, seed);
  const idle = spare();
  const entries = Array.from({ length: ENTRIES }, (_, i) => {
    try {
      return entryFor({ seed, ...(drafts[i] ?? idle) });
    } catch {
      return null;
    }
  });
  return { found, entries: entries.slice(0, drafts.length) };
}
