// SPDX-License-Identifier: ISC
// Heads, report entries and their text, PROTOCOL.md section 5.
import { x25519 } from '@noble/curves/ed25519.js';
import { concat, equal, u32, utf8, utf8Decode, Writer } from './bytes.js';
import { conversationId } from './conversation.js';
import { receiver, sender, X25519, XWING } from './hpke.js';
import { blake2b256, kdf } from './kdf.js';
import { cutLines } from './textlines.js';

export const HEAD = 2896;
export const TEXT_MAX = 2720;
export const KIND = { REPORT: 1, FOLLOW_UP: 2, OWN: 3, ANSWER: 4 };
const NO_BODY = { boxes: 0, length: 0, key: new Uint8Array(32), digest: new Uint8Array(32) };
const CLUE = utf8('clue');
const ZERO = new Uint8Array(32);

/** p: of kinds 1 and 2, see provenHead. */
export function writeHead(kind, text, a, b, body = NO_BODY, p = ZERO) {
  if (text.length > TEXT_MAX) {
    throw new RangeError('the text does not fit');
  }
  return new Writer(HEAD)
    .u8(1).u8(kind).u16(text.length).u32(body.boxes).u64(body.length)
    .put(a).put(b).put(body.key).put(body.digest).put(p).put(text).bytes;
}

/**
 * A head of kind 1 or 2 with the proof that it is the owner's of the conversation.
 * own: { root, r, R }; to: { week, k }, the organisation's; e: the entry's E.
 */
export function provenHead(kind, text, own, to, e, body = NO_BODY) {
  const [a, b] = kind === KIND.REPORT ? [own.root, own.R] : [conversationId(own.root), ZERO];
  const blank = blake2b256(writeHead(kind, text, a, b, body));
  const shared = x25519.getSharedSecret(own.r, to.k); // throws where it is all zero
  const p = kdf(own.root, 'proof', concat(e, u32(to.week), blank, shared));
  shared.fill(0);
  return writeHead(kind, text, a, b, body, p);
}

const infoOf = (org, week) => concat(utf8('tocsin/1 report'), org, u32(week));

/** E, which a head must know before it is sealed. */
export const entryKey = (eseed) => X25519.publicKey(eseed.subarray(0, 32));

/** to: { org, week, k, q }; eseed: 96 bytes, E's scalar and X-Wing's seed. */
export function sealEntry(to, head, eseed) {
  const info = infoOf(to.org, to.week);
  const { enc: e, ctx } = sender(X25519, to.k, info, eseed.subarray(0, 32));
  const tag = ctx.export(CLUE, 16);
  const inner = sender(XWING, to.q, info, eseed.subarray(32));
  const c = inner.ctx.seal(head, e);
  return concat(e, tag, ctx.seal(concat(inner.enc, c)));
}

/** The head, or null for every kind of miss. keys: { week, k, q } (secret). */
export function openEntry(entry, org, keys) {
  try {
    const e = entry.subarray(0, 32);
    const info = infoOf(org, keys.week);
    const ctx = receiver(X25519, e, keys.k, info);
    if (!equal(ctx.export(CLUE, 16), entry.subarray(32, 48))) {
      return null;
    }
    const inside = ctx.open(entry.subarray(48));
    return receiver(XWING, inside.subarray(0, 1120), keys.q, info).open(inside.subarray(1120), e);
  } catch {
    return null;
  }
}

/** lines: [[key, value], ...] */
export function writeText(lines, free) {
  return utf8(lines.map(([k, v]) => `${k} ${v}\n`).join('') + '\n' + free);
}

const NUMBER = /^(0|[1-9][0-9]{0,8})$/;
const RULES = {
  __proto__: null,
  language: /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/,
  country: /^[A-Z]{2}$/,
  violation: /^[A-Z]+$/,
  date: /^[0-9]{4}(-[0-9]{2}){0,2}$/,
  people: NUMBER,
  attachments: NUMBER,
  danger: /^(now|no)$/,
  role: /^(victim|witness|organiser|other)$/,
  consent: /^(partners|lawyer|ilo|un|media|statistics)$/,
  place: /./u,
  employer: /./u,
  sector: /./u,
  campaign: /./u,
  ref: /./u,
};

function isDay(text) {
  const [year, month = '01', day = '01'] = text.split('-');
  const d = new Date(0);
  d.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return d.getUTCMonth() === Number(month) - 1 && d.getUTCDate() === Number(day);
}

const schema = {
  repeatable: ['violation', 'consent'],
  allows: (key, value) => (RULES[key]?.test(value) ?? true)
    && (key !== 'date' || isDay(value)) && (key !== 'language' || value.length <= 35),
  knows: (key) => key in RULES,
};

/** { lines, free, broken }; a text that breaks a rule is all free text. For tests. */
export function readText(bytes) {
  const text = utf8Decode(bytes);
  const cut = text === null ? null : cutLines(text, schema);
  return cut ? { ...cut, free: utf8(cut.free), broken: false } : { lines: [], free: bytes, broken: true };
}
