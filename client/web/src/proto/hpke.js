// SPDX-License-Identifier: ISC
// HPKE (RFC 9180) with HKDF-SHA256 and ChaCha20-Poly1305 over two KEMs.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_kem768_x25519 as xwing } from '@noble/post-quantum/hybrid.js';
import { concat, utf8 } from './bytes.js';

const NONE = new Uint8Array(0);
const u16 = (v) => Uint8Array.of(v >> 8, v & 255);

function labelledExtract(suite, salt, label, ikm) {
  return extract(sha256, concat(utf8('HPKE-v1'), suite, utf8(label), ikm), salt);
}

function labelledExpand(suite, prk, label, info, length) {
  return expand(sha256, prk, concat(u16(length), utf8('HPKE-v1'), suite, utf8(label), info), length);
}

// An all-zero result throws in noble, as RFC 9180 wants.
function dhkem(dh, enc, pk) {
  const suite = concat(utf8('KEM'), u16(0x20));
  const prk = labelledExtract(suite, NONE, 'eae_prk', dh);
  return labelledExpand(suite, prk, 'shared_secret', concat(enc, pk), 32);
}

/** KEMs: encap(pk, eseed) and decap(enc, sk). The secret is an argument. */
export const X25519 = {
  id: 0x20,
  encLength: 32,
  seedLength: 32,
  publicKey: (sk) => x25519.getPublicKey(sk),
  encap(pk, eseed) {
    const enc = x25519.getPublicKey(eseed);
    return { enc, secret: dhkem(x25519.getSharedSecret(eseed, pk), enc, pk) };
  },
  decap(enc, sk) {
    return dhkem(x25519.getSharedSecret(sk, enc), enc, x25519.getPublicKey(sk));
  },
};

export const XWING = {
  id: 0x647a,
  encLength: 1120,
  seedLength: 64,
  publicKey: (seed) => xwing.keygen(seed).publicKey,
  encap(pk, eseed) {
    const { cipherText, sharedSecret } = xwing.encapsulate(pk, eseed);
    return { enc: cipherText, secret: sharedSecret };
  },
  decap(enc, seed) {
    return xwing.decapsulate(enc, xwing.keygen(seed).secretKey);
  },
};

class Context {
  constructor(kem, secret, info, psk, pskId) {
    this.suite = concat(utf8('HPKE'), u16(kem.id), u16(1), u16(3));
    const mode = psk.length > 0 ? 1 : 0;
    if ((pskId.length > 0) !== (mode === 1)) {
      throw new RangeError('psk and psk_id go together');
    }
    const context = concat(
      Uint8Array.of(mode),
      labelledExtract(this.suite, NONE, 'psk_id_hash', pskId),
      labelledExtract(this.suite, NONE, 'info_hash', info),
    );
    const prk = labelledExtract(this.suite, secret, 'secret', psk);
    this.key = labelledExpand(this.suite, prk, 'key', context, 32);
    this.baseNonce = labelledExpand(this.suite, prk, 'base_nonce', context, 12);
    this.exporter = labelledExpand(this.suite, prk, 'exp', context, 32);
    this.seq = 0;
  }

  cipher(aad) {
    const nonce = this.baseNonce.slice();
    for (let i = 0, s = this.seq; s > 0; i++, s = Math.floor(s / 256)) {
      nonce[11 - i] ^= s % 256;
    }
    return chacha20poly1305(this.key, nonce, aad);
  }

  seal(plain, aad = NONE) {
    const out = this.cipher(aad).encrypt(plain);
    this.seq++;
    return out;
  }

  /** Throws where the tag does not fit. */
  open(sealed, aad = NONE) {
    const out = this.cipher(aad).decrypt(sealed);
    this.seq++;
    return out;
  }

  export(context, length) {
    return labelledExpand(this.suite, this.exporter, 'sec', context, length);
  }
}

export function sender(kem, pk, info, eseed, psk = NONE, pskId = NONE) {
  const { enc, secret } = kem.encap(pk, eseed);
  return { enc, ctx: new Context(kem, secret, info, psk, pskId) };
}

export function receiver(kem, enc, sk, info, psk = NONE, pskId = NONE) {
  return new Context(kem, kem.decap(enc, sk), info, psk, pskId);
}
