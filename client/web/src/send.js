// SPDX-License-Identifier: ISC
// A report, from text and files to "rung": sealing, boxes, entries.
import { concat, random, utf8 } from './proto/bytes.js';
import * as body from './proto/body.js';
import * as cell from './proto/cell.js';
import { weekFor } from './proto/bundle.js';
import { replyKey, rootOf } from './proto/conversation.js';
import { entryKey, followUpHead, KIND, sealEntry, TEXT_MAX, writeHead, writeText } from './proto/report.js';
import { NetError } from './net.js';
import { writers } from './network.js';
import { runBlocks } from './visit.js';

const { STATUS } = cell;
export const PAGE_BOXES_MAX = 480;
const ZERO = new Uint8Array(32);

/** Header lines and as much of the text as fits; and the whole, if that is more. */
export function fitText(lines, free) {
  const whole = writeText(lines, free);
  if (whole.length <= TEXT_MAX) {
    return { text: whole, long: null };
  }
  let cut = [...free];
  const room = TEXT_MAX - writeText(lines, '').length;
  if (room < 0) {
    throw new RangeError('too many fields');
  }
  while (utf8(cut.join('')).length > room) {
    const over = utf8(cut.join('')).length - room;
    cut = cut.slice(0, cut.length - Math.max(1, Math.floor(over / 4)));
  }
  return { text: writeText(lines, cut.join('')), long: whole };
}

/** items: [{ type, name, data }]; the whole text first where it did not fit. */
export function buildBody(items, longText) {
  const all = longText ? [{ type: 'text/plain', name: '', data: longText }, ...items] : items;
  if (all.length === 0) {
    return null;
  }
  const bytes = concat(...all.flatMap((i) => [body.itemHead(i.type, i.name, i.data.length), i.data]));
  return { bytes, boxes: body.boxesFor(bytes.length) };
}

/** BLAKE2b in slices, so that the page stays alive. */
export async function digestOf(bytes, pause, onProgress) {
  const d = body.digester();
  for (let at = 0; at < bytes.length; at += 1 << 18) {
    d.update(bytes.subarray(at, at + (1 << 18)));
    onProgress?.(Math.min(1, (at + (1 << 18)) / bytes.length));
    await pause();
  }
  return d.digest();
}

function headFor(seed, org, text, bodyInfo, followUp, e, week) {
  const root = rootOf(seed, org.id);
  return followUp
    ? followUpHead(root, text, e, week, bodyInfo)
    : writeHead(KIND.REPORT, text, root, replyKey(seed, org.id).R, bodyInfo);
}

/** One entry for one organisation. followUp: its kind 1 was seen sealed. */
export function entryFor({ seed, org, text, now, bodyInfo, followUp }) {
  const week = weekFor(org.desk, now);
  const eseed = random(96);
  const head = headFor(seed, org, text, bodyInfo, followUp, entryKey(eseed), week.week);
  const entry = sealEntry({ org: org.id, week: week.week, k: week.k, q: week.q }, head, eseed);
  eseed.fill(0);
  head.fill(0);
  return { board: org.board, entry };
}

/**
 * Uploads a body's boxes to every writing relay; the same code and file go on
 * where they stopped, as a box that is stored is stored again at no cost.
 */
async function uploadBoxes({ net, relays, key, burnKey, bytes, boxes, shared, onProgress, stopped }) {
  let done = 0;
  for (let i = 0; i < boxes; i++) {
    const address = body.bodyAddress(key, i);
    const hash = cell.burnHash(shared ? random(32) : body.bodyBurnSecret(burnKey, address));
    const chunk = bytes.subarray(i * body.BOX_PLAIN, (i + 1) * body.BOX_PLAIN);
    const request = cell.put(address, hash, body.sealBox(key, i, chunk));
    let stored = 0;
    for (const relay of relays) {
      stopped?.();
      const answer = await net.exchange(relay, request);
      if (answer.status !== STATUS.STORED && answer.status !== STATUS.TAKEN) {
        throw new NetError('busy', relay);
      }
      stored += answer.status === STATUS.STORED;
    }
    if (stored === 0) {
      throw new NetError('taken', relays[0]);
    }
    onProgress?.(++done / boxes);
  }
}

/** Rings at both relays; a result a ring and relay: page number or NetError. */
async function ringAll(net, network, rings, onStep) {
  const results = [];
  for (const relay of writers(network)) {
    try {
      const r = await runBlocks(net, network, relay, { rings, gets: [], burns: [] }, onStep);
      results.push({ relay, pages: r.rings });
    } catch (e) {
      if (!(e instanceof NetError)) {
        throw e;
      }
      results.push({ relay, problem: e, pages: rings.map(() => e) });
    }
  }
  return results;
}

/**
 * Sends one report to several organisations. steps(what, fraction) tells what
 * happens: 'sealed', 'uploading', 'sent', 'rung'. Returns for each organisation
 * at how many relays it was rung, and the problems met.
 */
export async function sendReport({ net, network, seed, orgs, lines, free, items, now, followUp,
  pause, steps, stopped }) {
  const { text, long } = fitText(lines, free);
  const whole = buildBody(items, long);
  const entries = orgs.map((org) => entryFor({ seed, org, text, now, followUp: followUp?.(org) }));
  steps('sealed', 1);
  const first = await ringAll(net, network, entries, steps);
  const rungAt = (results, i) => results.filter((r) => typeof r.pages[i] === 'number').length;
  const rung = orgs.map((_, i) => rungAt(first, i));
  const problems = first.filter((r) => r.problem).map((r) => r.problem);
  if (!whole || rung.every((n) => n === 0)) {
    return { rung, bodies: rung.map(() => 0), problems, whole };
  }
  const digest = await digestOf(whole.bytes, pause, (f) => steps('digest', f));
  const shared = orgs.length > 1 && whole.boxes > 64;
  const heads = orgs.map((org) => ({ org, key: body.reportBodyKey(seed, shared ? ZERO : org.id, digest) }));
  for (const [k, { key }] of (shared ? heads.slice(0, 1) : heads).entries()) {
    await uploadBoxes({
      net, relays: writers(network), key, burnKey: seed, bytes: whole.bytes, boxes: whole.boxes,
      shared: false, stopped, onProgress: (f) => steps('uploading', (k + f) / (shared ? 1 : heads.length)),
    });
  }
  const second = await ringAll(net, network, heads.map(({ org, key }, i) => entryFor({
    seed, org, text, now, followUp: rung[i] > 0,
    bodyInfo: { boxes: whole.boxes, length: whole.bytes.length, key, digest },
  })), steps);
  return { rung, bodies: orgs.map((_, i) => rungAt(second, i)), problems, whole };
}
