// SPDX-License-Identifier: ISC
// Ed25519 verified as PROTOCOL.md section 2 says, which is as libsodium does. The
// library's own way multiplies by the cofactor: it takes a signature whose R has a
// point of small order added, which others refuse.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, equal } from './bytes.js';

const { Point } = ed25519;
const fromLE = (bytes) => bytes.reduceRight((v, b) => (v << 8n) | BigInt(b), 0n);

export function verify(signature, message, pk) {
  try {
    const r = signature.subarray(0, 32);
    const s = fromLE(signature.subarray(32));
    const A = Point.fromBytes(pk, false); // canonical
    if (signature.length !== 64 || s >= Point.Fn.ORDER || A.isSmallOrder()
      || Point.fromBytes(r, false).isSmallOrder()) {
      return false;
    }
    const k = Point.Fn.create(fromLE(sha512(concat(r, pk, message))));
    return equal(Point.BASE.multiplyUnsafe(s).subtract(A.multiplyUnsafe(k)).toBytes(), r);
  } catch {
    return false;
  }
}
