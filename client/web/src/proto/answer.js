// SPDX-License-Identifier: ISC
// Answers of a desk, PROTOCOL.md section 6.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concat, isZero, Reader, u32, u8, utf8, utf8Decode, Writer } from './bytes.js';
import { BOX_PLAIN, padme } from './body.js';
import { verifyKey } from './directory.js';
import { verify } from './ed25519.js';
import { receiver, sender, X25519 } from './hpke.js';
import { blake2b256, kdf } from './kdf.js';
import { DAY_MAX } from './lines.js';
import { KIND } from './report.js';

const PLAIN = 15912;
const SIGNED = 15848;
export const ANSWER_TEXT_MAX = 15704;
const PSK_ID = utf8('tocsin/1 root');

const infoOf = (org, i) => concat(utf8('tocsin/1 answer'), org, u8(i));
const boxKey = (root, relay, i) => kdf(root, 'answer box', concat(u8(i), relay));

function signedBytes(org, R, i, plain) {
  return concat(utf8('tocsin/1 answer\n'), org, R, u8(i), plain.subarray(16, 20),
    blake2b256(plain.subarray(0, SIGNED)));
}

/**
 * Why a box is no answer to show: 'forged', 'old', 'ahead' (verifyKey), 'later' (of a
 * later day than tomorrow), or 'malformed' (signed, but it breaks the table).
 */
export class BadAnswer extends Error {}

/** For tests: what a desk does. eseed: X25519 scalar. The inside is one for all relays. */
export function sealAnswer({ org, root, R, i, text, day, body, vSecret, eseed }) {
  const plain = new Writer(PLAIN)
    .u8(1).u8(KIND.ANSWER).u16(text.length).u32(body?.boxes ?? 0).u64(body?.length ?? 0)
    .u32(day).skip(60).put(body?.key ?? new Uint8Array(32)).put(body?.digest ?? new Uint8Array(32))
    .put(text).bytes;
  plain.set(ed25519.sign(signedBytes(org, R, i, plain), vSecret), SIGNED);
  const { enc, ctx } = sender(X25519, R, infoOf(org, i), eseed, root, PSK_ID);
  return concat(enc, ctx.seal(plain));
}

/** For tests: the box of one relay. n: 24 random bytes. */
export const wrapAnswer = ({ root, relay, i, n, inner }) =>
  concat(n, xchacha20poly1305(boxKey(root, relay, i), n).encrypt(inner));

/** The inside of one relay's box; null where it is none of who has root_O. */
export function unwrapAnswer({ root, relay, i, box }) {
  try {
    return xchacha20poly1305(boxKey(root, relay, i), box.subarray(0, 24)).decrypt(box.subarray(24));
  } catch {
    return null;
  }
}

/**
 * desk: the organisation's newest desk note; V is that of the week of the answer's day.
 * today: the reader's day.
 */
export function openAnswer({ org, root, r, R, i, inner, desk, today }) {
  let plain;
  try {
    const ctx = receiver(X25519, inner.subarray(0, 32), r, infoOf(org, i), root, PSK_ID);
    plain = ctx.open(inner.subarray(32));
  } catch {
    throw new BadAnswer('forged');
  }
  const message = signedBytes(org, R, i, plain);
  const day = new Reader(plain.subarray(16, 20)).u32();
  const { v, why } = day >= 1 && day <= DAY_MAX ? verifyKey(desk, Math.floor(day / 7)) : { why: 'forged' };
  const isLater = day > today + 1;
  if (!v || !verify(plain.subarray(SIGNED), message, v)) {
    throw new BadAnswer(why === 'ahead' && isLater ? 'later' : why ?? 'forged');
  }
  if (isLater) {
    throw new BadAnswer('later');
  }
  try {
    return parsePlain(plain);
  } catch {
    throw new BadAnswer('malformed');
  }
}

function parsePlain(plain) {
  const rd = new Reader(plain.subarray(0, SIGNED));
  rd.require(rd.u8() === 1 && rd.u8() === KIND.ANSWER);
  const textLength = rd.u16();
  const boxes = rd.u32();
  const bodyLength = rd.u64();
  const day = rd.u32();
  rd.zero(60);
  const bodyKey = rd.take(32);
  const digest = rd.take(32);
  rd.require(day >= 1 && day <= DAY_MAX && isZero(bodyKey) === (boxes === 0) && isZero(digest) === (boxes === 0));
  rd.require(textLength <= ANSWER_TEXT_MAX && boxes === padme(Math.ceil(bodyLength / BOX_PLAIN)));
  const text = utf8Decode(rd.take(textLength));
  rd.require(text !== null);
  rd.zero(rd.left);
  return { day, text, boxes, bodyLength, bodyKey, digest };
}
