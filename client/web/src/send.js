// SPDX-License-Identifier: ISC
// A report, from text and files to "rung": sealing, boxes, entries.
import { compare, concat, hex } from './proto/bytes.js';
import * as body from './proto/body.js';
import { TEXT_MAX, writeText } from './proto/report.js';
import { NetError } from './net.js';
import { isConfirmed, orgProblem } from './proto/bundle.js';
import { writers } from './network.js';
import { prepare } from './prepare.js';
import { pairs, Series } from './series.js';
import { uploadBody, working } from './upload.js';

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

/**
 * One half of a report, text or files, of all organisations: an entry of each, in
 * visits of two. rung: from the hex of an organisation's id to the ids of the relays
 * that showed its entry; closed: those that can't be written to.
 */
const freshHalf = () => ({ rung: new Map(), closed: new Map() });

const isDone = (half, id) => half.rung.get(id)?.size > 0 || half.closed.has(id);

/** draft(org, network): what is sealed to an organisation, in the visit itself; null where it can't be. */
async function ringHalf({ visit, series, seed, onStep, troubled, unconfirmed }, half, orgs, draft) {
  for (const two of pairs(orgs.filter((o) => !isDone(half, hex(o.id))))) {
    let real = [];
    let doubted = false;
    await series.next();
    const { network, rings } = await visit({
      onStep,
      choose: ({ network: net, clues }) => {
        doubted = !unconfirmed && !isConfirmed(net, net.today);
        // Then the visit is one of dummies, and she is asked after it.
        const drafts = (doubted ? [] : two.map((chosen) => writable(half, net, chosen)).filter(Boolean))
          .map((org) => ({ org, ...draft(org, net) }));
        const { entries } = prepare({ network: net, clues, seed, drafts });
        drafts.filter((_, i) => !entries[i]).forEach(({ org }) => half.closed.set(hex(org.id), org));
        real = drafts.map(({ org }, i) => ({ org, entry: entries[i] })).filter(({ entry }) => entry);
        return { rings: real.map(({ entry }) => entry) };
      },
    });
    if (doubted) {
      throw new Unconfirmed();
    }
    troubled.push(...network.relays.filter((r) => r.trouble));
    real.forEach(({ org }, i) => half.rung.set(hex(org.id), new Set([...rings[i].keys()].map((r) => hex(r.id)))));
    if (!two.every((o) => isDone(half, hex(o.id)))) {
      throw network.relays.find((r) => r.trouble)?.trouble ?? new NetError('busy', network.relays[0]);
    }
  }
}

/** The organisation as this visit's bundle has it; null, and noted, where it can't be written to. */
function writable(half, { directory, today }, chosen) {
  const org = directory.orgs.find((o) => hex(o.id) === hex(chosen.id));
  if (!org || orgProblem(org, today) !== '') {
    half.closed.set(hex(chosen.id), chosen);
    return null;
  }
  return org;
}

/** The boxes of all bodies, to the relays of the visit before; which of them have all. */
async function putBodies({ net, network, seed, steps, pause, troubled }, again, orgs) {
  const { whole } = again;
  const { now } = network();
  again.digest ??= await digestOf(whole.bytes, pause, (f) => steps('digest', f));
  // Another try: who did not answer may do so now.
  const relays = writers(network()).filter((r) => !r.lost || again.tried);
  const at = new Map(relays.map((r) => [Object.assign(r, again.tried ? { trouble: null } : {}), null]));
  again.tried = true;
  const shared = isShared(orgs.length, whole.boxes);
  const ids = shared ? [ZERO] : orgs.map((o) => o.id);
  let done = 0;
  for (const id of ids) {
    const keyOf = (week) => body.reportBodyKey(seed, id, week, again.digest);
    const choose = (week) => again.weeks.set(hex(id), week);
    const week = await uploadBody({ net, network: network() }, { keyOf, seed, whole, at, stored: again.stored, now, week: again.weeks.get(hex(id)), choose },
      pause, () => steps('uploading', ++done / (ids.length * whole.boxes)), () => steps('effort', 0));
    again.keys.set(hex(id), keyOf(week));
  }
  again.kept = new Set(working(at).map((r) => hex(r.id)));
  troubled.push(...[...at.keys()].filter((r) => r.trouble));
  again.keyFor = (org) => again.keys.get(hex(shared ? ZERO : org.id));
}

/** What names the body: short where every relay has shown the text, else all of it again. */
function bodyDraft({ followUp }, again, org, network) {
  const { whole, digest } = again;
  const shown = again.first.rung.get(hex(org.id));
  const everywhere = writers(network).every((r) => r.lost || shown.has(hex(r.id)));
  return {
    bodyInfo: { boxes: whole.boxes, length: whole.bytes.length, key: again.keyFor(org), digest },
    text: everywhere ? writeText([], '') : again.text,
    followUp: everywhere || followUp(org),
  };
}

/** What a second try goes on with. */
function begin(again, { lines, free, items }) {
  const { text, long } = fitText(lines, free);
  Object.assign(again, {
    long: long !== null,
    opening: text,
    text: fitText(lines.filter(([key]) => key !== 'attachments'), free).text,
    whole: buildBody(items, long),
    stored: new Set(),
    weeks: new Map(),
    keys: new Map(),
    kept: null,
    first: freshHalf(),
    second: freshHalf(),
  });
}

/**
 * Sends one report to several organisations, in whole visits: the text to two in each;
 * then the files; then, in further visits, the entries that name them. visit(options)
 * runs one (see runVisit); network() is that of the last. steps(what, fraction) tells
 * what happens: 'sealed', 'sent', 'rung', 'digest', 'uploading', 'whole', 'effort';
 * onVisit(n, of): which visit it is. again: an empty object that a second try gets back;
 * unconfirmed in it: she knows that nobody has confirmed the list.
 * Returns at how many relays all of it stands (at), at how many it should (of), and the
 * addresses of those where it does not (missing); closed:
 * the organisations that could not be written to; troubled: relays with which something
 * was wrong. Throws what stopped it.
 */
export async function sendReport({ net, visit, network, seed, orgs, lines, free, items, followUp, again,
  pause, steps, stopped, onVisit = () => {} }) {
  net.check = stopped;
  if (!again.first) {
    begin(again, { lines, free, items });
  }
  const { first, second, whole } = again;
  const left = (half, of) => of.filter((o) => !isDone(half, hex(o.id)));
  const series = new Series(net, onVisit);
  series.of = pairs(left(first, orgs)).length + (whole ? pairs(left(second, orgs)).length : 0);
  const job = { net, visit, network, series, seed, followUp, steps, pause, troubled: [], unconfirmed: again.unconfirmed };
  await ringHalf({ ...job, onStep: textSteps(steps) }, first, orgs, (org) => ({ text: again.opening, followUp: followUp(org) }));
  const served = orgs.filter((o) => !first.closed.has(hex(o.id)));
  if (served.length === 0) {
    throw new BadKeys([...first.closed.values()][0]);
  }
  steps('rung');
  if (whole) {
    await putBodies(job, again, served);
    await ringHalf({ ...job, onStep: () => net.check() }, second, served, (org, now) => bodyDraft(job, again, org, now));
    steps('whole');
  }
  return { ...standing(again, served, writers(network())), closed: [...first.closed.values()], troubled: job.troubled };
}

/** Reading what comes before is the first part of what she sees as sealing. */
const textSteps = (steps) => (what, fraction) => steps(...(what === 'read' ? ['sealed', fraction / 2] : [what, fraction]));

/** At how many relays each organisation finds all of it, at least; and the addresses of those where one does not. */
function standing({ first, second, whole, kept }, served, relays) {
  const ids = served.map((o) => hex(o.id)).filter((id) => !second.closed.has(id));
  const halves = [first, ...(whole ? [second] : [])];
  const has = (id, half, relay) => half.rung.get(id)?.has(relay) && (half === first || kept.has(relay));
  const counts = ids.flatMap((id) => halves.map((half) => [...(half.rung.get(id) ?? [])].filter((relay) => has(id, half, relay)).length));
  const missing = relays.filter((r) => !ids.every((id) => halves.every((half) => has(id, half, hex(r.id)))));
  return { at: Math.min(...counts), of: relays.length, missing: missing.map((r) => r.url) };
}
