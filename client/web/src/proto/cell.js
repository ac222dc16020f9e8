// SPDX-License-Identifier: ISC
// The request and the answer of an exchange, PROTOCOL.md section 3.
import { random, Reader, Writer } from './bytes.js';
import { hash } from './kdf.js';

export const CELL = 16384;
export const BOX = 16000;
export const NONCE_AT = 8;
export const OP = { NOP: 0, PUT: 1, GET: 2, BURN: 3, RING: 4, NOTE: 5 };
export const STATUS = {
  OK: 0, STORED: 1, TAKEN: 2, PRESENT: 3, ABSENT: 4, BURNED: 5, QUEUED: 6, SEALED: 7,
  FULL: 16, MORE_EFFORT: 17, QUOTA: 18, AGAIN: 19,
};

const S = STATUS;
const BUSY = [S.QUOTA, S.AGAIN];
const ALLOWED = {
  [OP.NOP]: [S.OK, ...BUSY],
  [OP.PUT]: [S.STORED, S.TAKEN, S.FULL, S.MORE_EFFORT, ...BUSY],
  [OP.GET]: [S.PRESENT, S.ABSENT, ...BUSY],
  [OP.BURN]: [S.BURNED, S.ABSENT, ...BUSY],
  [OP.RING]: [S.QUEUED, S.SEALED, S.FULL, S.MORE_EFFORT, ...BUSY],
  [OP.NOTE]: [S.STORED, S.TAKEN, S.FULL, ...BUSY],
};

const Z32 = new Uint8Array(32);
const request = (op, board, nonce, address, burn, data) =>
  new Writer(CELL)
    .u8(1).u8(op).u8(board).skip(5).put(nonce).put(address).put(burn).skip(64 + 240)
    .put(data).bytes;
const NONONCE = new Uint8Array(8);

export const nop = () => request(OP.NOP, 0, NONONCE, Z32, Z32, []);
/** A random nonce, unless it was worked for: a first try has no work in it. */
export const put = (address, burnHash, box, nonce = random(8)) => request(OP.PUT, 0, nonce, address, burnHash, box);
export const get = (address) => request(OP.GET, 0, NONONCE, address, Z32, []);
export const burn = (address, secret) => request(OP.BURN, 0, NONONCE, address, secret, []);
export const ring = (board, entry, nonce = random(8)) => request(OP.RING, board, nonce, Z32, Z32, entry);
export const burnHash = (secret) => hash('burn', secret);

/** Decode what an untrusted relay answered to op. */
export function parseAnswer(bytes, op) {
  const r = new Reader(bytes);
  r.require(bytes.length === CELL && r.u8() === 1);
  const status = r.u8();
  const effort = r.u8();
  r.zero(1);
  const expiryDay = r.u32();
  const page = r.u64();
  r.zero(368);
  const box = r.take(BOX);
  r.require(ALLOWED[op].includes(status));
  r.require(effort <= (op === OP.RING || (op === OP.PUT && status === S.MORE_EFFORT) ? 15 : 0));
  r.require(status === S.QUEUED || status === S.SEALED || page === 0);
  r.require((op === OP.PUT && status === S.STORED) || expiryDay === 0);
  const present = op === OP.GET && status === S.PRESENT;
  r.require(present || box.every((b) => b === 0));
  return { status, effort, expiryDay, page, box: present ? box : null };
}
