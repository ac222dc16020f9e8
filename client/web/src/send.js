// SPDX-License-Identifier: ISC
// A report, from text and files to "rung": sealing, boxes, entries.
import { compare, concat, random } from './proto/bytes.js';
import * as body from './proto/body.js';
import { isConfirmed } from './proto/bundle.js';
import { replyKey, rootOf } from './proto/conversation.js';
import { entryKey, KIND, provenHead, sealEntry, TEXT_MAX, writeText } from './proto/report.js';
import { NetError } from './net.js';
import { lose, problemOf, writers } from './network.js';
import { uploadBody, working } from './upload.js';
import { readBoards, runBlocks, shuffled } from './visit.js';

export const PAGE_BOXES_MAX = 480; // one circuit's quota
export const MOST_BYTES = PAGE_BOXES_MAX * body.BOX_PLAIN - 4096;
const SHARED_BOXES = 64; // a larger body is shared by all recipients
const DIGEST_SLICE = 1 << 16;
const ZERO = new Uint8Array(32);

/** Header lines and as much of the text as fits; and the whole, if that is more. */
export function fitText(lines, free) {
  const whole = writeText(lines, free);
  if (whole.length <= TEXT_MAX) {
    return { text: whole, long: null };
  }
  const start = writeText(lines, '');
  if (start.length > TEXT_MAX) {
    throw new RangeError('too many fields');
  }
  let end = TEXT_MAX;
  while ((whole[end] & 0xc0) === 0x80) {
    end--; // no character is cut
  }
  return { text: whole.slice(0, end), long: whole };
}

const sameOrder = (a, b) => a.data.length - b.data.length || compare(a.data, b.data);

/**
 * items: [{ type, ending, data }]; the whole text first where it did not fit.
 * Files come in an order and with names that depend on their bytes only, so that
 * the same files give the same body, in whatever order they are chosen.
 */
export function buildBody(items, long) {
  const files = items.slice().sort(sameOrder).map((item, i) => ({ ...item, name: `file-${i + 1}.${item.ending}` }));
  const all = long ? [{ type: 'text/plain', name: '', data: long }, ...files] : files;
  if (all.length === 0) {
    return null;
  }
  const bytes = concat(...all.flatMap((i) => [body.itemHead(i.type, i.name, i.data.length), i.data]));
  return { bytes, boxes: body.boxesFor(bytes.length) };
}

const isShared = (orgs, boxes) => orgs > 1 && boxes > SHARED_BOXES;

/** How many boxes files of this length take, for so many organisations. */
export function boxesTo(orgs, items) {
  if (items.length === 0) {
    return 0;
  }
  const boxes = body.boxesFor(items.reduce((n, i) => n + i.data.length + 64, 4096));
  return isShared(orgs, boxes) ? boxes : boxes * orgs;
}

/** BLAKE2b in slices, so that the page stays alive. */
export async function digestOf(bytes, pause, onProgress) {
  const d = body.digester();
  for (let at = 0; at < bytes.length; at += DIGEST_SLICE) {
    d.update(bytes.subarray(at, at + DIGEST_SLICE));
    onProgress?.(Math.min(1, (at + DIGEST_SLICE) / bytes.length));
    await pause();
  }
  return d.digest();
}

/** An organisation whose keys nobody can seal to, though it signed them. */
export class BadKeys extends Error {
  constructor(org) {
    super('keys that are no good');
    this.org = org;
  }
}

/** Nobody has confirmed the list for three days: nothing of hers was sent. */
export class Unconfirmed extends Error {}

/** What cannot be sealed to an organisation is its fault, and said to be. */
function entryOrBlame(what) {
  try {
    return entryFor(what);
  } catch {
    throw new BadKeys(what.org);
  }
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

/**
 * Blocks at every relay: { rung: the relays that showed each entry on a page,
 * problems }. at: the relays where these rings go; others get dummies.
 */
async function ringAll(visit, rings, at, onStep) {
  const rung = rings.map(() => new Set());
  const problems = [];
  for (const relay of shuffled(visit.network.relays.filter((r) => !r.lost))) {
    const wanted = at.includes(relay);
    const problem = await problemOf(async () => {
      const r = await runBlocks(visit, relay, { rings: wanted ? rings : [] }, onStep);
      r.rings.forEach((page, i) => {
        if (typeof page === 'number') {
          rung[i].add(relay);
        } else {
          problems.push({ relay, problem: page });
        }
      });
    });
    if (problem) {
      lose(relay, problem);
      problems.push({ relay, problem });
    }
  }
  return { rung, problems };
}

/** Rings until every entry stands somewhere, or throws what kept one from it. */
async function ring(visit, stage, at, onStep) {
  stage.rung ??= stage.entries.map(() => new Set());
  const missing = stage.entries.map((_, i) => i).filter((i) => stage.rung[i].size === 0);
  if (missing.length === 0) {
    return;
  }
  const { rung, problems } = await ringAll(visit, missing.map((i) => stage.entries[i]), at, onStep);
  missing.forEach((i, k) => { stage.rung[i] = rung[k]; });
  if (stage.rung.some((relays) => relays.size === 0)) {
    throw problems[0]?.problem ?? new NetError('offline', null);
  }
}

/** Can this entry stand at all of these relays? One with the whole text can anywhere. */
function covers({ second }, i, at) {
  const { entries, covers: relays } = second;
  return i in entries && (relays[i] === null || at.every((relay) => relays[i].has(relay)));
}

/** The second half: digest, boxes, and an entry that names them. */
async function sendBody(visit, { seed, orgs, followUp, pause, steps }, again) {
  const { whole } = again;
  const { now } = visit.network;
  const shared = isShared(orgs.length, whole.boxes);
  again.digest ??= await digestOf(whole.bytes, pause, (f) => steps('digest', f));
  const at = new Map(writers(visit.network).filter((r) => !r.lost).map((r) => [r, null]));
  const jobs = (shared ? [{ id: ZERO }] : orgs).map(({ id }) => ({
    keyOf: (week) => body.reportBodyKey(seed, id, week, again.digest), seed, whole, at, stored: again.stored,
  }));
  let done = 0;
  for (const [k, job] of jobs.entries()) {
    again.weeks[k] = await uploadBody(visit, { ...job, now, week: again.weeks[k] }, pause, () =>
      steps('uploading', ++done / (jobs.length * whole.boxes)), () => steps('effort', 0));
  }
  const kept = working(at);
  again.second ??= { entries: [], covers: [] };
  for (const [i, org] of orgs.entries()) {
    if (!covers(again, i, kept)) {
      const k = shared ? 0 : i;
      const bodyInfo = { boxes: whole.boxes, length: whole.bytes.length, key: jobs[k].keyOf(again.weeks[k]), digest: again.digest };
      // Only what every relay has shown need not come again.
      const everywhere = kept.every((relay) => again.first.rung[i].has(relay));
      again.second.entries[i] = entryFor({ seed, org, bodyInfo,
        text: everywhere ? writeText([], '') : again.text, followUp: everywhere || followUp(org) });
      again.second.covers[i] = everywhere ? new Set(kept) : null;
      await pause();
    }
  }
  await ring(visit, again.second, kept, null);
  steps('whole');
}

/**
 * Sends one report to several organisations. steps(what, fraction) tells what
 * happens: 'sealed', 'sent', 'rung', 'digest', 'uploading', 'whole', 'effort';
 * again: an empty object that a second try gets back; unconfirmed in it: she knows
 * that nobody has confirmed the list. Returns at how many relays
 * all of it stands, and at how many it should; throws what stopped it.
 */
export async function sendReport({ net, network, seed, orgs, lines, free, items, followUp, again,
  pause, steps, stopped }) {
  const visit = { net, network };
  net.check = stopped;
  if (!again.unconfirmed && !isConfirmed(network, network.today)) {
    await readBoards(visit, { onProgress: (f) => steps('sent', f / 2) });
    await ringAll(visit, [], [], null); // the rest of a visit, of dummies alone
    throw new Unconfirmed();
  }
  if (!again.first) {
    const { text, long } = fitText(lines, free);
    again.long = long !== null;
    again.text = fitText(lines.filter(([key]) => key !== 'attachments'), free).text;
    again.whole = buildBody(items, long);
    again.stored = new Set();
    again.weeks = [];
    const entries = [];
    for (const org of orgs) {
      entries.push(entryOrBlame({ seed, org, text, followUp: followUp(org) }));
      await pause();
    }
    again.first = { entries };
  }
  steps('sealed');
  if (!again.boards) {
    await readBoards(visit, { onProgress: (f) => steps('sent', f / 2) });
    again.boards = true;
  }
  await ring(visit, again.first, writers(network), (what) => steps(what, what === 'sent' ? 1 : 0));
  steps('rung');
  if (again.whole) {
    await sendBody(visit, { seed, orgs, followUp, pause, steps }, again);
  }
  const stages = again.whole ? [again.first, again.second] : [again.first];
  return { at: Math.min(...stages.flatMap((s) => s.rung.map((relays) => relays.size))), of: writers(network).length };
}
